import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { announceNothing } from '../runner/mask.ts';
import { githubClient, translate } from './client.ts';

announceNothing();
const SUBJECT = { what: 'the comments of pull request 7', permission: 'pull-requests: write' };

const refusal = (status: number, message: string, more: { headers?: object; errors?: object[] } = {}) =>
  Object.assign(new Error(message), {
    status,
    response: { headers: more.headers ?? {}, data: { message, errors: more.errors } },
  });

describe('what GitHub refuses', () => {
  test.each([
    [401, 'Bad credentials', {}, 'LK-GITHUB-003'],
    [403, 'Resource not accessible by integration', {}, 'LK-GITHUB-002'],
    [403, 'You have exceeded a secondary rate limit.', {}, 'LK-GITHUB-006'],
    [403, 'API rate limit exceeded', { headers: { 'x-ratelimit-remaining': '0' } }, 'LK-GITHUB-006'],
    [429, 'Too many requests', { headers: { 'retry-after': '60' } }, 'LK-GITHUB-006'],
    [404, 'Not Found', {}, 'LK-GITHUB-004'],
    [
      422,
      'Validation Failed',
      { errors: [{ message: 'Body is too long (maximum is 65536 characters)' }] },
      'LK-GITHUB-005',
    ],
    [422, 'Validation Failed', { errors: [{ field: 'body', code: 'missing' }] }, 'LK-GITHUB-008'],
    [502, 'Bad gateway', {}, 'LK-GITHUB-007'],
    [undefined, 'connect ECONNREFUSED', {}, 'LK-GITHUB-007'],
  ])('%s %s %j is %s', (status, message, more, code) => {
    const failure = translate(refusal(status as number, message, more), SUBJECT);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('the comments of pull request 7');
  });

  test('a missing permission is named with the lines to add', () => {
    const failure = translate(refusal(403, 'Resource not accessible by integration'), SUBJECT);
    expect(failure.fix).toBe('Add `permissions: { pull-requests: write }` to the job.');
  });
});

describe('the client', () => {
  let server: Server;
  let answers: [status: number, headers: Record<string, string>, body: object][];
  let seen: string[];
  let apiUrl: string;

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`);
      const [status, headers, body] = answers[Math.min(seen.length, answers.length) - 1] ?? [500, {}, {}];
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const client = () =>
    githubClient({ token: 'ghs_token0000000000000000', apiUrl, repository: { owner: 'nova', name: 'livekit' } });
  const readPull = () =>
    client().call(
      SUBJECT,
      async (octokit, at) => (await octokit.rest.pulls.get({ ...at, pull_number: 7 })).data.number,
    );

  test('asks the given address with the token', async () => {
    answers = [[200, {}, { number: 7 }]];
    expect(await readPull()).toBe(7);
    expect(seen).toEqual(['GET /repos/nova/livekit/pulls/7 token ghs_token0000000000000000']);
  });

  test('waits as long as a secondary limit says, and goes on', async () => {
    answers = [
      [403, { 'retry-after': '1' }, { message: 'You have exceeded a secondary rate limit' }],
      [200, {}, { number: 7 }],
    ];
    const started = performance.now();
    expect(await readPull()).toBe(7);
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test('does not try again what is an answer', async () => {
    answers = [[404, {}, { message: 'Not Found' }]];
    await expect(readPull()).rejects.toMatchObject({ code: 'LK-GITHUB-004' });
    expect(seen).toHaveLength(1);
  });

  test('without a token there is a failure before anything is sent', () => {
    expect(() => githubClient({ token: '', apiUrl, repository: { owner: 'nova', name: 'livekit' } })).toThrow(
      expect.objectContaining({ code: 'LK-GITHUB-001' }) as Error,
    );
  });
});
