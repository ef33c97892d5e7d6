import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Helm } from '../helm.ts';
import { givenValues, renderRendering, renderValues } from './rendering.ts';

test('each value is told with the layer that gave it, and those that it won over', () => {
  const layers = [
    { name: 'common.yaml', values: { replicaCount: 1, image: { tag: 'a', repository: 'r' } } },
    { name: 'the facts', values: { livekit: { redis: { address: '10.1.2.3:6379' } } } },
    { name: 'the input `set`', values: { image: { tag: 'b' }, replicaCount: null } },
  ];
  expect(givenValues(layers)).toEqual([
    { path: ['replicaCount'], value: null, layer: 'the input `set`', over: ['common.yaml'] },
    { path: ['image', 'tag'], value: 'b', layer: 'the input `set`', over: ['common.yaml'] },
    { path: ['image', 'repository'], value: 'r', layer: 'common.yaml', over: [] },
    { path: ['livekit', 'redis', 'address'], value: '10.1.2.3:6379', layer: 'the facts', over: [] },
  ]);
});

test('a secret that stands in the values all the same, or in a manifest, is not shown', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rendering-'));
  try {
    mkdirSync(join(directory, 'chart'));
    writeFileSync(join(directory, 'chart', 'Chart.yaml'), 'name: store\nversion: 1.0.0\n');
    writeFileSync(join(directory, 'values.yaml'), 'password: canary-1\nnested: {apiSecret: canary-2}\n');
    const manifest =
      '---\nkind: Secret\ndata:\n  a: canary-3\n  b: |\n    canary-4\ntype: Opaque\n---\nkind: Service\nspec: {data: shown}\n';
    const answers: Record<string, string> = { store: manifest };
    const helm: Helm = {
      version: '4',
      directory,
      command: (args) =>
        Promise.resolve({ exitCode: 0, stdout: answers[args[1] ?? ''] ?? '', stderr: '', durationSeconds: 0 }),
    };
    const rendering = await renderValues(helm, {
      environment: 'dev',
      release: 'store',
      namespace: 'x',
      chart: { chart: './chart', version: undefined, repository: '' },
      values: ['values.yaml'],
      set: [],
      workspace: directory,
      suiteDirectory: directory,
      outputs: undefined,
    });
    const text = renderRendering(rendering);
    expect(text).not.toContain('canary');
    expect(text).toContain('kind: Secret\ndata:\n  a: (hidden)\n  b: (hidden)\ntype: Opaque');
    expect(text).toContain('data: shown');
    expect(text).toContain('<code>password</code> | <code>"(hidden)"</code> | values.yaml |');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
