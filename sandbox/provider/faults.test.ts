import { parseFaults, suffer } from './faults.ts';

const never = new AbortController().signal;

describe('faults on demand', () => {
  const faults = parseFaults(
    JSON.stringify([
      { resource: 'google_redis_instance/livekit-redis-dev', operation: 'create', message: 'quota exceeded' },
      { resource: 'google_compute_network', operation: 'read', delayMilliseconds: 60_000 },
    ]),
  );

  test('fail the operation on the resource that they name', async () => {
    const id = 'projects/p/locations/r/instances/livekit-redis-dev';
    await expect(suffer(faults, 'create', 'google_redis_instance', id, never)).rejects.toThrow('quota exceeded');
  });

  test('leave every other operation and resource alone', async () => {
    await suffer(faults, 'delete', 'google_redis_instance', 'livekit-redis-dev', never);
    await suffer(faults, 'create', 'google_redis_instance', 'livekit-redis-stg', never);
    await suffer(faults, 'create', 'google_compute_network', 'livekit-redis-dev', never);
  });

  test('a delay ends when Terraform is interrupted', async () => {
    const interruption = new AbortController();
    const slow = suffer(faults, 'read', 'google_compute_network', 'n', interruption.signal);
    interruption.abort();
    await slow;
    await suffer(faults, 'read', 'google_compute_network', 'n', interruption.signal);
  });

  test('a stubborn delay goes on all the same', async () => {
    const interruption = new AbortController();
    interruption.abort();
    const [fault] = parseFaults(
      JSON.stringify([{ resource: 'a', operation: 'create', delayMilliseconds: 30, stubborn: true }]),
    );
    let ended = false;
    const slow = suffer(fault ? [fault] : [], 'create', 'a', 'b', interruption.signal).then(() => (ended = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    await slow;
  });

  test('none are asked for without the variable', () => {
    expect(parseFaults(undefined)).toEqual([]);
  });

  test.each(['{}', '[{"resource":"a"}]', '[{"operation":"create"}]', '[{"resource":"a","operation":"shred"}]'])(
    'are refused when they say nothing: %s',
    (text) => {
      expect(() => parseFaults(text)).toThrow(/fault/);
    },
  );
});
