import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../failure/failure.ts';
import { estimateCost } from './cost/estimate.ts';
import { unitPrices } from './cost/unit-prices.ts';
import { type Json, parsePlan, type PlanJson } from './plan-json.ts';
import { planModel } from './plan-model.ts';
import { commentSection, type Report, summaryText } from './render/comment.ts';
import { renderPlan } from './render/plan.ts';
import { DEPTHS } from './render/resources.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const plans = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => readFileSync(join(FIXTURES, file), 'utf8'))
  // Large ones only make the rounds slow.
  .filter((text) => text.length < 200_000);

const ROUNDS = 400;
const MARKED = 'canary-of-a-marked-value';

/** A generator that gives the same numbers in each run (Park and Miller). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

type Random = ReturnType<typeof generator>;

const NASTY: readonly ((random: Random) => Json)[] = [
  () => null,
  () => true,
  () => false,
  () => -1,
  () => 1e308,
  () => 9_007_199_254_740_991,
  () => '',
  () => [],
  () => ({}),
  () => '```\n</details>\n</summary>\n<details><summary>',
  () => '````````',
  () => '| a | b |\n\n# head\n\n<!-- livekit -->\n',
  () => '::set-output name=x::y',
  () => '\u0000\u202e\ud800 \u2028',
  () => '@everyone #1 https://example.com/![x](y)',
  () => '__proto__',
  () => ({ constructor: { prototype: [] } }),
  () => 'x'.repeat(70_000),
  () => `${'line\n'.repeat(3_000)}`,
  () => '[{"a":'.repeat(300),
  (random) => Array.from({ length: random(3_000) }, (_, index) => index),
  (random) => nested(100 + random(400)),
  () => ['create', 'delete'],
  () => 'no-op',
];

/** Lists and objects in each other, so deep. */
function nested(depth: number): Json {
  let value: Json = 'deep';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The plan with a few of its places changed: taken away, doubled, exchanged or of another type. */
function mutated(plan: Json, random: Random): Json {
  for (let times = 1 + random(4); times > 0; times--) mutateOne(plan, random);
  return plan;
}

function mutateOne(root: Json, random: Random): void {
  let holder = root;
  // Down by chance, so that the outer places are reached as well as the inner.
  for (;;) {
    if (typeof holder !== 'object' || holder === null) return;
    const keys = Object.keys(holder);
    const key = keys[random(Math.max(1, keys.length))];
    if (key === undefined) return;
    const inner: Json = (holder as Record<string, Json>)[key] ?? null;
    if (typeof inner === 'object' && inner !== null && random(6) > 0) {
      holder = inner;
      continue;
    }
    return change(holder as Record<string, Json>, key, random);
  }
}

function change(holder: Record<string, Json>, key: string, random: Random): void {
  const nasty = NASTY[random(NASTY.length)]?.(random) ?? null;
  switch (random(5)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 1:
      if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)] ?? null));
      else holder[`${key}_more`] = nasty;
      return;
    case 2:
      if (!Array.isArray(holder) && typeof nasty === 'string') {
        holder[nasty.slice(0, 500)] = holder[key] ?? null;
        return;
      }
      holder[key] = nasty;
      return;
    default:
      holder[key] = nasty;
  }
}

/** A resource with a marked value, which must be seen nowhere whatever happens to the rest. */
const MARKED_RESOURCE = {
  address: 'terraform_data.marked',
  mode: 'managed',
  type: 'terraform_data',
  name: 'marked',
  change: {
    actions: ['update'],
    before: { input: 'was', output: 'was' },
    after: { input: MARKED, output: MARKED, script: `run ${MARKED}` },
    after_unknown: {},
    before_sensitive: {},
    after_sensitive: { input: true },
  },
};

/** Fences and details that are open at the end of a text, as GitHub reads it. */
function leftOpen(markdown: string): string[] {
  const open: string[] = [];
  for (const line of markdown.split('\n')) {
    const fence = /^ {0,3}(`{3,})([^`]*)$/.exec(line);
    const top = open.at(-1);
    if (top?.startsWith('`')) {
      if (fence?.[2]?.trim() === '' && (fence[1]?.length ?? 0) >= top.length) open.pop();
      continue;
    }
    if (fence?.[1] !== undefined) {
      open.push(fence[1]);
      continue;
    }
    for (const [tag] of line.matchAll(/<\/?details\b/g)) {
      if (tag === '<details') open.push('details');
      else if (open.pop() !== 'details') return ['a tag closed that was not open'];
    }
  }
  return open;
}

function reportOf(plan: PlanJson): Report {
  const origin = {
    commit: 'c'.repeat(40),
    commitUrl: 'https://github.example/c',
    engine: 'Terraform 1.11.4',
    stateSerial: 7,
    digest: '0'.repeat(64),
    planUri: undefined,
    runUrl: 'https://github.example/r',
  };
  const model = planModel(plan, (text) => text);
  const cost = estimateCost(plan, unitPrices);
  return {
    kind: 'plan',
    report: { environment: 'dev', model, cost, warnings: [], repositoryPath: 'terraform', origin },
  };
}

/** What is wrong with what becomes of a plan; empty when all is well. */
function faults(text: string): string[] {
  let plan: PlanJson;
  try {
    plan = parsePlan(text);
  } catch (error) {
    if (!(error instanceof Failure)) return [`not a Failure but ${String(error)}`];
    const isSentence = error.code === 'LK-TF-006' && /^[A-Z].+\.$/s.test(error.message) && error.message.length < 2_000;
    return [...(isSentence ? [] : [`no sentence: ${error.message.slice(0, 300)}`]), ...leaks(error.message)];
  }
  const report = reportOf(plan);
  if (report.kind !== 'plan') throw new TypeError('a plan is reported as a plan');
  const texts: [name: string, text: string, longest: number][] = [
    ['summary', summaryText(report), 1024 * 1024],
    ...[65_000, 21_000, 3_000, 200].map((room): [string, string, number] => [
      `comment of ${room}`,
      commentSection(report)(room).body,
      room,
    ]),
  ];
  for (const depth of DEPTHS) texts.push([depth, renderPlan(report.report, depth), Infinity]);
  return texts.flatMap(([name, shown, longest]) => [
    ...(Buffer.byteLength(shown) <= longest || (name.startsWith('comment') && shown.length <= longest)
      ? []
      : [`${name} is too long: ${shown.length}`]),
    ...leftOpen(shown).map((one) => `${name} leaves open ${one}`),
    ...leaks(shown).map((one) => `${name} ${one}`),
  ]);
}

const leaks = (text: string) => (text.includes(MARKED) ? ['shows a marked value'] : []);

describe('a plan that nobody would make', () => {
  test('is drawn whole or refused in a sentence, and never shows a marked value', () => {
    const wrong: unknown[] = [];
    let drawn = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const random = generator(round + 1);
      const plan = JSON.parse(plans[round % plans.length] ?? '') as Record<string, Json>;
      const twisted = mutated(plan, random) as Record<string, Json>;
      if (Array.isArray(twisted['resource_changes'])) twisted['resource_changes'].push(MARKED_RESOURCE);
      const found = attempt(JSON.stringify(twisted));
      if (found.length > 0) wrong.push([round, ...found.slice(0, 3)]);
      else drawn++;
    }
    expect(wrong).toEqual([]);
    expect(drawn).toBe(ROUNDS);
  }, 120_000);

  test('that is cut short anywhere is refused in a sentence', () => {
    const random = generator(4);
    for (const text of plans)
      for (let round = 0; round < 20; round++) expect(attempt(text.slice(0, random(text.length - 2)))).toEqual([]);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
    ['lists in lists, 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a value 100,000 deep', planWith(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`)],
    ['an object 20,000 deep', planWith(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)],
    ['JSON in JSON in JSON', planWith(JSON.stringify(stringified(12)))],
    ['a value of 5 MB', planWith(JSON.stringify('a1 '.repeat(1_700_000)))],
    ['a line of 2 MB without a blank', planWith(JSON.stringify('aB3-/_='.repeat(300_000)))],
    [
      '20,000 keys',
      planWith(JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])))),
    ],
    [
      'marks that are texts',
      planWith('{"z":1}').replaceAll('"after_sensitive":{}', '"after_sensitive":{"x":{"z":"marked"}}'),
    ],
    ['fences in fences', planWith(JSON.stringify('`'.repeat(3_000)))],
    ['an address of 1 MB', planWith('1').replace('"address":"a.b"', `"address":"${'a.'.repeat(500_000)}"`)],
  ])('of %s is no exception', (_name, text) => expect(attempt(text)).toEqual([]), 60_000);
});

/** No exception, whatever is thrown. */
function attempt(text: string): string[] {
  try {
    return faults(text);
  } catch (error) {
    return [
      `crashed: ${error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 4).join(' ') : String(error)}`,
    ];
  }
}

function planWith(after: string): string {
  return `{"format_version":"1.2","resource_changes":[{"address":"a.b","mode":"managed","type":"a","name":"b","change":{"actions":["create"],"before":null,"after":{"x":${after}},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}},{"address":"a.c","mode":"managed","type":"a","name":"c","change":{"actions":["update"],"before":{"x":1},"after":{"x":${after}},"after_unknown":{},"before_sensitive":{},"after_sensitive":{"y":[true]}}}]}`;
}

function stringified(times: number): string {
  return Array.from({ length: times }).reduce<string>((text) => JSON.stringify({ a: text }), '[1]');
}
