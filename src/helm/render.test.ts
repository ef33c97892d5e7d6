import { rolloutFailures } from './failures.ts';
import { duration, renderDeploy } from './render.ts';
import type { DeployResult } from './result.ts';

const result: DeployResult = {
  release: 'livekit-server',
  namespace: 'livekit',
  chart: { name: 'livekit-server', version: '1.9.0' },
  revision: 4,
  previousRevision: 3,
  status: 'deployed',
  image: 'livekit/livekit-server:v1.13.11',
  podsReady: 1,
  podsWanted: 1,
  pods: [
    {
      name: 'livekit-server-a',
      node: 'node-1',
      image: 'livekit/livekit-server:v1.13.11',
      age: 'new',
      state: 'ready',
      ready: true,
      created: '2026-11-21T09:00:00Z',
    },
  ],
  draining: [],
  durationSeconds: 75.4,
  failure: undefined,
};
afterEach(() => {
  delete process.env['GITHUB_ACTION_REPOSITORY'];
  delete process.env['GITHUB_ACTION_REF'];
});
const now = new Date('2026-11-21T09:01:15Z');

test('a deploy is one row of facts and one for each pod', () => {
  expect(renderDeploy(result, 'dev', now)).toBe(
    [
      '## helm-deploy dev: ✅ deployed',
      '',
      '| release | namespace | chart | revision | image | pods ready | duration |',
      '|---|---|---|---|---|---|---|',
      '| livekit-server | livekit | livekit-server 1.9.0 | 4 (before: 3) | <code>livekit/livekit-server:v1.13.11</code> | 1 of 1 | 1 min 15 s |',
      '',
      '| pod | node | image | ready | age | state |',
      '|---|---|---|---|---|---|',
      '| <code>livekit-server-a</code> (new) | node-1 | <code>livekit/livekit-server:v1.13.11</code> | yes | 1 min 15 s | ready |',
    ].join('\n'),
  );
});

test('a failure stands on top, its evidence folded under it', () => {
  const failure = rolloutFailures.failure('crash', { what: 'The container <x> ends.', evidence: 'log\n```\nmore' });
  const text = renderDeploy({ ...result, status: 'rolled-back', failure }, 'dev', now);
  expect(text).toContain('**LK-HELM-022** The container &lt;x&gt; ends.');
  expect(text).toContain('<details><summary>Evidence</summary>\n\n````text\nlog\n```\nmore\n````\n\n</details>');
});

test('in a job of GitHub the code of a failure leads to its section in the release that the job uses', () => {
  process.env['GITHUB_ACTION_REPOSITORY'] = 'org/livekit-gke';
  process.env['GITHUB_ACTION_REF'] = 'v1';
  const failure = rolloutFailures.failure('crash', { what: 'The container x ends.' });
  expect(renderDeploy({ ...result, status: 'failed', failure }, 'dev', now)).toContain(
    '[**LK-HELM-022**](https://github.com/org/livekit-gke/blob/v1/docs/messages.md#lk-helm-022) The container x ends.',
  );
});

test('what became of the pods is a picture above their table', () => {
  const life = {
    uid: 'a',
    name: 'livekit-server-a',
    node: 'node-1',
    age: 'new' as const,
    created: Date.parse('2026-11-21T09:00:00Z'),
    scheduled: Date.parse('2026-11-21T09:00:01Z'),
    ready: Date.parse('2026-11-21T09:00:20Z'),
    ending: undefined,
    gone: undefined,
  };
  const text = renderDeploy({ ...result, lives: [life] }, 'dev', now);
  expect(text.indexOf('```mermaid\ngantt\n')).toBeGreaterThan(0);
  expect(text.indexOf('```mermaid')).toBeLessThan(text.indexOf('| pod |'));
});

test('a pipe in a pod’s words does not break the table', () => {
  const [pod] = result.pods;
  if (pod === undefined) throw new Error('there is a pod');
  const text = renderDeploy({ ...result, pods: [{ ...pod, state: 'a | b\nc' }] }, 'dev', now);
  expect(text).toContain('| a \\| b c |');
});

test.each([
  [0.4, '0 s'],
  [59.6, '1 min 0 s'],
  [3725, '1 h 2 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
