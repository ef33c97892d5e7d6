import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { redact } from '../runner/mask.ts';
import type { GitHubClient, Subject } from './client.ts';
import { githubFailures } from './failures.ts';

/** The one open issue of a kind about a thing: found by its label and a hidden line at its start. */
export interface StickyIssue {
  /** `drift` */
  readonly kind: string;
  /** The environment: lower-case letters, digits and hyphens. */
  readonly key: string;
  readonly label: string;
}

export interface IssueText {
  readonly title: string;
  /** Markdown, short enough for GitHub with the hidden line. */
  readonly body: string;
  /** Stands for what the text says, without what differs each time (times, links): word characters. */
  readonly fingerprint: string;
}

export interface PutIssue {
  readonly number: number;
  readonly url: string;
  readonly change: 'opened' | 'updated' | 'unchanged';
}

/** UTF-16 code units that an issue's body may have beside the hidden line. */
export const ISSUE_BODY_LIMIT = 65_536 - 300;

const TRIES = 5;
/** Long enough for another run that found none to have opened one, too. */
const SETTLE_MILLISECONDS = 500;

const issueSchema = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  body: z.string().nullish(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
  user: z.object({ type: z.string() }).nullish(),
  author_association: z.string().default('NONE'),
  pull_request: z.unknown().optional(),
});
type Issue = z.infer<typeof issueSchema>;

/**
 * Opens the issue or brings it up to date; says nothing when it says the same already. Two runs that found none have
 * opened one each: both then keep the older one and close the other. Throws LK-GITHUB-002 to -008, -011 and -012.
 */
export async function putIssue(
  github: GitHubClient,
  issue: StickyIssue,
  text: IssueText,
  settleMilliseconds = SETTLE_MILLISECONDS,
): Promise<PutIssue> {
  const body = redact(`${hiddenLine(issue, text.fingerprint)}\n\n${withoutMarkers(text.body)}`);
  const title = redact(text.title);
  let opened: Issue | undefined;
  let change: PutIssue['change'] = 'unchanged';
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const [oldest, ...younger] = await findOpen(github, issue);
    for (const surplus of younger) await setState(github, surplus, 'not_planned');
    const present = oldest ?? opened;
    if (present !== undefined && (fingerprintOf(present, issue) === text.fingerprint || oldest === undefined))
      return { number: present.number, url: present.html_url, change: opened === present ? 'opened' : change };
    if (present === undefined) opened = await open(github, issue, title, body);
    else await update(github, present, title, body);
    change = present === undefined ? 'opened' : 'updated';
    await sleep(settleMilliseconds * (1 + Math.random()));
  }
  throw githubFailures.failure('issueLost', {
    what: `The issue about ${issue.key} with the label ${issue.label} was overwritten ${TRIES} times.`,
    why: 'Other runs write the same issue at the same time.',
    fix: 'Give the workflow a `concurrency` group for each environment, as the template has, and run the job again.',
  });
}

/** Closes what is open of it, with a comment that says why; gives the issue's URL, `undefined` when none was open. */
export async function closeIssue(
  github: GitHubClient,
  issue: StickyIssue,
  comment: string,
): Promise<string | undefined> {
  const [oldest, ...younger] = await findOpen(github, issue);
  for (const surplus of younger) await setState(github, surplus, 'not_planned');
  if (oldest === undefined) return undefined;
  await github.call(subjectOf(oldest), (octokit, at) =>
    octokit.rest.issues.createComment({ ...at, issue_number: oldest.number, body: redact(comment) }),
  );
  await setState(github, oldest, 'completed');
  return oldest.html_url;
}

/** The oldest first. Calls `GET /repos/{owner}/{repo}/issues?labels=…&state=open`, all pages. */
async function findOpen(github: GitHubClient, issue: StickyIssue): Promise<Issue[]> {
  const data = await github.call(
    { what: `the issues with the label ${issue.label}`, permission: 'issues: write' },
    (octokit, at) =>
      octokit.paginate(octokit.rest.issues.listForRepo, { ...at, labels: issue.label, state: 'open', per_page: 100 }),
  );
  return parse(z.array(issueSchema), data)
    .filter(
      (found) => found.pull_request === undefined && fingerprintOf(found, issue) !== undefined && isTrusted(found),
    )
    .sort((a, b) => a.number - b.number);
}

/** Anyone may write our line into an issue; only a bot's or a member's is taken for ours. */
function isTrusted({ user, author_association }: Issue): boolean {
  return user?.type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(author_association);
}

async function open(github: GitHubClient, issue: StickyIssue, title: string, body: string): Promise<Issue> {
  const subject: Subject = { what: `a new issue about ${issue.key}`, permission: 'issues: write' };
  const opened = parse(
    issueSchema,
    await github.call(
      subject,
      async (octokit, at) => (await octokit.rest.issues.create({ ...at, title, body, labels: [issue.label] })).data,
    ),
  );
  if (hasLabel(opened, issue.label)) return opened;
  // GitHub leaves labels away without a word where the token may not set them.
  await setState(github, opened, 'not_planned');
  throw githubFailures.failure('issueLost', {
    what: `GitHub opened issue ${opened.number} without the label ${issue.label}, so it was closed again.`,
  });
}

async function update(github: GitHubClient, issue: Issue, title: string, body: string): Promise<void> {
  await github.call(subjectOf(issue), (octokit, at) =>
    octokit.rest.issues.update({ ...at, issue_number: issue.number, title, body }),
  );
}

async function setState(github: GitHubClient, issue: Issue, reason: 'completed' | 'not_planned'): Promise<void> {
  await github.call(subjectOf(issue), (octokit, at) =>
    octokit.rest.issues.update({ ...at, issue_number: issue.number, state: 'closed', state_reason: reason }),
  );
}

function hasLabel({ labels }: Issue, label: string): boolean {
  return labels.some((one) => (typeof one === 'string' ? one : one.name)?.toLowerCase() === label.toLowerCase());
}

const subjectOf = ({ number }: Issue): Subject => ({ what: `issue ${number}`, permission: 'issues: write' });

const NAMESPACE = 'livekit-gke';

const hiddenLine = ({ kind, key }: StickyIssue, fingerprint: string) =>
  `<!-- ${NAMESPACE}:issue ${kind} ${key} ${fingerprint} -->`;

function fingerprintOf({ body }: Issue, { kind, key }: StickyIssue): string | undefined {
  const [, foundKind, foundKey, fingerprint] =
    new RegExp(`^<!-- ${NAMESPACE}:issue ([a-z0-9-]+) ([a-z0-9-]+) (\\w+) -->`).exec(body ?? '') ?? [];
  return foundKind === kind && foundKey === key ? fingerprint : undefined;
}

const withoutMarkers = (text: string) => text.replaceAll(`<!-- ${NAMESPACE}:`, `<!-- ${NAMESPACE}\u200b:`);

function parse<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw githubFailures.failure('answer', {
    what: `GitHub’s answer about issues is wrong at \`${parsed.error.issues[0]?.path.join('.') ?? ''}\`.`,
  });
}
