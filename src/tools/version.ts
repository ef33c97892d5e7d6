/** The first x.y.z in a text, without what follows it; `undefined` when there is none. */
export function findVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`; both x.y.z. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function inRange(version: string, range: { readonly from: string; readonly below: string }): boolean {
  return compareVersions(version, range.from) >= 0 && compareVersions(version, range.below) < 0;
}
