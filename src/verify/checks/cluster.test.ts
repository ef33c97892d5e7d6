import { describe, expect, test } from '@jest/globals';
import { fakeWorld, node } from '../world.fixture.ts';
import { cluster } from './cluster.ts';

const run = (nodes: ReturnType<typeof node>[]) => cluster.run(fakeWorld({ nodes }), new AbortController().signal);
const open = (name: string) => node(name, { external: '203.0.113.11' });
const cordoned = (name: string) => ({ ...node(name, { ready: false }), spec: { unschedulable: true, taints: [] } });

describe('cluster', () => {
  test('passes when every node that takes pods is Ready', async () =>
    expect(await run([open('n1'), open('n2'), { ...cordoned('old'), status: open('old').status }])).toEqual({
      verdict: 'pass',
      evidence: 'The API answers, all nodes are Ready (2), LiveKit’s with external addresses.',
    }));

  test('warns of a node that is not, by name', async () =>
    expect(await run([node('n1'), node('n2', { ready: false })])).toMatchObject({
      verdict: 'warn',
      evidence: '1 of 2 nodes are not Ready: n2.',
      fix: expect.stringContaining('kubectl describe node n2'),
    }));

  test('fails when nodes have no external address, by name', async () =>
    expect(await run([open('n1'), node('n2')])).toMatchObject({
      verdict: 'fail',
      evidence: 'n2 has no external address.',
      cause: expect.stringContaining('private'),
    }));

  test.each([[[]], [[cordoned('n1')]]])('fails when there is no node that takes pods', async (nodes) =>
    expect(await run(nodes)).toMatchObject({ verdict: 'fail', evidence: 'The cluster has no nodes that take pods.' }),
  );
});
