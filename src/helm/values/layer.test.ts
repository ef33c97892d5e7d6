import { join } from 'node:path';
import { collectLayers } from './prepare.ts';
import { at } from './tree.ts';
import { mergeLayers, parseLayer, readLayer, sourceOf } from './layer.ts';

test('a value’s place is the line that gives it', async () => {
  const layer = await parseLayer('dev.yaml', '# dev\nlivekit:\n  turn:\n    enabled: true\n    tls_port: 5349\n');
  expect(layer.place?.(['livekit', 'turn', 'tls_port'])).toEqual({ file: 'dev.yaml', line: 5 });
});

test('what is not written has the place of what it would be under', async () => {
  const layer = await parseLayer('dev.yaml', 'livekit:\n  turn:\n    enabled: true\n');
  expect(layer.place?.(['livekit', 'turn', 'secretName'])).toEqual({ file: 'dev.yaml', line: 3 });
});

test('the last layer that has a value is its source', async () => {
  const layers = [
    await parseLayer('common.yaml', 'replicaCount: 1\n'),
    await parseLayer('dev.yaml', '\nreplicaCount: 2\n'),
    { name: 'the facts', values: { livekit: {} } },
  ];
  expect(sourceOf(layers, ['replicaCount'])).toEqual({ layer: 'dev.yaml', place: { file: 'dev.yaml', line: 2 } });
  expect(sourceOf(layers, ['autoscaling'])).toBeUndefined();
});

test.each([
  ['not YAML', 'a: [1, 2'],
  ['a list at the top', '- a\n'],
  ['a scalar at the top', 'hello\n'],
])('%s is refused with the file’s name', async (_name, text) => {
  await expect(parseLayer('dev.yaml', text)).rejects.toMatchObject({
    code: 'LK-HELM-002',
    message: expect.stringContaining('dev.yaml') as string,
  });
});

test.each([
  ['an alias without its anchor', 'a: *nope\n', 'Unresolved alias'],
  ['an alias within its own anchor', 'a: &x\n  b: *x\n', 'circular'],
  [
    'aliases that multiply without measure',
    [
      'a: &a [1,1,1,1,1,1,1,1,1,1]',
      ...[...'bcdefg'].map((n, i) => `${n}: &${n} [${`*${'abcdef'[i]},`.repeat(9)}1]`),
    ].join('\n'),
    'Excessive alias count',
  ],
])('%s is refused with the file’s name', async (_name, text, words) => {
  await expect(parseLayer('dev.yaml', text)).rejects.toMatchObject({
    code: 'LK-HELM-002',
    message: expect.stringMatching(`^The values file dev.yaml cannot be used: .*${words}`) as string,
  });
});

test('a key __proto__ is a key like any other', async () => {
  const layers = [
    { name: 'facts', values: {} },
    await parseLayer('dev.yaml', '__proto__:\n  storeKeysInSecret: { existingSecret: other }\n'),
  ];
  const merged = mergeLayers(layers);
  expect(at(merged, ['storeKeysInSecret', 'existingSecret'])).toBeUndefined();
  expect(at(merged, ['constructor', 'name'])).toBeUndefined();
  expect(JSON.stringify(merged)).toBe('{"__proto__":{"storeKeysInSecret":{"existingSecret":"other"}}}');
});

test('an empty file is no values', async () => {
  expect((await parseLayer('dev.yaml', '# nothing\n')).values).toEqual({});
});

test('a file that is not there is refused', async () => {
  await expect(readLayer('/nowhere', 'helm/values/dev.yaml')).rejects.toMatchObject({ code: 'LK-HELM-002' });
});

test('the payload’s files, the facts, the values and the set input come in this order', async () => {
  const layers = await collectLayers({
    workspace: join(import.meta.url.replace('file://', ''), '../../../..'),
    environment: 'dev',
    withEnvironmentFiles: true,
    facts: [{ name: 'facts', values: { replicaCount: 7, livekit: { redis: { address: 'r:6379' } } } }],
    files: [],
    set: ['replicaCount=2'],
  });
  expect(layers.map(({ name }) => name)).toEqual([
    'helm/values/common.yaml',
    'helm/values/dev.yaml',
    'facts',
    'the input `set`',
  ]);
  expect(mergeLayers(layers)).toMatchObject({
    replicaCount: 2,
    livekit: { redis: { address: 'r:6379' }, key_file: 'keys.yaml' },
  });
});
