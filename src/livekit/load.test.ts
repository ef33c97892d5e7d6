import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { type Forward, loadOf, loadWords, readLoad } from './load.ts';

const page = 'livekit_room_total{node_id="N"} 3\nlivekit_participant_total{node_id="N"} 17\n';
const pod = { namespace: 'livekit', name: 'livekit-1', port: 6789 };

test('rooms and participants are gauges of LiveKit’s metrics', () => {
  expect(loadOf(page)).toEqual({ rooms: 3, participants: 17 });
  expect(loadOf('go_goroutines 40')).toBeUndefined();
});

test('one is not many', () => {
  expect(loadWords({ rooms: 1, participants: 17 })).toBe('1 room, 17 participants');
});

test('a pod is asked through the forwarded port', async () => {
  const server = createServer((request, response) => {
    response.end(request.url === '/metrics' ? page : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const forward: Forward = (_pod, _signal, use) => use(`127.0.0.1:${port}`);
  try {
    await expect(readLoad(forward, pod, new AbortController().signal)).resolves.toEqual({ rooms: 3, participants: 17 });
  } finally {
    server.close();
  }
});

test('a pod that does not answer is not known, and nothing fails', async () => {
  const forward: Forward = () => Promise.reject(new Error('connection refused'));
  await expect(readLoad(forward, pod, new AbortController().signal)).resolves.toBeUndefined();
});

test('a cancel is no unknown load', async () => {
  const forward: Forward = () => Promise.reject(new Error('aborted'));
  await expect(readLoad(forward, pod, AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
});
