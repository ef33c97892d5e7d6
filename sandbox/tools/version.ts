/** A version as numbers, `1.34.2` -> [1, 34, 2]. */
export type Version = readonly number[];

/** Versions from `atLeast` up to, not including, `below`. */
export interface VersionRange {
  readonly atLeast: string;
  readonly below: string;
}

/** The first thing in the text that looks like a version with two or three numbers. */
export function findVersion(text: string): string | undefined {
  return /(?<![\d.])v?(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}

export function isInRange(version: string, range: VersionRange): boolean {
  return compare(parse(version), parse(range.atLeast)) >= 0 && compare(parse(version), parse(range.below)) < 0;
}

function parse(version: string): Version {
  return version.split('.').map(Number);
}

function compare(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
