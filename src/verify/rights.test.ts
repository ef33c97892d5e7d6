import { expect, test } from '@jest/globals';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import { checks } from './checks/index.ts';
import { fakeWorld } from './world.fixture.ts';

const check = (id: string) => checks.find((one) => one.id === id) ?? checks[0];
const world = (kind: 'forbidden' | 'unreachable') =>
  fakeWorld({
    kubernetes: {
      get: () => Promise.reject(new Error('not in this test')),
      list: () => Promise.reject(kubernetesFailures.failure(kind, { what: 'Not for you.' })),
    },
  });

test.each(['backend-config', 'ingress', 'managed-certificate', 'secrets', 'disruption', 'capacity', 'dns'])(
  '%s says nothing where it may not look, and fails where nothing answers',
  async (id) => {
    const { signal } = new AbortController();
    expect(await check(id)?.run(world('forbidden'), signal)).toMatchObject({
      verdict: 'inconclusive',
      evidence: 'Not for you.',
    });
    await expect(check(id)?.run(world('unreachable'), signal)).rejects.toMatchObject({ message: 'Not for you.' });
  },
);
