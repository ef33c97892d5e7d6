import { readFileSync } from 'node:fs';
import { behaviourOf } from './behaviour.ts';
import type { ProviderContext } from './computed.ts';
import { plan } from './plan.ts';
import { attributesOf, blocksOf, conform, resourceSchema, type Block, type TypeNotation } from './schema.ts';
import type { ObjectValue, Path, Value } from './value.ts';

/** What was measured of the real provider: for each argument whether another value of it replaces the resource. */
const MEASURED = (
  JSON.parse(readFileSync(new URL('google-behaviour.json', import.meta.url), 'utf8')) as {
    resources: Record<string, { force_new: string[]; in_place: string[] }>;
  }
).resources;

const CONTEXT: ProviderContext = {
  project: 'p',
  projectNumber: '1',
  region: 'r',
  zone: null,
  defaultLabels: {},
  attributionLabel: false,
};

/** Two values of a type that differ. */
function pair(type: TypeNotation): [Value, Value] {
  if (type === 'string') return ['one', 'two'];
  if (type === 'number') return [1, 2];
  if (type === 'bool') return [false, true];
  const [kind, inner] = type;
  if (kind === 'object') {
    const pairs = Object.entries(inner as Record<string, TypeNotation>).map(
      ([name, each]) => [name, pair(each)] as const,
    );
    return [0, 1].map((side) => Object.fromEntries(pairs.map(([name, both]) => [name, both[side] ?? null]))) as [
      ObjectValue,
      ObjectValue,
    ];
  }
  const [one, two] = pair(inner as TypeNotation);
  return kind === 'map' ? [{ key: one }, { key: two }] : [[one], [two]];
}

/** Two contents of a block that differ in one argument, wherever the first one is. */
function contents(block: Block): [ObjectValue, ObjectValue] {
  for (const [name, attribute] of attributesOf(block)) {
    if (!attribute.optional && !attribute.required) continue;
    const [one, two] = pair(attribute.type);
    return [{ [name]: one }, { [name]: two }];
  }
  for (const [name, nested] of blocksOf(block)) {
    const [one, two] = contents(nested.block);
    return [{ [name]: [one] }, { [name]: [two] }];
  }
  return [{}, {}];
}

/** The paths that replace the resource when `was` becomes `given`. */
function replacing(type: string, was: ObjectValue, given: ObjectValue): readonly Path[] {
  const { block } = resourceSchema(type);
  const behaviour = behaviourOf(type);
  const prior = conform(block, { ...behaviour.defaults, ...was });
  const config = conform(block, given);
  const proposed: ObjectValue = { ...config };
  for (const [name, attribute] of attributesOf(block))
    if (attribute.computed && config[name] === null) proposed[name] = prior[name] ?? null;
  return plan({ type, block, behaviour, context: CONTEXT, prior, proposed, config }).requiresReplace;
}

describe.each(Object.entries(MEASURED))('%s', (type, { force_new: replaces, in_place: stays }) => {
  const { block } = resourceSchema(type);
  const within = behaviourOf(type).forceNewWithin;
  const argument = (name: string): [Value, Value] => {
    const nested = block.block_types?.[name];
    if (!nested) return pair(block.attributes![name]!.type);
    const [one, two] = contents(nested.block);
    return [[one], [two]];
  };

  test('is replaced for what the real provider replaces it for, and for nothing else', () => {
    const names = [...replaces, ...stays].filter((name) => !(name in within)).sort();
    const replaced = names.filter((name) => {
      const [one, two] = argument(name);
      const paths = replacing(type, { [name]: one }, { [name]: two });
      return paths.some(([first]) => first === name);
    });
    expect(replaced).toEqual(replaces.filter((name) => !(name in within)).sort());
  });

  for (const [name, inner] of Object.entries(within))
    test(`is replaced for some of the block ${name} only`, () => {
      const nested = block.block_types![name]!;
      const both: (readonly [string, [Value, Value]])[] = [
        ...attributesOf(nested.block).map(([each, { type: notation }]) => [each, pair(notation)] as const),
        ...blocksOf(nested.block).map(([each, { block: deeper }]) => {
          const [one, two] = contents(deeper);
          const lists: [Value, Value] = [[one], [two]];
          return [each, lists] as const;
        }),
      ];
      const replaced = both
        .filter(([each, [one, two]]) =>
          replacing(type, { [name]: [{ [each]: one }] }, { [name]: [{ [each]: two }] }).some(
            ([first, , last]) => first === name && last === each,
          ),
        )
        .map(([each]) => each);
      expect(replaced.sort()).toEqual([...inner].sort());
    });

  test('has defaults and computed blocks only where the schema has such a thing', () => {
    const { defaults, computedBlocks } = behaviourOf(type);
    for (const path of [...Object.keys(defaults), ...computedBlocks]) {
      let at: Block | undefined = block;
      const steps = path.split('.');
      const last = steps.pop()!;
      for (const step of steps) at = at?.block_types?.[step]?.block;
      const known = computedBlocks.has(path) ? at?.block_types?.[last] : at?.attributes?.[last];
      expect([path, known !== undefined]).toEqual([path, true]);
    }
  });
});
