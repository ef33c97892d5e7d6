import { ingress, slice, world } from '../objects.fixture.ts';
import { Detachment } from './detachment.ts';
import { planIngress } from './plan.ts';

type Pods = Parameters<typeof slice>[1];
const A = { a: { host: '10.77.0.11' } };
const B = { b: { host: '10.77.0.12' } };

/** The endpoints that the load balancer has, from moment to moment. */
function hosts(...looks: [second: number, pods: Pods][]): string[] {
  const detachment = new Detachment(6);
  return looks.map(([second, pods]) => {
    const plan = planIngress(ingress(), world({ slices: [slice('livekit-server', pods)] }));
    const { backends } = detachment.delay(plan, second * 1000);
    return (backends[0]?.endpoints ?? []).map(({ id }) => id.slice(0, 1)).join('');
  });
}

test('a pod that leaves is sent requests for some seconds more; one that comes has them at once', () => {
  const leaves = { a: { host: '10.77.0.11', terminating: true }, ...B };
  expect(hosts([0, A], [1, { ...A, ...B }], [2, leaves], [3, B], [7.9, B], [8, B])).toEqual([
    'a',
    'ab',
    'ba',
    'ba',
    'ba',
    'b',
  ]);
});

test('one that comes back meanwhile is there once', () => {
  expect(hosts([0, A], [1, B], [2, { ...A, ...B }], [9, { ...A, ...B }])).toEqual(['a', 'ba', 'ab', 'ab']);
});
