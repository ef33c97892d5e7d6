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
