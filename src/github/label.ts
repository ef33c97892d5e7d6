import type { TimelineEvent } from './timeline.ts';

/** What a plan is, as far as a label for it matters. */
export interface LabelledPlan {
  readonly label: string;
  /** The commit that was planned, which is the last one of the branch. */
  readonly headSha: string;
  /** When its plan was made, ISO 8601. */
  readonly plannedAt: string;
}

/** What a pull request's label says of a plan. `put` counts if the person has write access, which is asked elsewhere. */
export type LabelState =
  | { readonly kind: 'put'; readonly by: string; readonly at: string }
  | { readonly kind: 'missing' }
  /** `why` is half a sentence: `it was put on before the plan was made`. */
  | { readonly kind: 'void'; readonly why: string };

/**
 * What the timeline says of the label. Only GitHub's own times count; a commit bears whatever date its author gave it. So
 * what holds is: the planned commit was there when its plan was made, the label came after the plan, and nothing was
 * pushed after the label.
 */
export function labelState(timeline: readonly TimelineEvent[], plan: LabelledPlan): LabelState {
  const wanted = plan.label.toLowerCase();
  const index = timeline.findLastIndex(
    (event) => (event.kind === 'labeled' || event.kind === 'unlabeled') && event.label.toLowerCase() === wanted,
  );
  const last = timeline[index];
  if (last?.kind !== 'labeled') return { kind: 'missing' };
  const { actor, app, at } = last;
  if (actor === undefined) return { kind: 'void', why: 'the account that put it on is gone' };
  if (actor.bot) return { kind: 'void', why: `${actor.login}, which is no person, put it on` };
  if (app !== undefined) return { kind: 'void', why: `the app ${app} put it on in the name of ${actor.login}` };
  if (Date.parse(at) <= Date.parse(plan.plannedAt))
    return { kind: 'void', why: `it was put on at ${clock(at)}, before the plan was made at ${clock(plan.plannedAt)}` };
  const pushed = timeline.find((event) => event.kind === 'force-pushed' && Date.parse(event.at) >= Date.parse(at));
  if (pushed !== undefined) return { kind: 'void', why: 'the branch was force-pushed after it was put on' };
  // The planned commit itself was there before its plan, wherever its date puts it in the list.
  const later = timeline.slice(index + 1).find((event) => event.kind === 'committed' && event.sha !== plan.headSha);
  if (later?.kind === 'committed')
    return { kind: 'void', why: `commit ${later.sha.slice(0, 7)} was pushed after it was put on` };
  if (!timeline.some((event) => event.kind === 'committed' && event.sha === plan.headSha))
    return { kind: 'void', why: `the planned commit ${plan.headSha.slice(0, 7)} is not on the branch` };
  return { kind: 'put', by: actor.login, at };
}

const clock = (time: string) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
