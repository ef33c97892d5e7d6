import { jest } from '@jest/globals';
import { z } from 'zod';
import type { Identity } from './identity.ts';
import type { Reply } from './server.testing.ts';

jest.unstable_mockModule('@actions/core', () => ({ setSecret: () => undefined }));
const { googleClient } = await import('./request.ts');
const { startServer } = await import('./server.testing.ts');

const identity: Identity = {
  serviceAccount: 'livekit-deploy@nova.iam.gserviceaccount.com',
  credentialsFile: undefined,
  ownsFile: false,
  environment: {},
  accessToken: () => Promise.resolve('token'),
  authClient: () => Promise.reject(new Error('not used here')),
};

async function ask(reply: (count: number) => Reply, method: 'GET' | 'POST' = 'GET') {
  const server = await startServer((_request, count) => reply(count));
  try {
    const result = await googleClient(identity, { googleapis: server.url })
      .request({
        host: 'container.googleapis.com',
        path: '/v1/x',
        method,
        answer: z.object({ name: z.string() }),
        subject: 'the cluster x',
      })
      .then(
        (value) => ({ value }),
        (failure: unknown) => ({ failure }),
      );
    return { ...result, tries: server.received.length, first: server.received[0] };
  } finally {
    await server.close();
  }
}

const ok = { status: 200, body: { name: 'x', more: 1 } };
const error = (status: number, message: string): Reply => ({ status, body: { error: { code: status, message } } });

test('asks with the identity’s token and gives what the schema knows', async () => {
  const result = await ask(() => ok);
  expect(result).toMatchObject({ value: { name: 'x' }, tries: 1 });
  expect(result.first).toMatchObject({
    url: '/container.googleapis.com/v1/x',
    headers: { authorization: 'Bearer token' },
  });
});

test('reads again after a 503', async () => {
  await expect(ask((count) => (count < 3 ? error(503, 'busy') : ok))).resolves.toMatchObject({
    value: { name: 'x' },
    tries: 3,
  });
});

test('does not write again after a 500, since it may have happened', async () => {
  await expect(ask(() => error(500, 'oops'), 'POST')).resolves.toMatchObject({
    failure: { code: 'LK-GOOGLE-008' },
    tries: 1,
  });
});

describe('an answer that is no success becomes its own failure', () => {
  const rows: [number, string, string][] = [
    [403, 'LK-GOOGLE-006', 'livekit-deploy@nova.iam.gserviceaccount.com may not reach the cluster x: denied.'],
    [404, 'LK-GOOGLE-007', 'Google Cloud has no such thing: the cluster x (denied).'],
    [409, 'LK-GOOGLE-012', 'the cluster x changed meanwhile: denied.'],
    [400, 'LK-GOOGLE-010', 'Google’s container API refused the request for the cluster x: denied.'],
  ];
  test.each(rows)('%i', async (status, code, message) => {
    await expect(ask(() => error(status, 'denied.'))).resolves.toMatchObject({ failure: { code, message }, tries: 1 });
  });
});

test.each([
  ['no JSON', '<html>', 'is not JSON'],
  ['an unknown form', '{"title": "x"}', 'lacks what is expected at `name`'],
])('an answer of %s is told apart', async (_name, body, words) => {
  await expect(ask(() => ({ status: 200, body }))).resolves.toMatchObject({
    failure: { code: 'LK-GOOGLE-009', message: expect.stringContaining(words) as string },
  });
});
