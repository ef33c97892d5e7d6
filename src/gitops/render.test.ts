import { application, NEW } from './application.fixture.ts';
import { gitopsFailures } from './failures.ts';
import { renderGitops } from './render.ts';
import type { GitopsResult } from './result.ts';

const failed = (more: Partial<GitopsResult> = {}): GitopsResult => ({
  application: 'messaging-service',
  namespace: 'argocd',
  status: 'failed',
  wanted: NEW,
  seen: application(),
  notes: ['A note.'],
  durationSeconds: 12,
  failure: gitopsFailures.failure('credentials', { what: 'GitHub refuses <x>.', evidence: 'authentication required' }),
  ...more,
});
const names = ['GITHUB_ACTION_REPOSITORY', 'GITHUB_ACTION_REF'];
afterEach(() => names.forEach((name) => delete process.env[name]));

test('a failure has its code, its cause, its fix and its evidence', () => {
  const text = renderGitops(failed(), 'stg');
  expect(text).toContain('## helm-deploy stg: messaging-service ❌ failed');
  expect(text).toContain('**LK-ARGO-003** GitHub refuses &lt;x&gt;.\n\n*Why:* Argo CD finds them');
  expect(text).toContain('\n\n*Fix:* Check that the Secret’s');
  expect(text).toContain('<summary>Evidence</summary>\n\n```text\nauthentication required\n```');
  expect(text).toContain('> A note.');
});

test('in a job of GitHub the code leads to its section in the release that the job uses', () => {
  process.env['GITHUB_ACTION_REPOSITORY'] = 'org/livekit-gke';
  process.env['GITHUB_ACTION_REF'] = 'v1';
  expect(renderGitops(failed(), 'stg')).toContain(
    '[**LK-ARGO-003**](https://github.com/org/livekit-gke/blob/v1/docs/messages.md#lk-argo-003) GitHub refuses',
  );
});

test('an application that was never seen is a row without what Argo CD says of it', () => {
  const text = renderGitops(failed({ seen: undefined, failure: undefined, wanted: undefined }), 'stg');
  expect(text).toContain('| messaging-service | argocd | what git has |  |  |  |  | 12 s |');
  expect(text).not.toContain('LK-');
});
