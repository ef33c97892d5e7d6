import { describe, expect, test } from '@jest/globals';
import { fakeWorld, node } from '../world.fixture.ts';
import { cluster } from './cluster.ts';

const run = (nodes: ReturnType<typeof node>[]) => cluster.run(fakeWorld({ nodes }), new AbortController().signal);
const cordoned = (name: string) => ({ ...node(name, { ready: false }), spec: { unschedulable: true, taints: [] } });

describe('cluster', () => {
  test('passes when every node that takes pods is Ready', async () =>
    expect(await run([node('n1'), node('n2'), cordoned('old')])).toEqual({
      verdict: 'pass',
      evidence: 'The API answers, all nodes are Ready (2).',
    }));

  test('warns of a node that is not, by name', async () =>
    expect(await run([node('n1'), node('n2', { ready: false })])).toMatchObject({
      verdict: 'warn',
      evidence: '1 of 2 nodes are not Ready: n2.',
      fix: expect.stringContaining('kubectl describe node n2'),
    }));

  test.each([[[]], [[cordoned('n1')]]])('fails when there is no node that takes pods', async (nodes) =>
    expect(await run(nodes)).toMatchObject({ verdict: 'fail', evidence: 'The cluster has no nodes that take pods.' }),
  );
});
