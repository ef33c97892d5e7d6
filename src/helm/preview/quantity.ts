const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/**
 * A quantity of resources as a number: `1000m` is 1, `1Gi` is 1073741824. `undefined` for all else.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, number, suffix, exponent] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(value) ?? [];
  if (number === undefined) return undefined;
  const factor = exponent === undefined ? (SUFFIXES[suffix ?? ''] ?? 1) : 10 ** Number(exponent);
  // Sums of binary fractions: 0.1 and 100m are not the same bits.
  return Number((Number(number) * factor).toPrecision(15));
}
