import { Failure, reason } from '../failure/failure.ts';
import type { GitHubClient } from '../github/client.ts';
import { closeIssue, putIssue, type StickyIssue } from '../github/issue.ts';
import { documented, documentedCode } from '../runner/documentation.ts';
import { code, plain } from '../runner/markdown.ts';
import type { CertificateRecord } from './record.ts';

/** The label by which the issues are found again. */
export const CERTIFICATE_LABEL = 'turn-cert';

/** Leads people through a renewal that does not work. */
const RUNBOOK = 'docs/runbooks/turn-certificate.md';

/** Once may be the network's fault; twice in a row nobody will mend it by waiting. */
export const FAILURES_FOR_ISSUE = 2;

export interface Trouble {
  readonly environment: string;
  readonly secretName: string;
  /** Under which the environment's record has it. */
  readonly key: string;
  /** Since the last success, oldest first. */
  readonly failures: CertificateRecord['failures'][string];
  readonly runUrl: string;
  /** Of the certificate that serves meanwhile, where it is known. */
  readonly notAfter: Date | undefined;
}

/** What of a failed run is kept: a sentence without secrets, since what is thrown was masked before. */
export function failureEntry(error: unknown, at: Date): { at: Date; code: string; message: string } {
  return { at, code: error instanceof Failure ? error.code : 'LK-RUN-001', message: reason(error).slice(0, 500) };
}

/** Opens or updates the issue when renewals fail again and again; gives its URL. */
export async function tellTrouble(github: GitHubClient, trouble: Trouble): Promise<string | undefined> {
  if (trouble.failures.length < FAILURES_FOR_ISSUE) return undefined;
  const { url } = await putIssue(github, issueOf(trouble), {
    title: `TURN certificate: ${trouble.secretName} in ${trouble.environment} could not be renewed`,
    body: troubleBody(trouble),
    // The same failure again is no news; its count is.
    fingerprint: `${trouble.failures.at(-1)?.code.replaceAll('-', '_') ?? 'none'}_${trouble.failures.length}`,
  });
  return url;
}

/** Closes it, when there is one. */
export function tellEndOfTrouble(
  github: GitHubClient,
  { environment, secretName, key, runUrl }: Pick<Trouble, 'environment' | 'secretName' | 'key' | 'runUrl'>,
): Promise<string | undefined> {
  const subject = issueOf({ environment, key });
  return closeIssue(
    github,
    subject,
    `[This run](${runUrl}) found the certificate ${secretName} of ${environment} as it should be.`,
  );
}

export function troubleBody({ environment, secretName, failures, runUrl, notAfter }: Trouble): string {
  const last = failures.at(-1);
  const until =
    notAfter === undefined
      ? 'Which certificate serves meanwhile is not known.'
      : `The present one serves until **${notAfter.toISOString().slice(0, 10)}**.`;
  return [
    `The certificate ${code(secretName)} of **${environment}** could not be renewed ${failures.length} times in a row. ${until}`,
    `The last time, ${last?.at.slice(0, 16).replace('T', ' ') ?? ''} UTC: ${documentedCode(last?.code ?? '', code(last?.code ?? ''))} ${plain(last?.message ?? '')}`,
    `[The run](${runUrl}) says why and what to do; ${documented(RUNBOOK, RUNBOOK)} leads through it. This issue is closed by the first run that finds all well.`,
  ].join('\n\n');
}

const issueOf = ({ environment, key }: Pick<Trouble, 'environment' | 'key'>): StickyIssue => ({
  kind: 'turn-cert',
  // An issue is found again by letters, digits and hyphens only.
  key: `${environment}-${key.replace(/[^a-z0-9-]/g, '--')}`,
  label: CERTIFICATE_LABEL,
});
