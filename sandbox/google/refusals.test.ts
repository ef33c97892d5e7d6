import { startBench } from './test-bench.ts';
import type { Bench } from './test-bench.ts';
import type { Identity } from './tokens.ts';
import { services } from './services/index.ts';

const pool = 'projects/123456789012/locations/global/workloadIdentityPools/github-pool';
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench();
  const { resources } = bench.cloud;
  await resources.create('google_dns_managed_zone', 'projects/nova-livekit-dev/managedZones/refusals', {
    name: 'refusals',
    dns_name: 'refusals.example.',
  });
  await resources.create('google_secret_manager_secret', 'projects/nova-livekit-dev/secrets/refusals', {
    secret_id: 'refusals',
  });
  bench.cloud.secrets.add('refusals', Buffer.from('first'));
  bench.cloud.secrets.add('refusals', Buffer.from('second'));
  bench.cloud.secrets.setState('refusals', 2, 'DESTROYED');
});

afterAll(() => bench.close());

function federated(repositoryId: string): Identity {
  return { kind: 'federated', pool, subject: 'repo', attributes: { 'attribute.repository_id': repositoryId } };
}

function authorization(as: string): string | undefined {
  const bearer = (token: string) => `Bearer ${token}`;
  if (as === 'anonymous') return undefined;
  if (as === 'federated') return bearer(bench.cloud.tokens.issue(federated('900100'), [cloudPlatform], 60).token);
  if (as === 'federated-elsewhere')
    return bearer(bench.cloud.tokens.issue(federated('666'), [cloudPlatform], 60).token);
  if (as === 'storage-scope') {
    return bearer(bench.tokenOf('livekit-cicd', ['https://www.googleapis.com/auth/devstorage.full_control']));
  }
  return bearer(bench.tokenOf(as));
}

for (const { host, refusals } of services) {
  describe(`${host} refuses`, () => {
    test('something at all', () => {
      expect(refusals.length).toBeGreaterThan(0);
    });

    test.each(refusals.map((row) => [row.situation, row] as const))('%s', async (_, { request, status, says }) => {
      const header = authorization(request.as);
      const answer = await fetch(`${bench.google}/${host}${request.path}`, {
        method: request.method,
        headers: {
          ...(header === undefined ? {} : { authorization: header }),
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.form ? { body: new URLSearchParams(request.form) } : {}),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      const text = await answer.text();
      const message = text.startsWith('{') ? messageOf(text) : text;
      expect({ status: answer.status, message }).toEqual({ status, message: expect.stringContaining(says) as unknown });
      expect(bench.faults).toEqual([]);
    });
  });
}

/** Both of Google's error bodies: its own, whose code repeats the HTTP status, and OAuth's. */
function messageOf(text: string): string {
  const body = JSON.parse(text) as { error: { message: string; status: string } | string; error_description?: string };
  if (typeof body.error === 'string') return body.error_description ?? '';
  return `${body.error.status}: ${body.error.message}`;
}
