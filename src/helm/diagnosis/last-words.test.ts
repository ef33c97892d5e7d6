import { clusterOf } from '../rollout/cluster.fixture.ts';
import { seen } from '../rollout/observation.fixture.ts';
import { explained, lastWords } from './last-words.ts';
import type { Cause } from './cause.ts';

const pod = seen('liveness').newPods[0];
const crash: Cause = { kind: 'crash', what: 'It ends.', patienceSeconds: 0, pod, container: 'livekit-server' };

/** A cluster that gives these logs of the life before and of the present one. */
function withLogs(previous: string, present: string) {
  const { client } = clusterOf(seen('liveness'));
  client.logs = (_namespace, _pod, _container, options) => Promise.resolve(options.previous ? previous : present);
  return client;
}

test('the life that ended tells, and where its log is gone the present one', async () => {
  const gone = 'unable to retrieve container logs for containerd://5379';
  expect(await lastWords(withLogs('before', 'now'), 'livekit', crash)).toBe('before');
  expect(await lastWords(withLogs('', 'now'), 'livekit', crash)).toBe('now');
  expect(await lastWords(withLogs(gone, 'now'), 'livekit', crash)).toBe('now');
  expect(await lastWords(withLogs(gone, gone), 'livekit', crash)).toBe('');
  expect(await lastWords(withLogs('before', 'now'), 'livekit', undefined)).toBe('');
});

test('a webhook without an API key', () => {
  expect(explained(crash, 'starting\napi_key is required to use webhooks').what).toBe(
    'It ends: it is to call webhooks, and has no API key to sign them with.',
  );
});
