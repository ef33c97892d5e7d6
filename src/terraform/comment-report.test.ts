import { jest } from '@jest/globals';
import { githubFailures } from '../github/failures.ts';
import { terraformFailures } from './failures.ts';

const warning = jest.fn<(text: string) => void>();
jest.unstable_mockModule('../runner/log.ts', () => ({
  log: { info: jest.fn(), warning },
  explain: ({ message }: Error) => message,
}));
const { commentReport } = await import('./comment-report.ts');

const failure = terraformFailures.failure('plan', { what: 'Quota is used up.' });
const report = { kind: 'failure', report: { environment: 'dev', doing: 'plan', failure, runUrl: 'u' } } as const;

test('a token that is missing is a warning with its fix, not the end of the job', async () => {
  const client = () => {
    throw githubFailures.failure('noToken', { what: 'The input `github-token` is empty.' });
  };
  await expect(commentReport(client, 7, 'dev', report)).resolves.toBeUndefined();
  expect(warning).toHaveBeenCalledWith(
    expect.stringMatching(/^The comment could not be posted.*`github-token` is empty\. Leave/),
  );
});
