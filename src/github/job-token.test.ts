import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { environmentClaim, environmentOfJob } from './job-token.ts';

const tokenOf = (claims: unknown) =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

test.each([
  [{ environment: 'prd', sub: 'x' }, 'prd'],
  [{ sub: 'repo:nova/livekit:ref:refs/heads/main' }, undefined],
])('the environment of %j is %s', (claims, expected) => expect(environmentClaim(tokenOf(claims))).toBe(expected));

test.each([['no-token'], [tokenOf({ environment: 5 })], ['a.b.c']])('%s is refused', (token) =>
  expect(() => environmentClaim(token)).toThrow(expect.objectContaining({ code: 'LK-GITHUB-011' }) as Error),
);

describe('the job’s own token', () => {
  async function ask(answer: { status: number; body: string }) {
    const seen: { url: string; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const idToken = { requestUrl: `http://127.0.0.1:${port}/token?x=1`, requestToken: 'request-token' };
      return { environment: await environmentOfJob(idToken), seen };
    } finally {
      server.close();
    }
  }

  test('is asked for with an audience of its own', async () => {
    const { environment, seen } = await ask({
      status: 200,
      body: JSON.stringify({ value: tokenOf({ environment: 'prd' }) }),
    });
    expect(environment).toBe('prd');
    expect(seen).toEqual([{ url: '/token?x=1&audience=livekit-gke-job', authorization: 'Bearer request-token' }]);
  });
  test('that is refused is told', async () => {
    await expect(ask({ status: 403, body: '' })).rejects.toMatchObject({
      code: 'LK-GITHUB-013',
      message: expect.stringContaining('HTTP status 403') as string,
    });
  });
  test('cannot be had without the permission', async () => {
    await expect(environmentOfJob(undefined)).rejects.toMatchObject({ code: 'LK-GITHUB-013' });
  });
});
