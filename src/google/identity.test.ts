import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { IdentityOptions } from './identity.ts';

const setSecret = jest.fn<(secret: string) => void>();
jest.unstable_mockModule('@actions/core', () => ({ setSecret }));
const { signIn, signOut } = await import('./identity.ts');
const { startServer } = await import('./server.testing.ts');

const PROVIDER = 'projects/123/locations/global/workloadIdentityPools/github-pool/providers/github-provider';
const ACCOUNT = 'livekit-plan@nova.iam.gserviceaccount.com';

/** GitHub's token service and Google's two, on one address. */
async function google(
  exchange: { status: number; body: unknown } = {
    status: 200,
    body: { access_token: 'federated', issued_token_type: 't', token_type: 'Bearer', expires_in: 3600 },
  },
) {
  const server = await startServer((request) => {
    if (request.url.startsWith('/github/token')) return { status: 200, body: { value: 'github-oidc-token' } };
    if (request.url === '/sts.googleapis.com/v1/token') return exchange;
    if (request.url.endsWith(':generateAccessToken')) {
      return {
        status: 200,
        body: { accessToken: 'ya29.of-the-account', expireTime: new Date(Date.now() + 3_600_000).toISOString() },
      };
    }
    return { status: 404, body: { error: { message: `no ${request.url}` } } };
  });
  return server;
}

function options(url: string, changes: Partial<IdentityOptions> = {}): IdentityOptions {
  return {
    workloadIdentityProvider: PROVIDER,
    serviceAccount: ACCOUNT,
    idToken: { requestUrl: `${url}/github/token?api-version=2`, requestToken: 'request-token' },
    existingCredentialsFile: undefined,
    temporaryDirectory: mkdtempSync(join(tmpdir(), 'identity-')),
    endpoints: { googleapis: url },
    ...changes,
  };
}

test('signs in as the service account with GitHub’s token, and masks what it gets', async () => {
  const server = await google();
  try {
    const identity = await signIn(options(server.url));
    await expect(identity.accessToken()).resolves.toBe('ya29.of-the-account');
    expect(identity.serviceAccount).toBe(ACCOUNT);
    const [subject, exchange, impersonation] = server.received;
    expect(new URL(subject?.url ?? '', server.url).searchParams.get('audience')).toBe(
      `https://iam.googleapis.com/${PROVIDER}`,
    );
    expect(subject?.headers.authorization).toBe('Bearer request-token');
    expect(new URLSearchParams(exchange?.body).get('audience')).toBe(`//iam.googleapis.com/${PROVIDER}`);
    expect(new URLSearchParams(exchange?.body).get('subject_token')).toBe('github-oidc-token');
    expect(impersonation?.url).toContain(ACCOUNT);
    expect(setSecret).toHaveBeenCalledWith('ya29.of-the-account');
    expect(setSecret).toHaveBeenCalledWith('request-token');
  } finally {
    await server.close();
  }
});

test('the credentials file is for its owner only, is handed to child processes, and is removed', async () => {
  const server = await google();
  const given = options(server.url);
  try {
    const identity = await signIn(given);
    const file = identity.credentialsFile ?? '';
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(identity.environment['GOOGLE_APPLICATION_CREDENTIALS']).toBe(file);
    await signOut(file);
    expect(readdirSync(given.temporaryDirectory)).toEqual([]);
  } finally {
    await server.close();
  }
});

test('a refusal is told in Google’s words, and no file is left', async () => {
  const server = await google({
    status: 400,
    body: {
      error: 'unauthorized_client',
      error_description: 'The given credential is rejected by the attribute condition.',
    },
  });
  const given = options(server.url);
  try {
    await expect(signIn(given)).rejects.toMatchObject({
      code: 'LK-GOOGLE-005',
      message: expect.stringContaining('rejected by the attribute condition') as string,
    });
    expect(readdirSync(given.temporaryDirectory)).toEqual([]);
  } finally {
    await server.close();
  }
});

describe('is refused before anything is sent', () => {
  const key = join(mkdtempSync(join(tmpdir(), 'key-')), 'key.json');
  writeFileSync(key, '{"type":"service_account","private_key":"x"}');
  const rows: [string, Partial<IdentityOptions>, string, string][] = [
    [
      'a job without id-token: write',
      { idToken: undefined },
      'LK-GOOGLE-002',
      'no permission to ask GitHub for an OIDC token',
    ],
    [
      'a provider without an account',
      { serviceAccount: undefined },
      'LK-GOOGLE-003',
      'Only `workload_identity_provider` was given',
    ],
    [
      'an account without a provider',
      { workloadIdentityProvider: undefined },
      'LK-GOOGLE-003',
      'Only `service_account` was given',
    ],
    [
      'a provider by its short name',
      { workloadIdentityProvider: 'github-provider' },
      'LK-GOOGLE-003',
      'is not a provider’s full name',
    ],
    [
      'an account that is no address',
      { serviceAccount: 'livekit' },
      'LK-GOOGLE-003',
      'no service account’s e-mail address',
    ],
    [
      'no credentials at all',
      { workloadIdentityProvider: undefined, serviceAccount: undefined },
      'LK-GOOGLE-003',
      'There are no Google credentials',
    ],
    [
      'a service-account key',
      { workloadIdentityProvider: undefined, serviceAccount: undefined, existingCredentialsFile: key },
      'LK-GOOGLE-004',
      'is a service-account key',
    ],
    [
      'a credentials file that is gone',
      { workloadIdentityProvider: undefined, serviceAccount: undefined, existingCredentialsFile: '/nowhere.json' },
      'LK-GOOGLE-003',
      'could not be read',
    ],
  ];
  test.each(rows)('%s', async (_name, changes, code, words) => {
    await expect(signIn(options('http://127.0.0.1:9', changes))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words) as string,
    });
  });
});

test.each(['/github/token', '/sts.googleapis.com', '/iamcredentials.googleapis.com'])(
  'a server that never answers for %s is not waited for without end, but asked again',
  async (silent) => {
    const answering = await google();
    let asked = 0;
    const proxy = createServer((request, response) => {
      if (request.url?.startsWith(silent) === true && ++asked === 1) return;
      request.resume();
      void fetch(`${answering.url}${request.url ?? ''}`, {
        method: request.method ?? 'GET',
        body: request.method === 'POST' ? '{}' : null,
      })
        .then((answer) => answer.text())
        .then((text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const identity = await signIn(options(url, { timeoutSeconds: 0.3 }));
      await expect(identity.accessToken()).resolves.toBe('ya29.of-the-account');
      expect(asked).toBe(2);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
      await answering.close();
    }
  },
);
