import { Description } from './description.ts';
import { routes } from './routes/all.ts';
import { startTrial, type Trial } from './trial.ts';
import { addToken, jobToken } from './tokens.ts';
import type { Permissions } from './state.ts';

const PERSON = 'ghp_personpersonpersonperson';
let trial: Trial;
let jobs = 0;

beforeAll(async () => {
  trial = await startTrial();
  const { state } = trial.github;
  addToken(state, PERSON, { login: 'ada', permissions: 'person', role: 'admin', job: null });
  trial.commit('feature', { 'a.txt': 'a\n' });
  trial.commit('merged', { 'b.txt': 'b\n' });
  trial.commit('conflict', { 'README.md': 'other\n' });
  trial.commit('draft', { 'c.txt': 'c\n' });
  await send('POST', '/pulls', { title: 'Feature', head: 'feature', base: 'main' }, PERSON);
  await send('POST', '/pulls', { title: 'Conflict', head: 'conflict', base: 'main' }, PERSON);
  await send('POST', '/pulls', { title: 'Merged', head: 'merged', base: 'main' }, PERSON);
  await send('PUT', '/pulls/3/merge', {}, PERSON);
  await send('POST', '/pulls', { title: 'Draft', head: 'draft', base: 'main', draft: true }, PERSON);
  trial.commit('main', { 'README.md': 'changed on main\n' }, 'Other', 'main');
  trial.github.git.setRef('refs/heads/same', trial.github.git.commitOf('main') ?? '');
  await send('POST', '/issues', { title: 'Issue', body: 'x' }, PERSON);
  await send('POST', '/labels', { name: 'known' }, PERSON);
});
afterAll(() => trial.close());

function jobWith(permissions: Permissions): string {
  const token = `ghs_job${String(++jobs).padStart(25, '0')}`;
  addToken(trial.github.state, token, jobToken(permissions, jobs));
  return token;
}

async function send(
  method: string,
  path: string,
  body: unknown,
  token: string | undefined,
  headers: Record<string, string> = {},
) {
  const url = path.startsWith('/rate_limit') ? path : `/repos/nova/livekit${path}`;
  const response = await fetch(`${trial.config.addresses.github}/api/v3${url}`, {
    method,
    headers: { 'user-agent': 'test', ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = (text === '' ? {} : JSON.parse(text)) as {
    message?: string;
    errors?: { field: string; message?: string }[];
  };
  return {
    status: response.status,
    headers: response.headers,
    text: [answer.message, answer.errors?.[0]?.field, answer.errors?.[0]?.message].join(' '),
  };
}

const description = new Description();

it('has a route for every operation of the description, and no other', () => {
  expect(Object.keys(routes).sort()).toEqual(description.operations().sort());
});

/** An address of each operation that exists, so that a refusal is about who asks. */
const EXAMPLES: Record<string, [method: string, path: string, body?: unknown]> = {
  'repos/get-content': ['GET', '/contents/README.md'],
  'repos/get-branch': ['GET', '/branches/main'],
  'repos/get-commit': ['GET', '/commits/main'],
  'repos/compare-commits': ['GET', '/compare/main...feature'],
  'repos/list-pull-requests-associated-with-commit': ['GET', '/commits/main/pulls'],
  'repos/create-commit-status': ['POST', '/statuses/main', { state: 'success' }],
  'repos/list-commit-statuses-for-ref': ['GET', '/commits/main/statuses'],
  'repos/get-combined-status-for-ref': ['GET', '/commits/main/status'],
  'repos/create-deployment': ['POST', '/deployments', { ref: 'main' }],
  'repos/list-deployments': ['GET', '/deployments'],
  'repos/get-deployment': ['GET', '/deployments/1'],
  'repos/create-deployment-status': ['POST', '/deployments/1/statuses', { state: 'success' }],
  'repos/list-deployment-statuses': ['GET', '/deployments/1/statuses'],
  'git/get-ref': ['GET', '/git/ref/heads/main'],
  'pulls/list': ['GET', '/pulls'],
  'pulls/create': ['POST', '/pulls', { title: 't', head: 'feature', base: 'main' }],
  'pulls/get': ['GET', '/pulls/1'],
  'pulls/update': ['PATCH', '/pulls/1', { title: 't' }],
  'pulls/merge': ['PUT', '/pulls/1/merge', {}],
  'pulls/check-if-merged': ['GET', '/pulls/1/merge'],
  'pulls/list-files': ['GET', '/pulls/1/files'],
  'pulls/list-commits': ['GET', '/pulls/1/commits'],
  'pulls/list-reviews': ['GET', '/pulls/1/reviews'],
  'pulls/create-review': ['POST', '/pulls/1/reviews', { event: 'APPROVE' }],
  'issues/list-for-repo': ['GET', '/issues'],
  'issues/create': ['POST', '/issues', { title: 't' }],
  'issues/get': ['GET', '/issues/1'],
  'issues/update': ['PATCH', '/issues/1', { title: 't' }],
  'issues/list-comments': ['GET', '/issues/1/comments'],
  'issues/create-comment': ['POST', '/issues/1/comments', { body: 'b' }],
  'issues/list-labels-on-issue': ['GET', '/issues/1/labels'],
  'issues/add-labels': ['POST', '/issues/1/labels', { labels: ['l'] }],
  'issues/remove-label': ['DELETE', '/issues/1/labels/l'],
  'issues/list-labels-for-repo': ['GET', '/labels'],
  'issues/create-label': ['POST', '/labels', { name: 'l' }],
  'issues/get-label': ['GET', '/labels/known'],
  'issues/list-events-for-timeline': ['GET', '/issues/1/timeline'],
  'checks/create': ['POST', '/check-runs', { name: 'n', head_sha: 'main' }],
  'checks/get': ['GET', '/check-runs/1'],
  'checks/update': ['PATCH', '/check-runs/1', { conclusion: 'success' }],
  'checks/list-for-ref': ['GET', '/commits/main/check-runs'],
  'actions/get-workflow-run': ['GET', '/actions/runs/1'],
  'actions/list-jobs-for-workflow-run': ['GET', '/actions/runs/1/jobs'],
};

/** Every token may ask for these; a comment's own permission depends on what it belongs to, and has rows of its own below. */
const OPEN_TO_ALL = ['rate-limit/get', 'repos/get', 'repos/get-collaborator-permission-level'];
const OF_COMMENTS = ['issues/get-comment', 'issues/update-comment', 'issues/delete-comment'];

it('names an example of every operation that needs a permission', () => {
  const needing = Object.keys(routes).filter((id) => !OPEN_TO_ALL.includes(id) && !OF_COMMENTS.includes(id));
  expect(Object.keys(EXAMPLES).sort()).toEqual(needing.sort());
});

describe.each(Object.entries(EXAMPLES))('%s', (operation, [method, path, body]) => {
  it('refuses a call without a token, with an unknown token, and with a token that lacks the permission', async () => {
    expect(description.find(method, `/repos/nova/livekit${path}`)?.operation).toBe(operation);
    expect(await send(method, path, body, undefined)).toMatchObject({
      status: 401,
      text: expect.stringContaining('Requires authentication') as string,
    });
    expect(await send(method, path, body, 'ghs_unknownunknownunknownunknown')).toMatchObject({
      status: 401,
      text: expect.stringContaining('Bad credentials') as string,
    });
    const bare = jobWith({ packages: 'write', 'id-token': 'write' });
    expect(await send(method, path, body, bare)).toMatchObject({
      status: 403,
      text: expect.stringContaining('Resource not accessible by integration') as string,
    });
  });
});

const X = 'x';
const ROWS: [
  what: string,
  permissions: Permissions | 'person',
  method: string,
  path: string,
  body: unknown,
  status: number,
  text: string,
][] = [
  [
    'a write with read permission',
    { 'pull-requests': 'read' },
    'POST',
    '/issues/1/comments',
    { body: X },
    403,
    'not accessible',
  ],
  [
    'a comment on an issue with pull-requests: write alone',
    { 'pull-requests': 'write' },
    'POST',
    '/issues/5/comments',
    { body: X },
    403,
    'not accessible',
  ],
  [
    'a merge with pull-requests: write alone',
    { 'pull-requests': 'write' },
    'PUT',
    '/pulls/1/merge',
    {},
    403,
    'not accessible',
  ],
  ['a comment without a body', 'person', 'POST', '/issues/1/comments', {}, 422, '"body" wasn\'t supplied'],
  [
    'a comment whose body is no text',
    'person',
    'POST',
    '/issues/1/comments',
    { body: 7 },
    422,
    "7 for 'body' must be string",
  ],
  ['a blank comment', 'person', 'POST', '/issues/1/comments', { body: ' ' }, 422, 'body cannot be blank'],
  [
    'a comment over the limit',
    'person',
    'POST',
    '/issues/1/comments',
    { body: X.repeat(65_537) },
    422,
    'maximum is 65536 characters',
  ],
  ['a body that is no JSON', 'person', 'POST', '/issues/1/comments', '{', 400, 'Problems parsing JSON'],
  ['no body where one is needed', 'person', 'POST', '/issues/1/comments', undefined, 422, 'needs one'],
  ['a comment on what does not exist', 'person', 'POST', '/issues/99/comments', { body: X }, 404, 'Not Found'],
  ['a comment that does not exist', 'person', 'PATCH', '/issues/comments/99', { body: X }, 404, 'Not Found'],
  ['a number that is none', 'person', 'GET', '/pulls/abc', undefined, 422, "For 'pull_number'"],
  ['a state that is none', 'person', 'GET', '/pulls?state=merged', undefined, 422, "For 'state'"],
  ['a pull request that does not exist', 'person', 'GET', '/pulls/99', undefined, 404, 'Not Found'],
  [
    'a pull request from an unknown branch',
    'person',
    'POST',
    '/pulls',
    { title: X, head: 'none', base: 'main' },
    422,
    'head',
  ],
  [
    'a pull request to an unknown branch',
    'person',
    'POST',
    '/pulls',
    { title: X, head: 'feature', base: 'none' },
    422,
    'base',
  ],
  [
    'a second pull request of a branch',
    'person',
    'POST',
    '/pulls',
    { title: X, head: 'feature', base: 'main' },
    422,
    'already exists',
  ],
  [
    'a pull request without a commit',
    'person',
    'POST',
    '/pulls',
    { title: X, head: 'same', base: 'main' },
    422,
    'No commits between',
  ],
  ['the merge of a conflict', 'person', 'PUT', '/pulls/2/merge', {}, 405, 'not mergeable'],
  ['the merge of what is merged', 'person', 'PUT', '/pulls/3/merge', {}, 405, 'not mergeable'],
  ['the merge of a draft', 'person', 'PUT', '/pulls/4/merge', {}, 405, 'not mergeable'],
  [
    'the merge of another head',
    'person',
    'PUT',
    '/pulls/1/merge',
    { sha: 'a'.repeat(40) },
    409,
    'Head branch was modified',
  ],
  [
    'an unknown way to merge',
    'person',
    'PUT',
    '/pulls/1/merge',
    { merge_method: 'octopus' },
    422,
    "for 'merge_method'",
  ],
  ['reopening what is merged', 'person', 'PATCH', '/pulls/3', { state: 'open' }, 422, 'state'],
  ["approving one's own", 'person', 'POST', '/pulls/1/reviews', { event: 'APPROVE' }, 422, 'Can not approve your own'],
  ['whether an open one is merged', 'person', 'GET', '/pulls/1/merge', undefined, 404, 'Not Found'],
  ['a label twice', 'person', 'POST', '/labels', { name: 'KNOWN' }, 422, 'name'],
  ['a colour that is none', 'person', 'POST', '/labels', { name: 'l', color: 'red' }, 422, 'color'],
  ['removing a label that is not there', 'person', 'DELETE', '/issues/1/labels/known', undefined, 404, 'Not Found'],
  ['an unknown label', 'person', 'GET', '/labels/none', undefined, 404, 'Not Found'],
  ['an issue without a title', 'person', 'POST', '/issues', { body: X }, 422, '"title" wasn\'t supplied'],
  ['an issue over the limit', 'person', 'POST', '/issues', { title: X, body: X.repeat(65_537) }, 422, '65536'],
  ['a check run without a name', 'person', 'POST', '/check-runs', { head_sha: 'main' }, 422, '"name" wasn\'t supplied'],
  [
    'a check run of an unknown commit',
    'person',
    'POST',
    '/check-runs',
    { name: X, head_sha: 'none' },
    422,
    'No commit found',
  ],
  [
    'a check run’s text with too many characters',
    'person',
    'POST',
    '/check-runs',
    { name: X, head_sha: 'main', output: { title: X, summary: X, text: X.repeat(65_536) } },
    422,
    'Only 65535 characters are allowed; 65536 were supplied',
  ],
  [
    'a check run’s summary with too many bytes',
    'person',
    'POST',
    '/check-runs',
    { name: X, head_sha: 'main', output: { title: X, summary: '✅'.repeat(30_000) } },
    422,
    'summary exceeds a maximum bytesize of 65535',
  ],
  [
    'more than fifty annotations at once',
    'person',
    'PATCH',
    '/check-runs/1',
    {
      output: {
        ...{ title: X, summary: X },
        annotations: Array.from({ length: 51 }, () => ({
          ...{ path: X, start_line: 1, end_line: 1, annotation_level: 'notice', message: X },
        })),
      },
    },
    422,
    'No more than 50 items are allowed; 51 were supplied',
  ],
  ['an unknown conclusion', 'person', 'PATCH', '/check-runs/1', { conclusion: 'great' }, 422, 'Invalid request'],
  ['an unknown check run', 'person', 'GET', '/check-runs/99', undefined, 404, 'Not Found'],
  ['a status without a state', 'person', 'POST', '/statuses/main', {}, 422, '"state" wasn\'t supplied'],
  ['a status of an unknown commit', 'person', 'POST', '/statuses/none', { state: 'success' }, 422, 'sha'],
  [
    'a status that says too much',
    'person',
    'POST',
    '/statuses/main',
    { state: 'success', description: X.repeat(141) },
    422,
    '140',
  ],
  ['a deployment of an unknown ref', 'person', 'POST', '/deployments', { ref: 'none' }, 422, 'No ref found'],
  [
    'a deployment whose checks are missing',
    'person',
    'POST',
    '/deployments',
    { ref: 'main', required_contexts: ['ci'] },
    409,
    'status checks failed',
  ],
  ['an unknown deployment', 'person', 'GET', '/deployments/99', undefined, 404, 'Not Found'],
  ['an unknown deployment state', 'person', 'POST', '/deployments/1/statuses', { state: 'fine' }, 422, "for 'state'"],
  ['an unknown run', 'person', 'GET', '/actions/runs/99', undefined, 404, 'Not Found'],
  ['an unknown branch', 'person', 'GET', '/branches/none', undefined, 404, 'Branch not found'],
  ['an unknown ref', 'person', 'GET', '/git/ref/heads/none', undefined, 404, 'Not Found'],
  ['an unknown commit', 'person', 'GET', '/commits/none', undefined, 422, 'No commit found'],
  ['a comparison with nothing', 'person', 'GET', '/compare/main...none', undefined, 404, 'Not Found'],
  ['contents that are not there', 'person', 'GET', '/contents/none', undefined, 404, 'Not Found'],
  [
    'contents of an unknown ref',
    'person',
    'GET',
    '/contents/README.md?ref=none',
    undefined,
    404,
    'No commit found for the ref',
  ],
  ['a ref that looks like an option', 'person', 'GET', '/commits/--output=x', undefined, 422, 'No commit found'],
  ['a route that GitHub has and the stand-in has not', 'person', 'GET', '/milestones', undefined, 404, 'Not Found'],
];

it.each(ROWS)('refuses %s', async (_, permissions, method, path, body, status, text) => {
  const token = permissions === 'person' ? PERSON : jobWith(permissions);
  const answer = await send(method, path, body, token);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(text);
});

it('refuses another repository, a token of another shape of header, and a client without a name', async () => {
  const base = `${trial.config.addresses.github}/api/v3`;
  const get = (path: string, headers: Record<string, string>) =>
    fetch(base + path, { headers }).then((answer) => answer.status);
  const good = { authorization: `token ${PERSON}`, 'user-agent': 'x' };
  expect(await get('/repos/nova/livekit', good)).toBe(200);
  expect(await get('/repos/nova/other', good)).toBe(404);
  expect(await get('/repos/nova/livekit', { ...good, authorization: PERSON })).toBe(401);
  expect(await get('/repos/nova/livekit', { ...good, authorization: `Digest ${PERSON}` })).toBe(401);
});

it('counts requests against the hour of a token, and refuses what is over', async () => {
  const token = jobWith({ contents: 'read' });
  const first = await send('GET', '/branches/main', undefined, token);
  expect(first.headers.get('x-ratelimit-remaining')).toBe('999');
  const limit = [...trial.github.limits.values()].at(-1);
  if (limit) limit.used = 1000;
  const over = await send('GET', '/branches/main', undefined, token);
  expect(over).toMatchObject({ status: 403, text: expect.stringContaining('API rate limit exceeded') as string });
  expect(over.headers.get('x-ratelimit-remaining')).toBe('0');
});

it('answers a fault on demand as often as it was asked to, and says what it was asked', async () => {
  const launcher = (method: string, path: string, body?: unknown) =>
    fetch(`${trial.config.addresses.github}/_launcher${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  await launcher('DELETE', '/requests');
  await launcher('POST', '/faults', {
    method: 'GET',
    path: '/branches/',
    status: 502,
    headers: { 'retry-after': '1' },
    times: 2,
  });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push((await send('GET', '/branches/main', undefined, PERSON)).status);
  expect(statuses).toEqual([502, 502, 200]);
  const requests = (await (await launcher('GET', '/requests')).json()) as { path: string; operation: string | null }[];
  expect(requests.map((request) => request.operation)).toEqual([null, null, 'repos/get-branch']);
  await launcher('POST', '/faults', { hangUp: true });
  await expect(send('GET', '/branches/main', undefined, PERSON)).rejects.toThrow('fetch failed');
  expect((await launcher('POST', '/faults', { path: '(' })).status).toBe(400);
  expect((await launcher('POST', '/nonsense')).status).toBe(404);
});

it('fetches git only with contents: read, and only this repository', async () => {
  const get = (path: string, token?: string) =>
    fetch(`${trial.config.addresses.github}${path}`, {
      headers:
        token === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` },
    }).then((answer) => answer.status);
  const refs = '/nova/livekit.git/info/refs?service=git-upload-pack';
  expect(await get(refs)).toBe(401);
  expect(await get(refs, jobWith({ issues: 'write' }))).toBe(403);
  expect(await get(refs, jobWith({ contents: 'read' }))).toBe(200);
  expect(await get('/nova/livekit.git/info/refs?service=git-receive-pack', PERSON)).toBe(404);
  expect(await get('/nova/other.git/info/refs?service=git-upload-pack', PERSON)).toBe(404);
});
