import { Refusal } from './answer.ts';
import { closeAsMerged, mergeCommit, syncPulls } from './pull.ts';
import { newId, now, type Pull, type QueueEntry, type TimelineEvent } from './state.ts';
import type { GitHub } from './world.ts';

/** Who merges what comes out of the queue. */
export const MERGE_QUEUE = 'github-merge-queue[bot]';

/**
 * Puts pull requests into the merge queue of their base branch, each on top of those before it, on a branch of its own
 * where the checks of `merge_group` run. Throws GitHub's 422 for one that cannot be queued.
 */
export function enqueue(
  github: GitHub,
  numbers: readonly number[],
  by: string,
  method: 'merge' | 'squash' = 'merge',
): QueueEntry[] {
  syncPulls(github);
  const { state, git } = github;
  return numbers.map((number) => {
    const pull = state.pulls.find((each) => each.number === number);
    if (!pull || pull.state !== 'open' || pull.draft || state.queue.some((each) => each.number === number))
      throw new Refusal(422, `Pull request ${number} cannot be added to the merge queue.`);
    const before = state.queue.findLast((each) => each.baseRef === `refs/heads/${pull.base}`);
    const baseSha = before?.headSha ?? pull.baseSha;
    const headSha = mergeCommit(github, pull, MERGE_QUEUE, method, {}, baseSha);
    if (headSha === undefined) throw new Refusal(422, `Pull request ${number} conflicts with what is before it.`);
    const ref = `refs/heads/gh-readonly-queue/${pull.base}/pr-${number}-${baseSha}`;
    git.setRef(ref, headSha);
    const entry = { number, ref, headSha, baseSha, baseRef: `refs/heads/${pull.base}` };
    state.queue.push(entry);
    note(github, pull, 'added_to_merge_queue', by);
    return entry;
  });
}

/**
 * What GitHub does once the checks of the queue have passed: the base branch moves to the last one at once, so that one
 * push brings all of them. Gives that commit. Throws when the queue is empty, or the base branch has moved meanwhile.
 */
export function mergeQueue(github: GitHub): string {
  const { state, git } = github;
  const [first] = state.queue;
  const last = state.queue.findLast((each) => each.baseRef === first?.baseRef);
  if (!first || !last) throw new Refusal(422, 'The merge queue is empty.');
  const merged = state.queue.filter((each) => each.baseRef === first.baseRef);
  git.git(['update-ref', first.baseRef, last.headSha, first.baseSha]);
  for (const entry of merged) {
    const pull = state.pulls.find((each) => each.number === entry.number);
    if (!pull) continue;
    note(github, pull, 'removed_from_merge_queue', MERGE_QUEUE);
    closeAsMerged(github, pull, MERGE_QUEUE, entry.baseSha, entry.headSha);
    git.deleteRef(entry.ref);
  }
  state.queue = state.queue.filter((each) => !merged.includes(each));
  return last.headSha;
}

/** Takes a pull request whose checks failed out of the queue, and those after it, which were built on it. */
export function dequeue(github: GitHub, number: number): void {
  const { state, git } = github;
  const index = state.queue.findIndex((each) => each.number === number);
  if (index === -1) throw new Refusal(422, `Pull request ${number} is not in the merge queue.`);
  for (const entry of state.queue.splice(index)) {
    git.deleteRef(entry.ref);
    const pull = state.pulls.find((each) => each.number === entry.number);
    if (pull) note(github, pull, 'removed_from_merge_queue', MERGE_QUEUE);
  }
}

function note({ state }: GitHub, pull: Pull, event: TimelineEvent['event'], actor: string): void {
  state.timeline.push({ id: newId(state), number: pull.number, event, actor, createdAt: now() });
}
