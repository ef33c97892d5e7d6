import { notFound, page, Refusal, validationFailed } from '../answer.ts';
import { createPull, filesOf, fullPull, mergePull, simplePull, type NewPull } from '../pull.ts';
import { newId, now, type Pull, type Review } from '../state.ts';
import { number, type Call, type Routes } from './route.ts';

function pullOf(call: Call): Pull {
  const wanted = number(call, 'pull_number');
  const pull = call.github.state.pulls.find((each) => each.number === wanted);
  if (!pull) throw notFound();
  return pull;
}

/** GitHub lists no more files of a pull request. */
const MOST_FILES = 3000;

const READ = [['pull-requests', 'read']] as const;
const WRITE = [['pull-requests', 'write']] as const;

function list(call: Call) {
  const { github, query } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const sort = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const direction = query.get('direction') ?? (query.has('sort') ? 'desc' : 'desc');
  const found = github.state.pulls
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === null || head === `${pull.head.owner}:${pull.head.branch}`)
    .filter((pull) => base === null || base === pull.base)
    .sort((one, other) => one[sort].localeCompare(other[sort]) || one.number - other.number);
  if (direction === 'desc') found.reverse();
  const { items, headers } = page(found, query, call.url);
  return { status: 200, headers, body: items.map((pull) => simplePull(github, pull)) };
}

function update(call: Call) {
  const pull = pullOf(call);
  const wanted = call.body as { title?: string; body?: string; state?: 'open' | 'closed' } | undefined;
  if (wanted?.title !== undefined) pull.title = wanted.title;
  if (wanted?.body !== undefined) pull.body = wanted.body;
  if (wanted?.state !== undefined && wanted.state !== pull.state) {
    if (pull.mergedSha !== null) throw validationFailed('PullRequest', 'state', 'invalid');
    pull.state = wanted.state;
    pull.closedAt = wanted.state === 'closed' ? now() : null;
    const event = wanted.state === 'closed' ? 'closed' : 'reopened';
    const id = newId(call.github.state);
    call.github.state.timeline.push({ id, number: pull.number, event, actor: call.token.login, createdAt: now() });
  }
  pull.updatedAt = now();
  return { status: 200, body: fullPull(call.github, pull) };
}

function review(call: Call) {
  const pull = pullOf(call);
  const wanted = (call.body ?? {}) as { event?: string; body?: string };
  const states: Record<string, Review['state']> = {
    APPROVE: 'APPROVED',
    REQUEST_CHANGES: 'CHANGES_REQUESTED',
    COMMENT: 'COMMENTED',
  };
  const state = states[wanted.event ?? ''];
  if (!state) throw new Refusal(422, 'Unprocessable Entity');
  if (state !== 'COMMENTED' && call.token.login === pull.author) {
    throw new Refusal(422, 'Unprocessable Entity: Can not approve your own pull request');
  }
  const made: Review = {
    id: newId(call.github.state),
    number: pull.number,
    author: call.token.login,
    state,
    body: wanted.body ?? '',
    commit: pull.headSha,
    submittedAt: now(),
  };
  call.github.state.reviews.push(made);
  return { status: 200, body: call.github.shapes.issues.review(made) };
}

export const pullRoutes: Routes = {
  'pulls/list': { needs: READ, handle: list },
  'pulls/create': {
    needs: WRITE,
    handle: ({ github, token, body }) => ({
      status: 201,
      body: fullPull(github, createPull(github, token.login, body as NewPull)),
    }),
  },
  'pulls/get': { needs: READ, handle: (call) => ({ status: 200, body: fullPull(call.github, pullOf(call)) }) },
  'pulls/update': { needs: WRITE, handle: update },
  'pulls/merge': {
    needs: [['contents', 'write']],
    handle: (call) => {
      const sha = mergePull(call.github, pullOf(call), call.token.login, call.body ?? {});
      return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
    },
  },
  'pulls/check-if-merged': {
    needs: READ,
    handle: (call) => {
      if (pullOf(call).mergedSha === null) throw notFound();
      return { status: 204 };
    },
  },
  'pulls/list-files': {
    needs: READ,
    handle: (call) => {
      const pull = pullOf(call);
      const { items, headers } = page(filesOf(call.github, pull).slice(0, MOST_FILES), call.query, call.url);
      return { status: 200, headers, body: items.map((file) => call.github.shapes.commits.file(file, pull.headSha)) };
    },
  },
  'pulls/list-commits': {
    needs: READ,
    handle: (call) => {
      const pull = pullOf(call);
      const { items, headers } = page(call.github.git.between(pull.baseSha, pull.headSha), call.query, call.url);
      return { status: 200, headers, body: items.map((commit) => call.github.shapes.commits.commit(commit)) };
    },
  },
  'pulls/list-reviews': {
    needs: READ,
    handle: (call) => {
      const pull = pullOf(call);
      const all = call.github.state.reviews.filter((each) => each.number === pull.number);
      const { items, headers } = page(all, call.query, call.url);
      return { status: 200, headers, body: items.map((each) => call.github.shapes.issues.review(each)) };
    },
  },
  'pulls/create-review': { needs: WRITE, handle: review },
};
