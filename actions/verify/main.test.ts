import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { reportSchema } from '../../src/verify/report.ts';
import { fakeWorld, livekitDeployment, livekitPod, node } from '../../src/verify/world.fixture.ts';

let inputs: Record<string, string>;
let outputs: Record<string, string>;
let state: Record<string, string>;
let lines: string[];
const say = (text: string) => void lines.push(text);

jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = String(value)),
  saveState: (name: string, value: string) => (state[name] = value),
  getState: (name: string) => state[name] ?? '',
  setSecret: () => undefined,
  startGroup: say,
  endGroup: () => undefined,
  ...Object.fromEntries(['info', 'debug', 'notice', 'warning', 'error'].map((level) => [level, say])),
}));

const document = { outputs: fakeWorld().outputs };
const signOut = jest.fn(async (_file: string) => undefined);
jest.unstable_mockModule('../../src/google/identity.ts', () => ({
  signIn: async () => ({ ownsFile: true, credentialsFile: '/tmp/credentials.json' }),
  signOut,
}));
const stored = new Map<string, { content: Buffer; generation: string }>();
let refusal: Error | undefined;
jest.unstable_mockModule('../../src/google/storage.ts', () => ({
  openBucket: async () => ({
    name: 'state',
    read: async (path: string) => stored.get(path),
    write: async (path: string, content: string) => {
      if (refusal) throw refusal;
      stored.set(path, { content: Buffer.from(content), generation: '1' });
    },
  }),
}));
jest.unstable_mockModule('../../src/google/request.ts', () => ({ googleClient: () => ({}) }));
const { environmentPaths } = await import('../../src/environment/outputs.ts');
jest.unstable_mockModule('../../src/environment/outputs.ts', () => ({
  environmentPaths,
  readOutputs: async () => document,
}));
const publishCheckRun = jest.fn(async (_client: () => object, _report: object, _at: object) => 'https://x/check');
const publishComment = jest.fn(async (_client: () => object, _report: object, _pull: number) => 'https://x/comment');
jest.unstable_mockModule('../../src/verify/publish.ts', () => ({ publishCheckRun, publishComment }));
let pods = [livekitPod('p1')];
const openWorld = jest.fn(async (options: object) =>
  fakeWorld({
    ...options,
    deployment: livekitDeployment(1),
    nodes: [node('node-of-p1', { external: '203.0.113.11' })],
    pods,
  }),
);
jest.unstable_mockModule('../../src/verify/open-world.ts', () => ({ openWorld }));

const { action } = await import('./main.ts');
const run = () => action.main(new AbortController().signal);

const SHA = 'a'.repeat(40);
let directory: string;
const before = { ...process.env };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'verify-'));
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_SHA: SHA,
    GITHUB_EVENT_NAME: 'push',
    RUNNER_TEMP: directory,
    GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
  });
  inputs = { environment: 'dev', bucket: 'nova-livekit-dev-terraform-state', checks: 'pods-ready, node-spread' };
  outputs = {};
  state = {};
  lines = [];
  pods = [livekitPod('p1')];
  jest.clearAllMocks();
  stored.clear();
  refusal = undefined;
});

afterEach(async () => {
  process.env = { ...before };
  await rm(directory, { recursive: true });
});

describe('verify', () => {
  test('runs the chosen checks with what they need, and gives verdict, counts and report', async () => {
    await run();
    expect(outputs).toMatchObject({
      verdict: 'pass',
      passed: '3',
      warned: '0',
      failed: '0',
      skipped: '0',
      inconclusive: '0',
    });
    const report = reportSchema.parse(JSON.parse(await readFile(outputs['report'] ?? '', 'utf8')));
    expect(report.checks.map(({ id }) => id)).toEqual(['cluster', 'pods-ready', 'node-spread']);
  });

  test('log and summary show the same verdict', async () => {
    await run();
    const summary = await readFile(join(directory, 'summary.md'), 'utf8');
    const [headline = ''] = /dev: pass\. 3 of 3 checks passed in [\d.]+ s\./.exec(summary) ?? [];
    expect(headline).not.toBe('');
    expect(lines.join('\n')).toContain(headline);
  });

  test('a failed check fails the step, after outputs, report and summary are there', async () => {
    pods = [livekitPod('p1', { status: { phase: 'Running' } })];
    await expect(run()).rejects.toMatchObject({
      code: 'LK-VERIFY-001',
      message: expect.stringContaining('pods-ready: 0 of 1 pods are Ready'),
      fix: expect.stringContaining('docs/checks.md#pods-ready'),
    });
    expect(outputs).toMatchObject({ verdict: 'fail', failed: '1' });
    expect(await readFile(join(directory, 'summary.md'), 'utf8')).toContain('❌ fail');
  });

  test('with fail-on: never it does not', async () => {
    pods = [livekitPod('p1', { status: { phase: 'Running' } })];
    inputs['fail-on'] = 'never';
    await run();
    expect(outputs['verdict']).toBe('fail');
  });

  test('with accept it does not either, and one that passes is told', async () => {
    pods = [livekitPod('p1', { status: { phase: 'Running' } })];
    inputs['accept'] = 'pods-ready, node-spread';
    await run();
    expect(outputs).toMatchObject({ verdict: 'warn', failed: '0', accepted: '1' });
    expect(lines.join('\n')).toContain('The input accept names node-spread, which passed: take it out.');
    expect(await readFile(outputs['junit'] ?? '', 'utf8')).toContain('<testsuite name="verify dev"');
  });

  test('leaves a page with the picture of what is deployed', async () => {
    await run();
    const page = await readFile(outputs['page'] ?? '', 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('node-of-p1');
  });

  test('tells in log, summary, page and JSON what got worse since the last run', async () => {
    await run();
    pods = [livekitPod('p1', { status: { phase: 'Running' } })];
    await expect(run()).rejects.toMatchObject({ code: 'LK-VERIFY-001' });
    const worse = /Since the last run \(.* UTC\) worse: pods-ready \(pass to fail\)/;
    expect(lines.join('\n')).toMatch(worse);
    expect(await readFile(join(directory, 'summary.md'), 'utf8')).toMatch(/worse: pods-ready \(pass to fail\)/);
    expect(await readFile(outputs['page'] ?? '', 'utf8')).toContain('pass to fail');
    const report = reportSchema.parse(JSON.parse(await readFile(outputs['report'] ?? '', 'utf8')));
    expect(report.comparison?.worse).toMatchObject([{ id: 'pods-ready', words: 'pass to fail' }]);
  });

  test('puts a check run on the commit, and no comment anywhere', async () => {
    await run();
    expect(publishCheckRun).toHaveBeenCalledWith(
      expect.any(Function),
      expect.objectContaining({ verdict: 'pass' }),
      expect.objectContaining({ headSha: SHA, failOn: 'fail' }),
    );
    expect(publishComment).not.toHaveBeenCalled();
    expect(outputs).toMatchObject({ 'check-run-url': 'https://x/check', 'comment-url': '' });
  });

  test('for a pull request both go to its own head', async () => {
    const event = join(directory, 'event.json');
    const side = (sha: string) => ({ sha, ref: 'main', repo: { full_name: 'nova/livekit' } });
    const pull = { number: 7, html_url: 'https://x/7', head: side('b'.repeat(40)), base: side('c'.repeat(40)) };
    await writeFile(event, JSON.stringify({ pull_request: pull }));
    Object.assign(process.env, { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event });
    await run();
    expect(publishCheckRun.mock.calls[0]?.[2]).toMatchObject({ headSha: 'b'.repeat(40) });
    expect(publishComment.mock.calls[0]?.[2]).toBe(7);
  });

  test('neither is written when the inputs say so', async () => {
    Object.assign(inputs, { 'check-run': 'false', comment: 'false' });
    await run();
    expect(publishCheckRun).not.toHaveBeenCalled();
  });

  test('that the results cannot be kept is a notice, and fails nothing', async () => {
    refusal = new Error('no right');
    await run();
    expect(outputs['verdict']).toBe('pass');
    expect(lines.join('\n')).toContain('What changed since the last run cannot be told: no right');
  });

  test('defaults lead to the release of helm-deploy and to the domain', async () => {
    await run();
    expect(openWorld).toHaveBeenLastCalledWith(
      expect.objectContaining({
        namespace: 'livekit',
        release: 'livekit-server',
        signalTarget: { kind: 'address', url: new URL('wss://livekit-dev.example.com') },
        turnTarget: { host: 'turn-dev.example.com', port: 443, serverName: 'turn-dev.example.com' },
        controlStun: { host: 'stun.l.google.com', port: 19_302 },
        thresholds: { lossPercent: 5, roundTripMilliseconds: 400, certificateDays: 14 },
      }),
    );
  });

  test.each<[Record<string, string>, string]>([
    [{ environment: '' }, 'LK-INPUT-001'],
    [{ bucket: '' }, 'LK-INPUT-001'],
    [{ 'fail-on': 'always' }, 'LK-INPUT-002'],
    [{ 'timeout-seconds': '0' }, 'LK-INPUT-002'],
    [{ namespace: 'Not A Name' }, 'LK-INPUT-002'],
    [{ checks: 'no-such' }, 'LK-VERIFY-002'],
    [{ accept: 'no-such' }, 'LK-VERIFY-002'],
    [{ 'signal-url': 'https://x' }, 'LK-VERIFY-004'],
    [{ 'turn-address': 'turn' }, 'LK-VERIFY-009'],
    [{ 'stun-server': 'stun' }, 'LK-VERIFY-009'],
    [{ 'max-loss-percent': '101' }, 'LK-INPUT-002'],
  ])('refuses %j by %s, before it looks at anything', async (wrong, code) => {
    openWorld.mockClear();
    Object.assign(inputs, wrong);
    await expect(run()).rejects.toMatchObject({ code });
    expect(openWorld).not.toHaveBeenCalled();
  });

  test('post removes the credentials file that main wrote', async () => {
    await run();
    await action.post?.(new AbortController().signal);
    expect(signOut).toHaveBeenCalledWith('/tmp/credentials.json');
  });
});
