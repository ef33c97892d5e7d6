import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure/failure.ts';
import { redact } from '../runner/mask.ts';
import type { GitHubClient, Subject } from './client.ts';
import { arrange, type Draw } from './comment-space.ts';
import { compose, marker, type Section, sectionsOf, withSection } from './comment-body.ts';
import { githubFailures } from './failures.ts';

export interface StickyComment {
  readonly pullRequest: number;
  /** One comment of a kind on a pull request: `terraform`. */
  readonly kind: string;
  readonly head: (sections: readonly Section[]) => string;
  /** The section that this job writes: its environment. */
  readonly key: string;
}

export interface PostedComment {
  readonly url: string;
  /** False when the comment said exactly this already. */
  readonly changed: boolean;
}

interface Comment {
  readonly id: number;
  readonly html_url: string;
  readonly body?: string | undefined;
  readonly author_association?: string;
  readonly user: { readonly type: string } | null;
}

const TRIES = 5;
/** Long enough for a job that read before we wrote to have written over it. */
const SETTLE_MILLISECONDS = 250;

/**
 * Puts one section into the sticky comment and keeps the others, shortened where this one needs its share of the room.
 * `draw` makes the section for the room that it gets. GitHub has no conditional update, so each write is read back, and
 * written again when another job's write has undone it. Throws LK-GITHUB-002 to -010.
 */
export async function putSection(
  github: GitHubClient,
  comment: StickyComment,
  draw: Draw,
  settleMilliseconds = SETTLE_MILLISECONDS,
): Promise<PostedComment> {
  const subject: Subject = {
    what: `the comments of pull request ${comment.pullRequest}`,
    permission: 'pull-requests: write',
  };
  let changed = false;
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const all = await find(github, comment, subject);
    const present = all[0];
    // Two jobs that found none have made one each: the older one stays, and takes over what the younger has.
    const others = all
      .toReversed()
      .flatMap(({ body }) => sectionsOf(body ?? ''))
      .reduce<Section[]>(withSection, [])
      .filter(({ key }) => key !== comment.key);
    const sections = arrange(comment, others, hiding(draw));
    const body = redact(compose(comment.kind, comment.head, sections));
    if (present !== undefined && all.length === 1 && same(present.body ?? '', body))
      return { url: present.html_url, changed };
    await write(github, subject, comment.pullRequest, present?.id, body);
    changed = true;
    for (const surplus of all.slice(1)) await remove(github, subject, surplus.id);
    await sleep(settleMilliseconds * (1 + Math.random()));
  }
  const [present] = await find(github, comment, subject);
  if (present !== undefined && sectionsOf(present.body ?? '').some(({ key }) => key === comment.key))
    return { url: present.html_url, changed };
  throw githubFailures.failure('commentLost', {
    what: `This job’s part of the comment on pull request ${comment.pullRequest} was overwritten ${TRIES} times.`,
  });
}

/** Known secrets go before a text is packed: afterwards they would not be recognised. */
function hiding(draw: Draw): Draw {
  return (room) => {
    const section = draw(room);
    return { ...section, body: redact(section.body) };
  };
}

async function find(github: GitHubClient, comment: StickyComment, subject: Subject): Promise<Comment[]> {
  const comments = await github.call(subject, (octokit, at) =>
    octokit.paginate(octokit.rest.issues.listComments, { ...at, issue_number: comment.pullRequest, per_page: 100 }),
  );
  const ours = (comments as Comment[]).filter(
    (found) => (found.body ?? '').startsWith(marker(comment.kind)) && isTrusted(found),
  );
  return ours.sort((a, b) => a.id - b.id);
}

/** Anyone may write our marker into a comment; only a bot's or a member's is taken for ours. */
function isTrusted(comment: Comment): boolean {
  return comment.user?.type === 'Bot' || ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(comment.author_association ?? '');
}

async function write(
  github: GitHubClient,
  subject: Subject,
  pullRequest: number,
  id: number | undefined,
  body: string,
): Promise<void> {
  await github.call<unknown>(subject, (octokit, at) =>
    id === undefined
      ? octokit.rest.issues.createComment({ ...at, issue_number: pullRequest, body })
      : octokit.rest.issues.updateComment({ ...at, comment_id: id, body }),
  );
}

async function remove(github: GitHubClient, subject: Subject, id: number): Promise<void> {
  try {
    await github.call(subject, (octokit, at) => octokit.rest.issues.deleteComment({ ...at, comment_id: id }));
  } catch (error) {
    // The other job removed it first.
    if (!(error instanceof Failure && error.code === githubFailures.code('notFound'))) throw error;
  }
}

const same = (a: string, b: string) => a.replaceAll('\r\n', '\n').trim() === b.trim();
