import type { Verdict } from './check.ts';
import type { Report } from './report.ts';

export type Comparison = NonNullable<Report['comparison']>;
type Change = Comparison['worse'][number];
type Checked = Report['checks'][number];

/** Verdicts that say how something is. A skip or an unclear result changes nothing of what is known. */
const RANK: Readonly<Partial<Record<Verdict, number>>> = { pass: 0, warn: 1, fail: 2 };
/** A round trip or a time to connect that is longer by this factor, and by this much, is worse. */
const SLOWER = { factor: 2, milliseconds: 50 };
const LOSSIER_PERCENT = 2;

/** Whether a verdict is kept for the next run. */
export function isKnown(verdict: Verdict): verdict is 'pass' | 'warn' | 'fail' {
  return RANK[verdict] !== undefined;
}

/** What checks said when they last gave a clear result, by id. */
export interface Earlier {
  readonly checks: Readonly<Record<string, { readonly verdict: Verdict; readonly seenAt: string } & Measures>>;
}

/** What is worse and what is better than the last time each check gave a clear result; `undefined` when none of them did. */
export function compare(report: Report, last: Earlier): Comparison | undefined {
  const pairs = report.checks.flatMap((now) => {
    const before = last.checks[now.id];
    return before !== undefined && isKnown(now.verdict) ? [{ now, before }] : [];
  });
  const newest = pairs.map(({ before }) => before.seenAt).sort();
  const since = newest.at(-1);
  if (since === undefined) return undefined;
  const worse: Change[] = [];
  const better: Change[] = [];
  for (const { now, before } of pairs) {
    const step = (RANK[now.verdict] ?? 0) - (RANK[before.verdict] ?? 0);
    const change = (words: string): Change => ({ id: now.id, words, since: before.seenAt });
    if (step !== 0) (step > 0 ? worse : better).push(change(`${before.verdict} to ${now.verdict}`));
    for (const { words, isWorse } of measuredChanges(worstOf(now), before)) {
      (isWorse ? worse : better).push(change(words));
    }
  }
  return { since, worse, better };
}

export interface Measures {
  readonly roundTripMilliseconds?: number | undefined;
  readonly connectedMilliseconds?: number | undefined;
  readonly lossPercent?: number | undefined;
}

/** The worst of a check's calls; pods have other names after each rollout, so they are not compared one by one. */
export function worstOf({ calls = [] }: Pick<Checked, 'calls'>): Measures {
  const most = (values: readonly (number | undefined)[]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? undefined : Math.max(...known);
  };
  return {
    roundTripMilliseconds: most(calls.map((call) => call.roundTripMilliseconds)),
    connectedMilliseconds: most(calls.map((call) => call.connectedMilliseconds)),
    lossPercent: most(calls.map((call) => call.lossPercent)),
  };
}

interface MeasuredChange {
  readonly words: string;
  readonly isWorse: boolean;
}

function measuredChanges(now: Measures, before: Measures): MeasuredChange[] {
  const slower = (a: number, b: number) => a > b * SLOWER.factor && a - b >= SLOWER.milliseconds;
  const lossier = (a: number, b: number) => a - b >= LOSSIER_PERCENT;
  const kinds = [
    { key: 'roundTripMilliseconds', name: 'round trip', unit: 'ms', isMore: slower },
    { key: 'connectedMilliseconds', name: 'time to connect', unit: 'ms', isMore: slower },
    { key: 'lossPercent', name: 'loss', unit: '%', isMore: lossier },
  ] as const;
  return kinds.flatMap(({ key, name, unit, isMore }): MeasuredChange[] => {
    const [a, b] = [now[key], before[key]];
    if (a === undefined || b === undefined) return [];
    const words = `${name} ${b} ${unit} to ${a} ${unit}`;
    if (isMore(a, b)) return [{ words, isWorse: true }];
    return isMore(b, a) ? [{ words, isWorse: false }] : [];
  });
}

/** In a sentence; the same in log, summary and page. */
export function comparisonWords({ since, worse, better }: Comparison): string {
  const when = since.replace('T', ' ').replace(/(:\d\d)\.\d+Z$/, '$1 UTC');
  if (worse.length === 0 && better.length === 0) return `Nothing got worse or better since the last run (${when}).`;
  const list = (changes: readonly Change[]) => changes.map(({ id, words }) => `${id} (${words})`).join(', ');
  const parts = [
    ...(worse.length > 0 ? [`worse: ${list(worse)}`] : []),
    ...(better.length > 0 ? [`better: ${list(better)}`] : []),
  ];
  return `Since the last run (${when}) ${parts.join('; ')}.`;
}
