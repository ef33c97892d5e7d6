import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { googleFailures } from '../../src/google/failures.ts';
import { rolloutFailures } from '../../src/helm/failures.ts';
import type { DeployOptions } from '../../src/helm/deploy.ts';
import type { DeployResult } from '../../src/helm/result.ts';

let inputs: Record<string, string>;
let outputs: Record<string, string>;
let state: Record<string, string>;
const secrets: string[] = [];

jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = String(value)),
  saveState: (name: string, value: string) => (state[name] = value),
  getState: (name: string) => state[name] ?? '',
  setSecret: (secret: string) => secrets.push(secret),
  startGroup: () => undefined,
  endGroup: () => undefined,
  info: () => undefined,
  warning: () => undefined,
}));

const result: DeployResult = {
  release: 'livekit-server',
  namespace: 'livekit',
  chart: { name: 'livekit-server', version: '1.9.0' },
  revision: 4,
  previousRevision: 3,
  status: 'deployed',
  image: 'livekit/livekit-server:v1.13.11',
  podsReady: 2,
  podsWanted: 2,
  pods: [],
  draining: [],
  durationSeconds: 5,
  failure: undefined,
};
const deploy = jest.fn(async (_helm: unknown, _client: unknown, _options: DeployOptions) => result);
const removal = {
  release: 'livekit-server',
  namespace: 'livekit',
  removed: ['livekit-server'],
  secrets: [],
  ending: [],
};
const remove = jest.fn(async (_helm: unknown, _client: unknown, _options: DeployOptions) => removal);
const giveLeaseBack = jest.fn(async (_named: (name: string) => string) => undefined);
const readStatus = jest.fn(async () => result);
const signOut = jest.fn(async (_file: string) => undefined);
const open = jest.fn(
  async (...[, , , remember]: [unknown, unknown, unknown, (name: string, value: string) => void]) => {
    remember('directory', join(directory, 'work'));
    const cluster = { helm: 'helm', client: 'client', forward: undefined };
    const url = 'https://livekit-dev.nova.dev';
    return {
      outputs: {},
      url,
      paperHelm: () => 'paper',
      readKeys,
      readSecrets,
      reachCluster: async () => reach() ?? cluster,
    };
  },
);
const readKeys = jest.fn(async () => 'the keys');
const readSecrets = jest.fn(async () => undefined);
const reach = jest.fn((): undefined => undefined);
const releaseDigest = jest.fn(async (..._all: unknown[]) => 'the objects');
const rollBackTo = jest.fn(
  async (_helm: unknown, _client: unknown, _options: { revision: number | undefined }) => result,
);
const resume = jest.fn(async () => result);
const upgradeNodes = jest.fn(async () => ({
  ...result,
  nodes: { pools: [], isEmpty: true, others: [], changed: true },
}));
const found = { environment: 'dev', release: 'livekit-server', namespace: 'livekit', notes: [], rolls: [] };
const chart = { name: 'livekit-server', version: '1.9.0' };
const preview = jest.fn(async (_helm: unknown, _client: unknown, _options: { keys: unknown }) => ({
  ...found,
  chart,
  changes: [] as unknown[],
}));
const commentPreview = jest.fn(async (..._all: unknown[]) => undefined);
const renderValues = jest.fn(async () => ({
  environment: 'dev',
  chart,
  layers: ['helm/values/dev.yaml'],
  given: [{ path: ['replicaCount'], value: 2, layer: 'helm/values/dev.yaml', over: [] }],
  manifests: [{ release: 'livekit-server', text: 'kind: Service' }],
}));
const { renderRendering, printRendering } = await import('../../src/helm/preview/rendering.ts');
jest.unstable_mockModule('../../src/helm/preview/rendering.ts', () => ({
  renderValues,
  renderRendering,
  printRendering,
}));
jest.unstable_mockModule('../../src/helm/preview/preview.ts', () => ({ preview }));
jest.unstable_mockModule('../../src/helm/preview/comment.ts', () => ({ commentPreview }));
jest.unstable_mockModule('../../src/helm/digest.ts', () => ({ releaseDigest }));
jest.unstable_mockModule('./lease.ts', () => ({ giveLeaseBack }));
jest.unstable_mockModule('../../src/helm/rollback.ts', () => ({ rollBackTo }));
jest.unstable_mockModule('../../src/helm/resume.ts', () => ({ resume }));
jest.unstable_mockModule('../../src/helm/nodes/upgrade.ts', () => ({ upgradeNodes }));
jest.unstable_mockModule('./open.ts', () => ({ open }));
jest.unstable_mockModule('../../src/helm/deploy.ts', () => ({ deploy }));
const { renderRemoval } = await import('../../src/helm/remove.ts');
jest.unstable_mockModule('../../src/helm/remove.ts', () => ({ remove, renderRemoval }));
jest.unstable_mockModule('../../src/helm/status.ts', () => ({ readStatus }));
jest.unstable_mockModule('../../src/google/identity.ts', () => ({ signOut }));
const { action } = await import('./main.ts');
const run = () => action.main(new AbortController().signal);

let directory: string;
const before = { ...process.env };

beforeEach(async () => {
  jest.clearAllMocks();
  directory = await mkdtemp(join(tmpdir(), 'helm-deploy-'));
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_ACTOR: 'ada',
    GITHUB_RUN_ID: '77',
    RUNNER_TEMP: directory,
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
  });
  inputs = { environment: 'dev', bucket: 'nova-livekit-dev-terraform-state' };
  outputs = {};
  state = {};
});
afterEach(async () => {
  process.env = { ...before };
  await rm(directory, { recursive: true });
});

test('the inputs have the defaults of action.yml, and the history says which run it was', async () => {
  await run();
  expect(deploy.mock.calls[0]?.[2]).toMatchObject({
    environment: 'dev',
    release: 'livekit-server',
    namespace: 'livekit',
    chart: { chart: 'livekit-server', version: '1.9.0', repository: 'https://helm.livekit.io' },
    timeoutSeconds: 900,
    onFailure: 'rollback',
    keys: 'the keys',
    description: 'by ada in https://github.com/nova/livekit/actions/runs/77, attempt 1',
  });
});

test('outputs and summary tell what came of it', async () => {
  await run();
  expect(outputs).toMatchObject({
    status: 'deployed',
    revision: '4',
    'previous-revision': '3',
    'pods-ready': '2',
    image: 'livekit/livekit-server:v1.13.11',
  });
  expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain('helm-deploy dev: ✅ deployed');
});

test('a failed deploy sets its outputs before the step fails', async () => {
  const failure = rolloutFailures.failure('image', { what: 'The image x cannot be pulled.' });
  deploy.mockResolvedValueOnce({ ...result, status: 'rolled-back', failure });
  await expect(run()).rejects.toBe(failure);
  expect(outputs['status']).toBe('rolled-back');
});

test('whether anything changed is told by the deploy', async () => {
  await run();
  expect(outputs).toMatchObject({ changed: 'false', url: 'https://livekit-dev.nova.dev' });
  deploy.mockResolvedValueOnce({ ...result, changed: true });
  await run();
  expect(outputs['changed']).toBe('true');
});

test('whether a rollback changed anything is told by the objects', async () => {
  inputs['mode'] = 'rollback';
  await run();
  const release = expect.objectContaining({ release: 'livekit-server', namespace: 'livekit' }) as unknown;
  expect(releaseDigest).toHaveBeenCalledWith('helm', 'client', release);
  expect(outputs['changed']).toBe('false');
  releaseDigest.mockResolvedValueOnce('other objects');
  await run();
  expect(outputs['changed']).toBe('true');
});

test('the report is a file, too', async () => {
  await run();
  expect(await readFile(outputs['report-path'] ?? '', 'utf8')).toContain('helm-deploy dev: ✅ deployed');
});

test('mode rollback goes to the revision that is asked for, or leaves it open', async () => {
  inputs['mode'] = 'rollback';
  await run();
  inputs['revision'] = '3';
  await run();
  expect(rollBackTo.mock.calls.map(([, , { revision }]) => revision)).toEqual([undefined, 3]);
  expect(outputs['status']).toBe('deployed');
  expect(deploy).not.toHaveBeenCalled();
});

test('mode upgrade-nodes tells whether it changed anything, and what is next', async () => {
  inputs['mode'] = 'upgrade-nodes';
  await run();
  expect(upgradeNodes).toHaveBeenCalledTimes(1);
  expect(deploy).not.toHaveBeenCalled();
  expect(outputs).toMatchObject({ status: 'deployed', changed: 'true', revision: '4' });
  expect(outputs['summary']).toContain('Next: the pull request');
});

test('mode render asks no cluster', async () => {
  inputs['mode'] = 'render';
  await run();
  expect(reach).not.toHaveBeenCalled();
  expect(readKeys).not.toHaveBeenCalled();
  expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain('<code>replicaCount</code>');
});

describe('mode diff', () => {
  const sha = '0'.repeat(40);
  const repo = { full_name: 'nova/livekit' };
  const pullRequest = {
    pull_request: { number: 7, html_url: 'https://x', head: { sha, repo }, base: { sha, ref: 'main', repo } },
  };
  beforeEach(async () => {
    inputs['mode'] = 'diff';
    const event = join(directory, 'event.json');
    await writeFile(event, JSON.stringify(pullRequest));
    Object.assign(process.env, { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event });
  });

  test('changes nothing, and puts what would change into summary and comment', async () => {
    await run();
    expect(deploy).not.toHaveBeenCalled();
    expect(outputs['changed']).toBe('false');
    expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain('dev: nothing would change');
    expect(commentPreview.mock.calls[0]?.[1]).toBe(7);
  });

  test('writes no comment where there is no pull request, or none is wanted', async () => {
    process.env['GITHUB_EVENT_NAME'] = 'workflow_dispatch';
    await run();
    process.env['GITHUB_EVENT_NAME'] = 'pull_request';
    inputs['comment'] = 'false';
    await run();
    expect(commentPreview).not.toHaveBeenCalled();
  });

  test('goes without keys that this identity may not read, and with no other excuse', async () => {
    readKeys.mockRejectedValueOnce(googleFailures.failure('permissionDenied', { what: 'No.' }));
    await run();
    expect(preview.mock.calls[0]?.[2].keys).toBeUndefined();
    readKeys.mockRejectedValueOnce(googleFailures.failure('unavailable', { what: 'Away.' }));
    await expect(run()).rejects.toMatchObject({ code: googleFailures.code('unavailable') });
  });
});

test.each(['status', 'uninstall'])('mode %s deploys nothing', async (mode) => {
  inputs['mode'] = mode;
  await run();
  expect(deploy).not.toHaveBeenCalled();
  expect(mode === 'status' ? readStatus : remove).toHaveBeenCalledTimes(1);
});

test('an uninstall tells what went, and that nothing changed where nothing was', async () => {
  inputs['mode'] = 'uninstall';
  await run();
  expect(outputs['changed']).toBe('true');
  expect(await readFile(outputs['report-path'] ?? '', 'utf8')).toContain('livekit-server uninstalled');
  remove.mockResolvedValueOnce({ ...removal, removed: [] });
  await run();
  expect(outputs['changed']).toBe('false');
});

describe('the Lease of a run', () => {
  const lease = { namespace: 'livekit', release: 'livekit-server', holder: 'ada #1' };
  const holding = (end: () => void) => {
    deploy.mockImplementationOnce(async (_helm, _client, { onHeld }) => {
      onHeld?.(lease);
      end();
      onHeld?.(undefined);
      return result;
    });
  };

  test('is given back by post when the run could not', async () => {
    holding(() => {
      throw new Error('killed');
    });
    await expect(run()).rejects.toThrow('killed');
    await action.post?.(new AbortController().signal);
    expect(giveLeaseBack).toHaveBeenCalledTimes(1);
    expect(JSON.parse(giveLeaseBack.mock.calls[0]?.[0]('lease') ?? '')).toEqual(lease);
  });

  test('is nothing to post after a run that ended as it should', async () => {
    holding(() => undefined);
    await run();
    await action.post?.(new AbortController().signal);
    expect(giveLeaseBack).not.toHaveBeenCalled();
  });

  test('is given back by main itself on a laptop, before the credentials go', async () => {
    delete process.env['GITHUB_ACTIONS'];
    holding(() => {
      throw new Error('interrupted');
    });
    giveLeaseBack.mockImplementationOnce(async () => void expect(signOut).not.toHaveBeenCalled());
    await expect(run()).rejects.toThrow('interrupted');
    expect(giveLeaseBack).toHaveBeenCalledTimes(1);
    expect(signOut).toHaveBeenCalledTimes(1);
  });
});

test('half a key is refused before anything runs, and the secret is masked by then', async () => {
  inputs['livekit-api-secret'] = 'canary-canary-canary-canary-canary';
  await expect(run()).rejects.toMatchObject({ code: 'LK-INPUT-001' });
  expect(secrets).toContain('canary-canary-canary-canary-canary');
  expect(open).not.toHaveBeenCalled();
});

test.each([
  ['mode', 'destroy'],
  ['revision', 'latest'],
  ['previous-keys-version', '0'],
  ['comment', 'maybe'],
  ['release', 'Not_A_Name'],
  ['namespace', '-x'],
  ['repository', 'ftp://x'],
  ['timeout-minutes', '0'],
  ['on-failure', 'explode'],
  ['when-busy', 'push'],
])('the input %s may not be %s', async (name, value) => {
  inputs[name] = value;
  await expect(run()).rejects.toMatchObject({ code: 'LK-INPUT-002' });
});

test('post takes the credentials and the working folder away', async () => {
  const folder = await mkdtemp(join(directory, 'work-'));
  state = { 'credentials-file': '/tmp/credentials.json', directory: folder };
  await action.post?.(new AbortController().signal);
  expect(signOut).toHaveBeenCalledWith('/tmp/credentials.json');
  expect(existsSync(folder)).toBe(false);
});

test('on a laptop, where there is no post, main takes them away itself', async () => {
  delete process.env['GITHUB_ACTIONS'];
  await mkdir(join(directory, 'work'));
  await run();
  expect(existsSync(join(directory, 'work'))).toBe(false);
});

test('on GitHub they are left for post, and found by it', async () => {
  await mkdir(join(directory, 'work'));
  await run();
  expect(existsSync(join(directory, 'work'))).toBe(true);
  expect(state['directory']).toBe(join(directory, 'work'));
});

test('post has nothing to do when main ended early', async () => {
  await action.post?.(new AbortController().signal);
  expect(signOut).toHaveBeenCalledWith('');
});
