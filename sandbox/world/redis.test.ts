import { emptyRecord } from './record.ts';
import { describe as describeInstance, nextAddress } from './redis.ts';

const GIB = 1024 ** 3;

describe('a Redis instance of the world', () => {
  it('has the memory that Terraform asks for', () => {
    expect(describeInstance({ name: 'a', memory_size_gb: 1 }, '10.77.0.51', 24 * GIB).memoryBytes).toBe(GIB);
  });

  it('has an eighth of the machine at most', () => {
    expect(describeInstance({ name: 'a', memory_size_gb: 300 }, '10.77.0.51', 24 * GIB).memoryBytes).toBe(3 * GIB);
  });

  it('takes the settings that a real Redis knows, and leaves those that only Memorystore has', () => {
    const redis_configs = { 'maxmemory-policy': 'noeviction', 'maxmemory-gb': '0.8' };
    expect(describeInstance({ name: 'a', memory_size_gb: 1, redis_configs }, '10.77.0.51').settings).toEqual({
      'maxmemory-policy': 'noeviction',
    });
  });
});

describe('the address of a Redis instance', () => {
  const instance = (host: string) => ({ name: 'x', host, memoryBytes: GIB, settings: {} });

  it('is the first one that no other instance has', () => {
    const record = { ...emptyRecord(), redis: { a: instance('10.77.0.51'), c: instance('10.77.0.53') } };
    expect(nextAddress(record, '10.77.0.51')).toBe('10.77.0.52');
  });

  it('ends with the network', () => {
    const all = Array.from({ length: 5 }, (_, index) => [`r${index}`, instance(`10.77.0.${250 + index}`)] as const);
    const record = { ...emptyRecord(), redis: Object.fromEntries(all) };
    expect(() => nextAddress(record, '10.77.0.250')).toThrow('no address left');
  });
});
