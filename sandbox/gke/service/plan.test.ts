import type { LoadBalancer } from '../../world/record.ts';
import { node, slice, turn } from '../objects.fixture.ts';
import { Refusal } from '../refusal.ts';
import { isBalanced, planService, type ServiceWorld } from './plan.ts';

const RBS = { 'cloud.google.com/l4-rbs': 'enabled' };
const NAMED = { ...RBS, 'networking.gke.io/load-balancer-ip-addresses': 'livekit-dev-turn' };
const KEY = 'livekit/livekit-server-turn';

function world(more: Partial<ServiceWorld> = {}): ServiceWorld {
  return {
    nodes: [node('b', '10.77.0.12'), node('a', '10.77.0.11')],
    ...{ slices: [], present: {}, ephemeral: () => '203.0.113.254' },
    addresses: new Map([['livekit-dev-turn', '203.0.113.129']]),
    ...more,
  };
}

/** The Service after it was made with some annotations. */
function made(annotations: Record<string, string>): Record<string, LoadBalancer> {
  return { [KEY]: planService(turn(annotations), world()).loadBalancer };
}

describe('a Service of type LoadBalancer', () => {
  it('gets the address that its annotation names, every node, and a rule of its own', () => {
    expect(planService(turn(NAMED), world())).toEqual({
      refused: undefined,
      loadBalancer: {
        ...{
          uid: 'uid-of-livekit-server-turn',
          kind: 'backend-service',
          rule: expect.stringMatching(/^k8s2-.*turn/) as string,
        },
        ...{ address: '203.0.113.129', addressName: 'livekit-dev-turn' },
        ports: [{ protocol: 'tcp', port: 443, nodePort: 30_443 }],
        nodes: ['10.77.0.11', '10.77.0.12'],
        sourceRanges: ['0.0.0.0/0'],
      },
    });
  });

  it('has a target pool without the annotation, which then does not read names of addresses', () => {
    const { 'cloud.google.com/l4-rbs': _, ...rest } = NAMED;
    expect(planService(turn(rest), world()).loadBalancer).toMatchObject({
      ...{ kind: 'target-pool', address: '203.0.113.254', rule: expect.stringMatching(/^k8s-fw-a/) as string },
    });
  });

  it('keeps its source ranges', () => {
    const { loadBalancer } = planService(turn(NAMED, { loadBalancerSourceRanges: ['192.0.2.0/24'] }), world());
    expect(loadBalancer.sourceRanges).toEqual(['192.0.2.0/24']);
  });

  it('leads to nodes of a pool that are ready, and with the policy Local to those with a ready pod', () => {
    const nodes = [
      ...[node('a', '10.77.0.11'), node('b', '10.77.0.12'), node('c', '10.77.0.13', { ready: false })],
      node('spare', '10.77.0.14', { labels: {} }),
    ];
    const slices = [
      slice('livekit-server-turn', { p: { host: '10.77.0.12', node: 'b' }, q: { host: 'x', node: 'a', ready: false } }),
    ];
    const nodesOf = (spec: object) => planService(turn(NAMED, spec), world({ nodes, slices })).loadBalancer.nodes;
    expect(nodesOf({})).toEqual(['10.77.0.11', '10.77.0.12']);
    expect(nodesOf({ externalTrafficPolicy: 'Local' })).toEqual(['10.77.0.12']);
  });

  it('of another class is none of GKE’s', () => {
    expect(isBalanced(turn())).toBe(true);
    expect(isBalanced(turn({}, { loadBalancerClass: 'example.com/other' }))).toBe(false);
    expect(isBalanced(turn({}, { type: 'ClusterIP' }))).toBe(false);
  });
});

describe('a change after it was made', () => {
  it.each([
    ['a target pool to a backend service', {}, NAMED, /based on a target pool/],
    ['a backend service to a target pool', NAMED, {}, /based on a backend service/],
    ['another address', RBS, NAMED, /read only when a Service is created/],
  ])('%s: is refused, and the load balancer stays', (_, before, after, why) => {
    const present = made(before);
    const plan = planService(turn(after), world({ present }));
    expect(plan.refused).toMatch(why);
    expect(plan.loadBalancer).toEqual(present[KEY]);
  });

  it('of ports and nodes is made', () => {
    const nodes = [node('a', '10.77.0.11')];
    const ports = [{ port: 444, nodePort: 30_444 }];
    const plan = planService(turn(NAMED, { ports }), world({ present: made(NAMED), nodes }));
    expect(plan).toMatchObject({
      refused: undefined,
      loadBalancer: { ports: [{ port: 444, nodePort: 30_444 }], nodes: ['10.77.0.11'] },
    });
  });

  it('a Service that was made anew begins anew', () => {
    const present = { [KEY]: { ...planService(turn(), world()).loadBalancer, uid: 'of the one before' } };
    expect(planService(turn(NAMED), world({ present }))).toMatchObject({
      refused: undefined,
      loadBalancer: { kind: 'backend-service', address: '203.0.113.129' },
    });
  });
});

describe('what GKE refuses', () => {
  const other = (address: string): Record<string, LoadBalancer> => ({
    'livekit/other': { ...planService(turn(NAMED), world()).loadBalancer, uid: 'other', address },
  });

  it.each([
    ['a name that nobody reserved', turn({ ...NAMED, 'networking.gke.io/load-balancer-ip-addresses': 'x' }), {}],
    ['an address that nobody reserved', turn({}, { loadBalancerIP: '203.0.113.200' }), {}],
    ['an address that another Service has', turn(NAMED), { present: other('203.0.113.129') }],
    ['an internal one', turn({ 'networking.gke.io/load-balancer-type': 'Internal' }), {}],
    ['no node port', turn(NAMED, { ports: [{ port: 443 }] }), {}],
  ])('%s', (_, service, more) => {
    expect(() => planService(service, world(more))).toThrow(Refusal);
  });
});
