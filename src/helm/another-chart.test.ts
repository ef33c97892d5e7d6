import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { fakeHelm } from './helm.fixture.ts';
import { clusterOf } from './rollout/cluster.fixture.ts';
import { seen } from './rollout/observation.fixture.ts';

jest.unstable_mockModule('@actions/core', () => ({
  info: () => undefined,
  warning: () => undefined,
  notice: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
  setSecret: () => undefined,
}));
const { deploy } = await import('./deploy.ts');

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'another-chart-'));
  mkdirSync(join(workspace, 'charts', 'message-store'), { recursive: true });
  const chart = join(workspace, 'charts', 'message-store');
  writeFileSync(join(chart, 'Chart.yaml'), 'name: message-store\nversion: 4.2.0\n');
  writeFileSync(join(chart, 'values.yaml'), 'size: 1\n');
  writeFileSync(join(workspace, 'store.yaml'), 'size: 2\n');
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const UPGRADED = {
  version: 1,
  manifest: 'kind: Deployment\nmetadata: {name: message-store}',
  info: { last_deployed: '2026-11-21T09:00:00Z' },
};
const revision = { revision: 1, updated: '2026-11-21T09:00:00Z', status: 'deployed', chart: 'message-store-4.2.0' };

test('another chart goes through a deploy without any step that is LiveKit’s', async () => {
  const { helm, calls } = fakeHelm({
    history: [{ exitCode: 1, stderr: 'Error: release: not found' }, { stdout: JSON.stringify([revision]) }],
    get: [{ exitCode: 1, stderr: 'Error: release: not found' }, { stdout: 'kind: Deployment' }],
    upgrade: { stdout: JSON.stringify(UPGRADED) },
  });
  const { client, applied } = clusterOf(seen('ready'));
  const result = await deploy({ ...helm, directory: workspace }, client, {
    environment: 'dev',
    release: 'message-store',
    namespace: 'messaging',
    chart: { chart: './charts/message-store', version: undefined, repository: '' },
    values: ['store.yaml'],
    set: [],
    workspace,
    suiteDirectory: workspace,
    outputs: undefined,
    keys: undefined,
    description: 'a test',
    whenBusy: 'refuse',
    timeoutSeconds: 5,
    onFailure: 'keep',
    drain: 'wait',
    drainSeconds: 0,
    forward: undefined,
    signal: new AbortController().signal,
  });
  expect(result).toMatchObject({
    changed: true,
    status: 'deployed',
    chart: { name: 'message-store', version: '4.2.0' },
    revision: 1,
  });
  // One release, no companion; its values are those that were given.
  expect(calls.filter((call) => call.startsWith('upgrade'))).toHaveLength(1);
  expect(calls.join('\n')).not.toMatch(/livekit|-gke/);
  // No key Secret, no autoscaler: only what is remembered of the release itself.
  expect(applied.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'ConfigMap message-store-last-good',
  ]);
});

test('the Secrets of the input are there before the chart, and their hash is on its pods', async () => {
  writeFileSync(join(workspace, 'charts', 'message-store', 'values.yaml'), 'size: 1\npodAnnotations: {}\n');
  const values: string[] = [];
  const { helm, calls } = fakeHelm({
    history: [{ exitCode: 1, stderr: 'Error: release: not found' }, { stdout: JSON.stringify([revision]) }],
    get: [{ exitCode: 1, stderr: 'Error: release: not found' }, { stdout: 'kind: Deployment' }],
    upgrade: { stdout: JSON.stringify(UPGRADED) },
  });
  const { client, applied } = clusterOf(seen('ready'));
  const command: typeof helm.command = (args, ...more) => {
    const file = args[args.indexOf('--values') + 1];
    if (args[0] === 'upgrade' && file !== undefined) values.push(readFileSync(file, 'utf8'));
    return helm.command(args, ...more);
  };
  await deploy({ ...helm, command, directory: workspace }, client, {
    environment: 'dev',
    release: 'message-store',
    namespace: 'messaging',
    chart: { chart: './charts/message-store', version: undefined, repository: '' },
    values: [],
    set: [],
    workspace,
    suiteDirectory: workspace,
    outputs: undefined,
    keys: undefined,
    secrets: [{ name: 'store-secret', labels: {}, entries: new Map([['PASSWORD', 'correct-horse-battery']]) }],
    description: 'a test',
    whenBusy: 'refuse',
    timeoutSeconds: 5,
    onFailure: 'keep',
    drain: 'wait',
    drainSeconds: 0,
    forward: undefined,
    signal: new AbortController().signal,
  });
  expect(calls.filter((call) => call.startsWith('upgrade'))).toHaveLength(1);
  expect(applied[0]).toMatchObject({ kind: 'Secret', metadata: { name: 'store-secret', namespace: 'messaging' } });
  expect(values).toHaveLength(1);
  expect(values[0]).toMatch(/"livekit-gke\/secrets-hash": "[0-9a-f]{16}"/);
  expect(values[0]).not.toContain('correct-horse');
});
