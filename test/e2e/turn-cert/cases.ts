import type { Point } from './gate.ts';

/** What may go wrong at a request. */
export type Kind = 'away once' | 'away' | 'refused' | 'changed' | 'lost' | 'SIGINT' | 'SIGTERM' | 'SIGKILL';

export const KINDS: readonly Kind[] = [
  'away once',
  'away',
  'refused',
  'changed',
  'lost',
  'SIGINT',
  'SIGTERM',
  'SIGKILL',
];

export interface Case {
  readonly point: Point;
  readonly kind: Kind;
}

/** Which requests have an answer that says that the thing changed meanwhile. */
const CHANGES: readonly Point['service'][] = ['storage', 'secret-manager', 'dns', 'kubernetes'];

/** Every kind of fault at every request of a run. Pure. */
export function allCases(points: readonly Point[]): Case[] {
  return points.flatMap((point) =>
    KINDS.filter((kind) => isPossible(kind, point)).map((kind): Case => ({ point, kind })),
  );
}

function isPossible(kind: Kind, { service, method, nth }: Point): boolean {
  // Lasting ones are of the kind of request, from its first on.
  if (kind === 'away' || kind === 'refused') return nth === 1;
  if (kind === 'changed') return method !== 'GET' && CHANGES.includes(service);
  return true;
}

/** Some of them, the same for the same seed: as many of each kind as there is room for, and each service's in turn. Pure. */
export function sample(cases: readonly Case[], count: number, seed: number): Case[] {
  const random = generator(seed);
  const groups = [...Map.groupBy(cases, ({ kind, point }) => `${kind} ${point.service}`).values()]
    .map((group) => shuffled(group, random))
    .sort((one, other) => one.length - other.length);
  const picked: Case[] = [];
  for (let round = 0; picked.length < Math.min(count, cases.length); round++) {
    for (const group of shuffled(groups, random)) {
      const next = group[round];
      if (next !== undefined && picked.length < count) picked.push(next);
    }
  }
  return picked;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}

/** Numbers that are the same everywhere: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
