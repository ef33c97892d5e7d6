import { describe, expect, test } from '@jest/globals';
import { livekitDeployment, livekitPod, node, pendingPod } from '../world.fixture.ts';
import type { Workload } from '../workload.ts';
import { judgeSpread } from './node-spread.ts';
import { judgePods } from './pods-ready.ts';

const PORTS = '0/2 nodes are available: 2 node(s) didn’t have free ports for the requested pod ports.';

function workload(more: Partial<Workload> = {}): Workload {
  return {
    deployment: livekitDeployment(2),
    pods: [livekitPod('p1', { node: 'n1' }), livekitPod('p2', { node: 'n2' })],
    nodes: [node('n1'), node('n2')],
    ...more,
  };
}
const judge = (more: Partial<Workload> = {}) => judgePods(workload(more), 'livekit', 'livekit');

const notReady = (waiting?: object) =>
  livekitPod('p2', {
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [
        {
          name: 'livekit-server',
          image: 'x',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: waiting === undefined ? { running: {} } : { waiting },
        },
      ],
    },
  });

describe('pods-ready', () => {
  test('passes when all are Ready with the Deployment’s image', () =>
    expect(judge()).toEqual({
      verdict: 'pass',
      evidence: '2 of 2 pods are Ready with livekit/livekit-server:v1.11.0.',
    }));

  test('a draining pod of the earlier revision is no fault, but is told', () =>
    expect(
      judge({
        pods: [...workload().pods, livekitPod('old', { image: 'livekit/livekit-server:v1.9.0', deleting: true })],
      }),
    ).toMatchObject({ verdict: 'pass', evidence: expect.stringContaining('1 of an earlier revision still drain') }));

  test('a Pending pod fails with the scheduler’s own words and both counts', () =>
    expect(
      judge({ deployment: livekitDeployment(3), pods: [...workload().pods, pendingPod('p3', PORTS)] }),
    ).toMatchObject({
      verdict: 'fail',
      evidence: `2 of 3 pods are Ready; p3 is Pending: ${PORTS.slice(0, -1)} (3 pods, 2 nodes).`,
      cause: expect.stringContaining('a node of its own'),
    }));

  test('another digest than the Deployment pins fails by name', () => {
    const image = `livekit/livekit-server@sha256:${'a'.repeat(64)}`;
    const pod = (digest: string) =>
      livekitPod('p1', { node: 'n1', image, imageID: `docker.io/x@sha256:${digest.repeat(64)}` });
    const found = (digest: string) => judge({ deployment: livekitDeployment(1, image), pods: [pod(digest)] });
    expect(found('a').verdict).toBe('pass');
    expect(found('b')).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('has the digest docker.io/x@sha256:bbb'),
    });
  });

  test('the scheduler’s words end before preemption', () => {
    const words = `${PORTS} no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found.`;
    const pods = [...workload().pods, pendingPod('p3', words)];
    expect(judge({ deployment: livekitDeployment(3), pods }).evidence).toContain(`${PORTS.slice(0, -1)} (3 pods`);
  });

  test('a pod that waits for the node of one that drains is a warning, as long as others serve', () => {
    const old = livekitPod('old', { node: 'n2', deleting: true });
    expect(judge({ pods: [livekitPod('p1', { node: 'n1' }), pendingPod('p2', PORTS), old] })).toMatchObject({
      verdict: 'warn',
      evidence: '1 of 2 pods are Ready; p2 waits for a node that a draining pod still holds (1 draining).',
    });
    expect(judge({ deployment: livekitDeployment(1), pods: [pendingPod('p2', PORTS), old] }).verdict).toBe('fail');
  });

  test('an image that cannot be pulled fails with the kubelet’s words', () =>
    expect(
      judge({
        pods: [livekitPod('p1'), notReady({ reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' })],
      }),
    ).toMatchObject({
      verdict: 'fail',
      evidence: '1 of 2 pods are Ready; p2 waits with ImagePullBackOff: Back-off pulling image "x".',
      cause: expect.stringContaining('image does not exist'),
    }));

  test('a container that ends again and again fails with where to look', () =>
    expect(judge({ pods: [livekitPod('p1'), notReady({ reason: 'CrashLoopBackOff' })] })).toMatchObject({
      verdict: 'fail',
      evidence: '1 of 2 pods are Ready; p2 waits with CrashLoopBackOff.',
      fix: expect.stringContaining('kubectl logs --previous p2'),
    }));

  test('a pod that runs but is not Ready fails', () =>
    expect(judge({ pods: [livekitPod('p1'), notReady()] })).toMatchObject({
      verdict: 'fail',
      evidence: '1 of 2 pods are Ready; p2 is Running and not Ready.',
    }));

  test('a pod with another image fails', () =>
    expect(
      judge({ pods: [livekitPod('p1'), livekitPod('p2', { image: 'livekit/livekit-server:v1.9.0' })] }),
    ).toMatchObject({
      verdict: 'fail',
      evidence: 'p2 runs livekit/livekit-server:v1.9.0, the Deployment wants livekit/livekit-server:v1.11.0.',
    }));

  test('one tag with two digests is a warning', () =>
    expect(judge({ pods: [livekitPod('p1'), livekitPod('p2', { imageID: 'sha256:2222' })] })).toMatchObject({
      verdict: 'warn',
      evidence: expect.stringContaining('2 different digests: sha256:1111, sha256:2222'),
    }));

  test('restarts are a warning', () =>
    expect(judge({ pods: [livekitPod('p1'), livekitPod('p2', { restarts: 3 })] })).toMatchObject({
      verdict: 'warn',
      evidence: expect.stringContaining('restarts: p2 3'),
    }));

  test('pods that do not exist, no Deployment, and none wanted each fail by name', () => {
    expect(judge({ pods: [livekitPod('p1')] }).evidence).toBe('1 of 2 pods are Ready; 1 do not exist.');
    expect(judge({ deployment: undefined }).evidence).toContain('no LiveKit Deployment of the release livekit');
    expect(judge({ deployment: livekitDeployment(0), pods: [] }).evidence).toContain('scaled to 0');
    for (const more of [{ pods: [] }, { deployment: undefined }]) expect(judge(more).verdict).toBe('fail');
  });
});

describe('node-spread', () => {
  test('a node for each pod passes', () =>
    expect(judgeSpread(workload())).toEqual({
      verdict: 'pass',
      evidence: 'Pods: 2, each on a node of its own: n1, n2.',
    }));

  test('two pods on a node fail', () =>
    expect(
      judgeSpread(workload({ pods: [livekitPod('p1', { node: 'n1' }), livekitPod('p2', { node: 'n1' })] })),
    ).toMatchObject({ verdict: 'fail', evidence: '2 pods share the node n1: p1, p2.' }));

  test('a pod that is being drained does not count', () =>
    expect(
      judgeSpread(
        workload({ pods: [livekitPod('p1', { node: 'n1' }), livekitPod('old', { node: 'n1', deleting: true })] }),
      ),
    ).toMatchObject({ verdict: 'pass' }));

  test('all in one zone, where there are two, is a warning', () => {
    const nodes = [node('n1', { zone: 'a' }), node('n2', { zone: 'a' }), node('n3', { zone: 'b' })];
    expect(judgeSpread(workload({ nodes }))).toMatchObject({
      verdict: 'warn',
      evidence: 'All 2 pods are in the zone a, on n1, n2; the nodes are in 2 zones.',
    });
    expect(judgeSpread(workload({ nodes: nodes.slice(0, 2) })).verdict).toBe('pass');
  });

  test('without a placed pod there is nothing to say', () =>
    expect(judgeSpread(workload({ pods: [pendingPod('p1', PORTS)] })).verdict).toBe('skip'));
});
