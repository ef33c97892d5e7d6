export type Combination = Record<string, unknown>;

/** The combinations of a matrix, with `include` and `exclude` as GitHub documents them. No matrix: one empty combination. */
export function combinations(matrix: Record<string, unknown> | undefined): Combination[] {
  if (!matrix) return [{}];
  const { include = [], exclude = [], ...axes } = matrix as Record<string, unknown[]>;
  let result: Combination[] = Object.keys(axes).length > 0 ? [{}] : [];
  for (const [name, values] of Object.entries(axes)) {
    if (!Array.isArray(values)) throw new Error(`The matrix's ${name} is not a list.`);
    if (values.length === 0) throw new Error(`Matrix vector '${name}' does not contain any values.`);
    result = result.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
  }
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const left = result.filter(
    (combination) =>
      !(exclude as Combination[]).some((out) =>
        Object.entries(out).every(([name, value]) => same(combination[name], value)),
      ),
  );
  const originals = left.map((combination) => ({ ...combination }));
  for (const extra of include as Combination[]) {
    // An entry joins every combination whose original values it does not contradict, or stands alone.
    const fits = originals
      .map((original, i) => ({ original, i }))
      .filter(({ original }) =>
        Object.entries(extra).every(([name, value]) => !(name in axes) || same(original[name], value)),
      );
    if (fits.length === 0 || Object.keys(axes).length === 0) left.push({ ...extra });
    else for (const { i } of fits) Object.assign(left[i] ?? {}, extra);
  }
  return left;
}

/** The name of one job of a matrix: `plan (dev, 1)`. */
export function combinationName(name: string, combination: Combination): string {
  const values = Object.values(combination).filter((value) => typeof value !== 'object');
  return values.length === 0 ? name : `${name} (${values.map(String).join(', ')})`;
}
