import { newestFirst, notFound, page, validationFailed } from '../answer.ts';
import { labelsOf } from '../pull.ts';
import { newId, now, type Comment, type Issue, type Label, type Pull } from '../state.ts';
import type { Access, Needs } from '../tokens.ts';
import type { GitHub } from '../world.ts';
import { number, type Call, type Routes } from './route.ts';

/** GitHub's limit of a comment's or an issue's text, in characters. */
export const MAX_BODY_CHARACTERS = 65_536;

const isPull = (github: GitHub, wanted: number) => github.state.pulls.some((pull) => pull.number === wanted);

/** The issue, or the pull request as the issue that it also is. */
function issueOf(github: GitHub, wanted: number): Issue {
  const issue = github.state.issues.find((each) => each.number === wanted);
  if (issue) return issue;
  const pull = github.state.pulls.find((each) => each.number === wanted);
  if (!pull) throw notFound();
  return asIssue(pull);
}

const asIssue = (pull: Pull): Issue => ({ ...pull, stateReason: null });

/** Comments and labels of a pull request: `issues` or `pull-requests`; of an issue: only `issues`. */
function either(access: Access, find: (call: Call) => number | undefined) {
  return (call: Call): Needs => {
    const found = find(call);
    // What does not exist is a 404 for everybody.
    if (found === undefined) return [];
    const issues = ['issues', access] as const;
    return isPull(call.github, found) ? [issues, ['pull-requests', access]] : [issues];
  };
}

const byIssue = (call: Call) => number(call, 'issue_number');
const byComment = (call: Call) => {
  const id = number(call, 'comment_id');
  return call.github.state.comments.find((comment) => comment.id === id)?.number;
};
const ANY_READ: Needs = [
  ['issues', 'read'],
  ['pull-requests', 'read'],
];
const ANY_WRITE: Needs = [
  ['issues', 'write'],
  ['pull-requests', 'write'],
];

function shape(github: GitHub, issue: Issue) {
  const comments = github.state.comments.filter((comment) => comment.number === issue.number).length;
  return github.shapes.issues.issue(issue, labelsOf(github, issue.number), comments, isPull(github, issue.number));
}

function checkBody(resource: string, body: string | null | undefined): void {
  if ([...(body ?? '')].length > MAX_BODY_CHARACTERS) {
    const message = `body is too long (maximum is ${MAX_BODY_CHARACTERS} characters)`;
    throw validationFailed(resource, 'body', 'unprocessable', message);
  }
}

const COLOR = 'ededed';

/** Adds the labels, made with GitHub's default colour when they are new, and says so in the timeline. */
function addLabels(github: GitHub, to: number, names: readonly string[], actor: string): void {
  const has = (github.state.labelled[to] ??= []);
  for (const name of names) {
    const known = github.state.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
    const label = known ?? { id: newId(github.state), name, color: COLOR, description: null };
    if (!known) github.state.labels.push(label);
    if (has.includes(label.name)) continue;
    has.push(label.name);
    const id = newId(github.state);
    github.state.timeline.push({ id, number: to, event: 'labeled', actor, label: label.name, createdAt: now() });
  }
}

/** Takes a label away, and says so in the timeline. */
function takeLabel(github: GitHub, from: number, label: string, actor: string): void {
  const has = github.state.labelled[from] ?? [];
  github.state.labelled[from] = has.filter((each) => each !== label);
  const id = newId(github.state);
  github.state.timeline.push({ id, number: from, event: 'unlabeled', actor, label, createdAt: now() });
}

const nameOf = (label: string | { name?: string }) => (typeof label === 'string' ? label : (label.name ?? ''));

function createIssue({ github, token, body }: Call) {
  const wanted = body as { title: string | number; body?: string | null; labels?: (string | { name?: string })[] };
  checkBody('Issue', wanted.body);
  const time = now();
  const issue: Issue = {
    number: github.state.nextNumber++,
    id: newId(github.state),
    title: String(wanted.title),
    body: wanted.body ?? null,
    author: token.login,
    state: 'open',
    stateReason: null,
    createdAt: time,
    updatedAt: time,
    closedAt: null,
  };
  github.state.issues.push(issue);
  addLabels(github, issue.number, (wanted.labels ?? []).map(nameOf), token.login);
  return { status: 201, body: shape(github, issue) };
}

function updateIssue(call: Call) {
  const { github, token } = call;
  const wanted = (call.body ?? {}) as {
    title?: string;
    body?: string | null;
    state?: Issue['state'];
    state_reason?: Issue['stateReason'];
    labels?: (string | { name?: string })[];
  };
  checkBody('Issue', wanted.body);
  const wantedNumber = byIssue(call);
  issueOf(github, wantedNumber);
  const target: Issue | Pull | undefined =
    github.state.issues.find((each) => each.number === wantedNumber) ??
    github.state.pulls.find((each) => each.number === wantedNumber);
  if (!target) throw notFound();
  if (wanted.title !== undefined) target.title = wanted.title;
  if (wanted.body !== undefined) target.body = wanted.body;
  if (wanted.state !== undefined && wanted.state !== target.state) {
    target.state = wanted.state;
    target.closedAt = wanted.state === 'closed' ? now() : null;
    const event = wanted.state === 'closed' ? 'closed' : 'reopened';
    const id = newId(github.state);
    github.state.timeline.push({ id, number: wantedNumber, event, actor: token.login, createdAt: now() });
    if ('stateReason' in target) {
      target.stateReason = wanted.state === 'open' ? 'reopened' : (wanted.state_reason ?? 'completed');
    }
  }
  if (wanted.labels) {
    const names = wanted.labels.map(nameOf);
    const stays = (label: string) => names.some((name) => name.toLowerCase() === label.toLowerCase());
    for (const label of (github.state.labelled[wantedNumber] ?? []).filter((each) => !stays(each)))
      takeLabel(github, wantedNumber, label, token.login);
    addLabels(github, wantedNumber, names, token.login);
  }
  target.updatedAt = now();
  return { status: 200, body: shape(github, issueOf(github, wantedNumber)) };
}

function list(call: Call) {
  const { github, query } = call;
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter(Boolean);
  const creator = query.get('creator');
  const all = [...github.state.issues, ...github.state.pulls.map(asIssue)]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => creator === null || issue.author === creator)
    .filter((issue) => labels.every((label) => (github.state.labelled[issue.number] ?? []).includes(label)));
  const { items, headers } = page(newestFirst(all), query, call.url);
  return { status: 200, headers, body: items.map((issue) => shape(github, issue)) };
}

function comments(call: Call) {
  const { github, query } = call;
  const issue = issueOf(github, byIssue(call));
  const since = query.get('since') ?? '';
  const all = github.state.comments.filter((each) => each.number === issue.number && each.updatedAt >= since);
  const { items, headers } = page(all, query, call.url);
  const pull = isPull(github, issue.number);
  return { status: 200, headers, body: items.map((each) => github.shapes.issues.comment(each, pull)) };
}

function commentOf(call: Call): Comment {
  const id = number(call, 'comment_id');
  const comment = call.github.state.comments.find((each) => each.id === id);
  if (!comment) throw notFound();
  return comment;
}

function createComment(call: Call) {
  const { github, token } = call;
  const issue = issueOf(github, byIssue(call));
  const { body } = call.body as { body: string };
  checkBody('IssueComment', body);
  if (body.trim() === '') throw validationFailed('IssueComment', 'body', 'missing_field', 'body cannot be blank');
  const time = now();
  const comment = {
    id: newId(github.state),
    number: issue.number,
    author: token.login,
    body,
    createdAt: time,
    updatedAt: time,
  };
  github.state.comments.push(comment);
  return { status: 201, body: github.shapes.issues.comment(comment, isPull(github, issue.number)) };
}

function timeline(call: Call) {
  const { github } = call;
  const issue = issueOf(github, byIssue(call));
  const pull = github.state.pulls.find((each) => each.number === issue.number);
  const label = (name: string | undefined): Label | undefined => github.state.labels.find((each) => each.name === name);
  const commits = pull ? github.git.between(pull.baseSha, pull.headSha) : [];
  // Ids are given in the order in which things happen, also within a second.
  const all = [
    ...commits.map((commit) => ({
      id: pull?.pushed[commit.sha] ?? 0,
      body: github.shapes.commits.timelineCommit(commit),
    })),
    ...github.state.comments
      .filter((each) => each.number === issue.number)
      .map((each) => ({ id: each.id, body: github.shapes.issues.timelineComment(each, pull !== undefined) })),
    ...github.state.timeline
      .filter((each) => each.number === issue.number)
      .map((each) => ({ id: each.id, body: github.shapes.issues.timelineEvent(each, label(each.label)) })),
  ]
    .sort((one, other) => one.id - other.id)
    .map(({ body }) => body);
  const { items, headers } = page(all, call.query, call.url);
  return { status: 200, headers, body: items };
}

function removeLabel(call: Call) {
  const { github, token } = call;
  const issue = issueOf(github, byIssue(call));
  const has = github.state.labelled[issue.number] ?? [];
  const name = has.find((each) => each === call.parameters['name']);
  if (name === undefined) throw notFound();
  takeLabel(github, issue.number, name, token.login);
  return { status: 200, body: labelsOf(github, issue.number).map((label) => github.shapes.issues.label(label)) };
}

export const issueRoutes: Routes = {
  'issues/list-for-repo': { needs: [['issues', 'read']], handle: list },
  'issues/create': { needs: [['issues', 'write']], handle: createIssue },
  'issues/get': {
    needs: either('read', byIssue),
    handle: (call) => ({ status: 200, body: shape(call.github, issueOf(call.github, byIssue(call))) }),
  },
  'issues/update': { needs: either('write', byIssue), handle: updateIssue },
  'issues/list-comments': { needs: either('read', byIssue), handle: comments },
  'issues/create-comment': { needs: either('write', byIssue), handle: createComment },
  'issues/get-comment': {
    needs: either('read', byComment),
    handle: (call) => {
      const comment = commentOf(call);
      return { status: 200, body: call.github.shapes.issues.comment(comment, isPull(call.github, comment.number)) };
    },
  },
  'issues/update-comment': {
    needs: either('write', byComment),
    handle: (call) => {
      const comment = commentOf(call);
      const { body } = call.body as { body: string };
      checkBody('IssueComment', body);
      Object.assign(comment, { body, updatedAt: now() });
      return { status: 200, body: call.github.shapes.issues.comment(comment, isPull(call.github, comment.number)) };
    },
  },
  'issues/delete-comment': {
    needs: either('write', byComment),
    handle: (call) => {
      const comment = commentOf(call);
      call.github.state.comments = call.github.state.comments.filter((each) => each !== comment);
      return { status: 204 };
    },
  },
  'issues/list-labels-on-issue': {
    needs: either('read', byIssue),
    handle: (call) => {
      const issue = issueOf(call.github, byIssue(call));
      const { items, headers } = page(labelsOf(call.github, issue.number), call.query, call.url);
      return { status: 200, headers, body: items.map((label) => call.github.shapes.issues.label(label)) };
    },
  },
  'issues/add-labels': {
    needs: either('write', byIssue),
    handle: (call) => {
      const issue = issueOf(call.github, byIssue(call));
      const { labels = [] } = (call.body ?? {}) as { labels?: (string | { name?: string })[] };
      addLabels(call.github, issue.number, labels.map(nameOf), call.token.login);
      return {
        status: 200,
        body: labelsOf(call.github, issue.number).map((label) => call.github.shapes.issues.label(label)),
      };
    },
  },
  'issues/remove-label': { needs: either('write', byIssue), handle: removeLabel },
  'issues/list-labels-for-repo': {
    needs: ANY_READ,
    handle: (call) => {
      const { items, headers } = page(call.github.state.labels, call.query, call.url);
      return { status: 200, headers, body: items.map((label) => call.github.shapes.issues.label(label)) };
    },
  },
  'issues/get-label': {
    needs: ANY_READ,
    handle: ({ github, parameters }) => {
      const label = github.state.labels.find((each) => each.name === parameters['name']);
      if (!label) throw notFound();
      return { status: 200, body: github.shapes.issues.label(label) };
    },
  },
  'issues/create-label': {
    needs: ANY_WRITE,
    handle: ({ github, body }) => {
      const wanted = body as { name: string; color?: string; description?: string };
      if (github.state.labels.some((each) => each.name.toLowerCase() === wanted.name.toLowerCase())) {
        throw validationFailed('Label', 'name', 'already_exists');
      }
      if (wanted.color !== undefined && !/^[0-9a-f]{6}$/i.test(wanted.color)) {
        throw validationFailed('Label', 'color', 'invalid');
      }
      if ((wanted.description?.length ?? 0) > 100) throw validationFailed('Label', 'description', 'invalid');
      const { name, color = COLOR, description = null } = wanted;
      const label = { id: newId(github.state), name, color, description };
      github.state.labels.push(label);
      return { status: 201, body: github.shapes.issues.label(label) };
    },
  },
  'issues/list-events-for-timeline': { needs: either('read', byIssue), handle: timeline },
};
