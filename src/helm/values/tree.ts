/** Values as YAML gives them. */
export type Values = Record<string, unknown>;

/** Steps to a value: keys, and numbers for places in a list. */
export type Path = readonly (string | number)[];

export function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Helm merges values files: mappings deeply, all else replaced; a null stays, since it removes a chart's default. */
export function merge(under: Values, over: Values): Values {
  const merged = Object.entries(over).map(([key, value]): [string, unknown] => {
    const present = Object.hasOwn(under, key) ? under[key] : undefined;
    return [key, isMapping(present) && isMapping(value) ? merge(present, value) : value];
  });
  // From entries, `__proto__` is a key like any other.
  return Object.fromEntries([...Object.entries(under), ...merged]);
}

/** What the templates see: the chart's defaults under the values, and what is null taken away. */
export function effective(defaults: Values, values: Values): Values {
  return withoutNulls(merge(defaults, values));
}

function withoutNulls(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, isMapping(value) ? withoutNulls(value) : value]),
  );
}

/** The value at a path; `undefined` where there is none. */
export function at(values: unknown, path: Path): unknown {
  let value = values;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Whether one of the values over it takes the path's place: by the value itself, or by what is no mapping further up. */
export function isReplaced(over: readonly Values[], path: Path): boolean {
  return over.some((values) =>
    path.some((_, place) => {
      const value = at(values, path.slice(0, place + 1));
      return value !== undefined && !isMapping(value);
    }),
  );
}

/** All strings in the values, with their paths. */
export function* strings(value: unknown, path: Path = []): Generator<{ path: Path; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (Array.isArray(value)) for (const [place, item] of value.entries()) yield* strings(item, [...path, place]);
  else if (isMapping(value)) for (const [key, item] of Object.entries(value)) yield* strings(item, [...path, key]);
}

/** `loadBalancer.tls[0].hosts`, with dots inside a key escaped. */
export function written(path: Path): string {
  return path
    .map((step, place) =>
      typeof step === 'number' ? `[${step}]` : `${place === 0 ? '' : '.'}${step.replaceAll('.', '\\.')}`,
    )
    .join('');
}
