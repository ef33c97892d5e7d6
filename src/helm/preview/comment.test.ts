import { jest } from '@jest/globals';
import { githubFailures } from '../../github/failures.ts';
import type { Preview } from './preview.ts';

const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  warning: (text: string) => warnings.push(text),
  setSecret: () => undefined,
}));
const { commentPreview } = await import('./comment.ts');

const preview: Preview = {
  environment: 'dev',
  release: 'livekit-server',
  namespace: 'livekit',
  chart: { name: 'livekit-server', version: '1.9.0' },
  changes: [],
  rolls: [],
  notes: [],
};
const run = { url: 'https://run', commit: '0123456789' };

test('a comment that cannot be posted is a warning with its fix, and not the end of the job', async () => {
  const refused = () => {
    throw githubFailures.failure('refused', { what: 'GitHub refused it.', fix: 'Give the job the right.' });
  };
  expect(await commentPreview(refused, 7, preview, run)).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('GitHub refused it. Give the job the right.')]);
});

test('the section is that of the environment, in a comment of its own kind', async () => {
  const bodies: string[] = [];
  const github = {
    call: (_subject: unknown, ask: (octokit: unknown, at: unknown) => Promise<unknown>) => ask(octokit, {}),
  };
  const octokit = {
    paginate: () =>
      Promise.resolve(bodies.map((body) => ({ id: 1, html_url: 'https://comment', body, user: { type: 'Bot' } }))),
    rest: {
      issues: {
        listComments: undefined,
        createComment: ({ body }: { body: string }) => Promise.resolve(void bodies.push(body)),
      },
    },
  };
  const posted = await commentPreview(() => github as never, 7, preview, run);
  expect(posted).toEqual({ url: 'https://comment', changed: true });
  expect(bodies[0]).toMatch(/^<!-- livekit-gke:helm -->\n\n## Helm\n/);
  expect(bodies[0]).toContain('### dev: nothing would change');
});
