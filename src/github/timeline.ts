import { z } from 'zod';
import type { GitHubClient } from './client.ts';
import { githubFailures } from './failures.ts';

/** Who did something. */
export interface Actor {
  readonly login: string;
  /** A GitHub App or another account that is no person. */
  readonly bot: boolean;
}

/** What is used of a pull request's timeline, in GitHub's order, the oldest first. */
export type TimelineEvent =
  | {
      readonly kind: 'labeled' | 'unlabeled';
      readonly label: string;
      /** GitHub's clock, ISO 8601. */
      readonly at: string;
      /** `undefined` when the account is gone. */
      readonly actor: Actor | undefined;
      /** The GitHub App that did it in a person's name. */
      readonly app: string | undefined;
    }
  /** A commit of the branch. It bears the date that its author gave it, so it has none here. */
  | { readonly kind: 'committed'; readonly sha: string }
  | { readonly kind: 'force-pushed'; readonly at: string };

const time = z.iso.datetime({ offset: true });

const labelEvent = z.object({
  event: z.enum(['labeled', 'unlabeled']),
  created_at: time,
  label: z.object({ name: z.string() }),
  actor: z.object({ login: z.string(), type: z.string() }).nullish(),
  performed_via_github_app: z.object({ slug: z.string().nullish(), name: z.string().nullish() }).nullish(),
});
const commitEvent = z.object({ event: z.literal('committed'), sha: z.string().min(1) });
const pushEvent = z.object({ event: z.literal('head_ref_force_pushed'), created_at: time });

/** Others, and what GitHub adds later, are no matter. */
const USED = ['labeled', 'unlabeled', 'committed', 'head_ref_force_pushed'];

/** Calls `GET /repos/{owner}/{repo}/issues/{number}/timeline`, all pages. Throws LK-GITHUB-002 to -008 and -011. */
export async function timelineOf(github: GitHubClient, pullRequest: number): Promise<TimelineEvent[]> {
  const events = await github.call(
    { what: `the timeline of pull request ${pullRequest}`, permission: 'pull-requests: read' },
    (octokit, at) =>
      octokit.paginate(octokit.rest.issues.listEventsForTimeline, {
        ...at,
        issue_number: pullRequest,
        per_page: 100,
      }),
  );
  return parseTimeline(events, pullRequest);
}

/** Parses a timeline's events; throws LK-GITHUB-011 when one that counts lacks a part. */
export function parseTimeline(events: unknown, pullRequest: number): TimelineEvent[] {
  const parsed = z.array(z.object({ event: z.string().optional() }).loose()).safeParse(events);
  const used = parsed.data?.filter(({ event }) => event !== undefined && USED.includes(event));
  const typed = z.array(z.union([labelEvent, commitEvent, pushEvent])).safeParse(used);
  if (!typed.success) {
    const [index, ...rest] = typed.error.issues[0]?.path ?? [];
    throw githubFailures.failure('answer', {
      what: `GitHub’s timeline of pull request ${pullRequest} lacks a part of an event (${[index ?? 0, ...rest].join('.')}).`,
    });
  }
  return typed.data.map((event): TimelineEvent => {
    switch (event.event) {
      case 'committed':
        return { kind: 'committed', sha: event.sha };
      case 'head_ref_force_pushed':
        return { kind: 'force-pushed', at: event.created_at };
      default:
        return {
          kind: event.event,
          label: event.label.name,
          at: event.created_at,
          actor: event.actor ? { login: event.actor.login, bot: isBot(event.actor) } : undefined,
          app: event.performed_via_github_app
            ? (event.performed_via_github_app.slug ?? event.performed_via_github_app.name ?? 'a GitHub App')
            : undefined,
        };
    }
  });
}

/** Apps have the type Bot and `[bot]` at the end of their names; no person's name may have brackets. */
function isBot({ login, type }: { login: string; type: string }): boolean {
  return type !== 'User' || login.endsWith('[bot]');
}
