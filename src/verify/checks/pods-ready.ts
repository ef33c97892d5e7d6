import type { Check, Result } from '../check.ts';
import type { Pod } from '../../kubernetes/resources.ts';
import { isReady, livekitNodes, servingPods, type Workload } from '../workload.ts';

export const podsReady: Check = {
  id: 'pods-ready',
  title: 'Pods ready with the desired image',
  proves: 'As many pods as the Deployment wants are Ready and run its image, and none is Pending.',
  tags: ['pods'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run(world) {
    const workload = await world.workload();
    const nodes = livekitNodes(workload, world.outputs);
    return judgePods({ ...workload, nodes }, world.release, world.namespace);
  },
};

/** The verdict on the release's pods; of the nodes only LiveKit's own are to be there. */
export function judgePods(workload: Workload, release: string, namespace: string): Result {
  const { deployment, nodes } = workload;
  if (deployment === undefined) {
    return {
      verdict: 'fail',
      evidence: `There is no LiveKit Deployment of the release ${release} in the namespace ${namespace}.`,
      cause: 'LiveKit has not been deployed there, or under another release name.',
      fix: 'Run the helm-deploy workflow, or correct the inputs `release` and `namespace`.',
    };
  }
  const pods = servingPods(workload);
  const wanted = deployment.spec.replicas;
  const image = deployment.spec.template.spec.containers[0]?.image ?? '';
  if (wanted === 0) {
    return {
      verdict: 'fail',
      evidence: `The Deployment ${deployment.metadata.name} is scaled to 0.`,
      cause: 'Someone scaled it down, or the values say replicaCount: 0.',
      fix: 'Run the helm-deploy workflow with a replicaCount of at least 1.',
    };
  }

  const unready = pods.filter((pod) => !isReady(pod));
  const first = unready.find((pod) => unscheduled(pod) !== undefined) ?? unready[0];
  const summary = `${pods.length - unready.length} of ${wanted} pods are Ready`;
  const draining = workload.pods.length - pods.length;
  const waiting = unready.filter((pod) => unscheduled(pod) !== undefined).length;
  if (waiting > 0 && waiting === unready.length && waiting <= draining && waiting < pods.length) {
    return {
      verdict: 'warn',
      evidence: `${summary}; ${names(unready)} waits for a node that a draining pod still holds (${draining} draining).`,
      cause:
        'A rollout or scale-down ends a pod only when its calls have ended, and its node’s ports are taken until then.',
      fix: 'Wait for the calls to end, or keep one node more than pods so that a rollout need not wait.',
    };
  }
  if (first !== undefined) {
    return { verdict: 'fail', ...diagnose(first, summary, `${pods.length} pods, ${nodes.length} nodes`) };
  }
  if (pods.length < wanted) {
    return {
      verdict: 'fail',
      evidence: `${summary}; ${wanted - pods.length} do not exist.`,
      cause: 'The ReplicaSet could not make them: a quota, a webhook or an invalid pod template stands against it.',
      fix: `Run \`kubectl describe replicaset -n ${namespace} -l app.kubernetes.io/instance=${release}\` and read its events.`,
    };
  }
  const other = pods.filter((pod) => !pod.spec.containers.some((one) => one.image === image));
  if (other.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${names(other)} runs ${other[0]?.spec.containers[0]?.image ?? 'another image'}, the Deployment wants ${image}.`,
      cause: 'A rollout has not finished: pods of the earlier revision still serve.',
      fix: 'Wait until helm-deploy has followed its rollout to the end; it says which pod still drains.',
    };
  }
  return passOrWarn(workload, pods, `${summary} with ${image}`, namespace);
}

function passOrWarn(workload: Workload, pods: readonly Pod[], summary: string, namespace: string): Result {
  const draining = workload.pods.length - pods.length;
  const drains = draining === 0 ? '' : ` ${draining} of an earlier revision still drain.`;
  const restarted = pods.filter((pod) => restarts(pod) > 0);
  const digests = new Set(
    pods.flatMap((pod) => pod.status.containerStatuses.map((status) => status.imageID)).filter(Boolean),
  );
  const pinned = /@(sha256:[0-9a-f]{64})$/.exec(
    workload.deployment?.spec.template.spec.containers[0]?.image ?? '',
  )?.[1];
  const stranger = pinned === undefined ? undefined : [...digests].find((digest) => !digest.endsWith(pinned));
  if (stranger !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${summary}, but what runs has the digest ${stranger}.${drains}`,
      cause:
        'The nodes run another image than the Deployment pins: a registry mirror, or an image that was loaded by hand.',
      fix: 'See where the nodes get their images from, and replace the pods.',
    };
  }
  if (digests.size > 1) {
    return {
      verdict: 'warn',
      evidence: `${summary}, but of ${digests.size} different digests: ${[...digests].join(', ')}.${drains}`,
      cause: 'The image’s tag was moved between two starts, so the pods run different software.',
      fix: 'Pin the image by a tag that never moves, or by digest, and deploy again.',
    };
  }
  if (restarted.length > 0) {
    return {
      verdict: 'warn',
      evidence: `${summary}; restarts: ${restarted.map((pod) => `${pod.metadata.name} ${restarts(pod)}`).join(', ')}.${drains}`,
      cause: 'LiveKit ended by itself and was started again; its calls were cut.',
      fix: `Read why it ended: \`kubectl logs --previous -n ${namespace} ${restarted[0]?.metadata.name ?? ''}\`.`,
    };
  }
  return { verdict: 'pass', evidence: `${summary}.${drains}` };
}

function diagnose(pod: Pod, summary: string, counts: string): Omit<Result, 'verdict'> {
  const { name } = pod.metadata;
  const words = unscheduled(pod);
  if (words !== undefined) {
    return {
      evidence: `${summary}; ${name} is Pending: ${words.replace(/\.$/, '')} (${counts}).`,
      cause: /free ports|anti-affinity/.test(words)
        ? 'Each pod needs a node of its own, since it uses the node’s ports; there are more pods than free nodes.'
        : 'No node fulfils what the pod asks for.',
      fix: 'Lower replicaCount or the autoscaler’s maximum, or raise the node pool’s maximum, so that a node is free for each pod.',
    };
  }
  for (const status of pod.status.containerStatuses) {
    const waiting = status.state.waiting;
    if (waiting?.reason !== undefined) {
      const image = /Image|ErrImage/.test(waiting.reason);
      return {
        evidence: `${summary}; ${name} waits with ${waiting.reason}${waiting.message === undefined ? '' : `: ${waiting.message.replace(/\.$/, '')}`}.`,
        cause: image
          ? 'The image does not exist under this name, or the node may not pull it.'
          : 'The container does not get to run.',
        fix: image
          ? 'Correct image.repository and image.tag in the values, and deploy again.'
          : `Read \`kubectl logs --previous ${name}\` and \`kubectl describe pod ${name}\`.`,
      };
    }
  }
  return {
    evidence: `${summary}; ${name} is ${pod.status.phase} and not Ready.`,
    cause: 'LiveKit has started but does not answer its readiness probe (GET / on its port) with 200.',
    fix: `Read the log: \`kubectl logs ${name}\`; a pod that just started needs some seconds.`,
  };
}

/** The scheduler's own words when it found no node. */
function unscheduled(pod: Pod): string | undefined {
  const condition = pod.status.conditions.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (condition === undefined) return undefined;
  const words = condition.message ?? condition.reason ?? 'the scheduler gave no reason';
  // What follows is about preemption, which LiveKit's pods do not take part in.
  return words.replace(/\.? (no new claims to deallocate, )?preemption: .*/s, '.');
}

function restarts(pod: Pod): number {
  return pod.status.containerStatuses.reduce((sum, status) => sum + status.restartCount, 0);
}

function names(pods: readonly Pod[]): string {
  return pods.map((pod) => pod.metadata.name).join(', ');
}
