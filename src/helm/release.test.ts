import { helmWords } from './helm.ts';
import { type FakeAnswer, fakeHelm } from './helm.fixture.ts';
import { readHistory, upgrade, upgradeArguments } from './release.ts';

const revision = (number: number, status: string, updated = '2026-11-21T09:00:00Z') => ({
  revision: number,
  updated,
  status,
  chart: 'livekit-server-1.9.0',
  app_version: 'v1.9.0',
  description: 'by ada',
});

test('a release that is not there has no history', async () => {
  const { helm } = fakeHelm({ history: { exitCode: 1, stderr: 'Error: release: not found\n' } });
  expect(await readHistory(helm, 'livekit-server')).toEqual({ revisions: [], latest: undefined, deployed: undefined });
});

test('the deployed revision is told from the latest', async () => {
  const rows = [revision(3, 'failed'), revision(1, 'superseded'), revision(2, 'deployed')];
  const { helm } = fakeHelm({ history: { stdout: JSON.stringify(rows) } });
  const history = await readHistory(helm, 'livekit-server');
  expect(history.latest?.revision).toBe(3);
  expect(history.deployed?.revision).toBe(2);
});

test('another error of helm is shown in its words', async () => {
  const { helm } = fakeHelm({ history: { exitCode: 1, stderr: 'Error: Kubernetes cluster unreachable: EOF\n' } });
  await expect(readHistory(helm, 'livekit-server')).rejects.toMatchObject({
    code: 'LK-HELM-007',
    message: 'helm history livekit-server failed: Kubernetes cluster unreachable: EOF.',
  });
});

test('helm never waits, rolls back or sees a value as an argument', () => {
  const args = upgradeArguments({
    release: 'livekit-server',
    chartPath: '/tmp/chart.tgz',
    valuesFile: '/tmp/values.yaml',
    description: 'by ada',
  });
  expect(args.slice(0, 4)).toEqual(['upgrade', 'livekit-server', '/tmp/chart.tgz', '--install']);
  expect(args.join(' ')).not.toMatch(/--wait|--atomic|--rollback-on-failure|--set/);
});

test('an upgrade gives its revision and objects', async () => {
  const { helm } = fakeHelm({
    upgrade: {
      stdout: JSON.stringify({ version: 4, manifest: 'kind: X', info: { last_deployed: '2026-07-01T10:00:00Z' } }),
    },
  });
  const options = { release: 'r', chartPath: 'c', valuesFile: 'v', description: 'd' };
  expect(await upgrade(helm, options)).toEqual({ revision: 4, updated: '2026-07-01T10:00:00Z', manifest: 'kind: X' });
});

test.each<[string, FakeAnswer['stderr'], string]>([
  ['a line', 'Error: release: not found\n', 'release: not found'],
  ['warnings before it', 'level=WARN msg=x\nError: a: b\n  c.\n', 'a: b c'],
  ['no prefix', 'boom\n', 'boom'],
  ['nothing', '', 'no words'],
  [
    'a whole object',
    `Error: Invalid value: "{\\"a\\":\\"${'x'.repeat(300)}\\"}": cannot unmarshal\n`,
    'invalid value: cannot unmarshal',
  ],
])('helm’s words: %s', (_name, stderr, words) => {
  expect(helmWords(stderr ?? '')).toBe(words);
});

test('of very long words the beginning and the end are kept', () => {
  const words = helmWords(`Error: where ${'x'.repeat(5000)} what`);
  expect(words).toMatch(/^where x+ … x+ what$/);
  expect(words.length).toBeLessThan(900);
});
