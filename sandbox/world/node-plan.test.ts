import { planNodes } from './node-plan.ts';
import type { Pool } from './record.ts';

const machines = ['m1', 'm2', 'm3'];

function pool(minimum: number, wanted = minimum): Pool {
  const kind = { machineType: 'e2-medium', labels: {}, taints: [], cluster: 'c', tags: [], serviceAccount: 'default' };
  return { name: 'pool', minimum, wanted, ...kind };
}

describe('which machine belongs to which pool', () => {
  it('leaves all machines spare without a pool', () => {
    expect(planNodes({}, machines, {})).toEqual({});
  });

  it('gives every pool its minimum before any gets more', () => {
    const plan = planNodes({ livekit: pool(1, 3), system: pool(1) }, machines, {});
    expect(plan).toEqual({ m1: 'livekit', m2: 'system', m3: 'livekit' });
  });

  it('gives no more than the pools want', () => {
    expect(planNodes({ livekit: pool(1, 1) }, machines, {})).toEqual({ m1: 'livekit' });
  });

  it('gives what there is when the pools want more than there are machines', () => {
    expect(planNodes({ livekit: pool(3), system: pool(1) }, machines, {})).toEqual({
      m1: 'livekit',
      m2: 'livekit',
      m3: 'livekit',
    });
  });

  it('leaves machines where they are when a pool comes later', () => {
    const plan = planNodes({ system: pool(1), livekit: pool(1, 2) }, machines, { m1: 'livekit', m3: 'livekit' });
    expect(plan).toEqual({ m1: 'livekit', m2: 'system', m3: 'livekit' });
  });

  it('takes a machine without pods from a pool that has more than its minimum, for a pool that has none', () => {
    const pools = { livekit: pool(1, 2), system: pool(1), next: pool(1, 2) };
    const assigned = { m1: 'livekit', m2: 'livekit', m3: 'system' };
    expect(planNodes(pools, machines, assigned, new Set(['m2', 'm3']))).toEqual({
      m1: 'next',
      m2: 'livekit',
      m3: 'system',
    });
  });

  it('leaves a pool every machine that has pods, though another pool gets none', () => {
    const pools = { livekit: pool(1, 2), system: pool(1), next: pool(1, 2) };
    const assigned = { m1: 'livekit', m2: 'livekit', m3: 'system' };
    expect(planNodes(pools, machines, assigned, new Set(['m1', 'm2', 'm3']))).toEqual(assigned);
  });

  it('leaves a smaller pool the machine that has pods', () => {
    expect(planNodes({ livekit: pool(1) }, machines, { m1: 'livekit', m2: 'livekit' }, new Set(['m2']))).toEqual({
      m2: 'livekit',
    });
  });

  it('takes machines back from a pool that is gone or smaller', () => {
    expect(planNodes({ livekit: pool(1) }, machines, { m1: 'gone', m2: 'livekit', m3: 'livekit' })).toEqual({
      m2: 'livekit',
    });
  });

  it('hands what a deleted pool leaves to a pool that lacks machines', () => {
    expect(planNodes({ livekit: pool(2) }, machines, { m1: 'gone', m2: 'gone', m3: 'livekit' })).toEqual({
      m1: 'livekit',
      m3: 'livekit',
    });
  });
});
