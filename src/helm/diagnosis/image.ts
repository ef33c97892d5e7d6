import type { Pod } from '../../kubernetes/resources.ts';
import { type Diagnosis, waitingContainers } from './cause.ts';

const REASONS = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'RegistryUnavailable'];

/** The image cannot be pulled: named with the node that tried, and the registry's own words. */
export const image: Diagnosis = (observation) => {
  for (const { pod, status, reason, message } of waitingContainers(observation)) {
    if (!REASONS.includes(reason)) continue;
    const wanted = imageOf(pod, status.name) ?? status.image;
    const words = pullWords(
      observation.events.filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid),
      message,
    );
    return {
      kind: 'image',
      what: `The image ${wanted} cannot be pulled on the node ${pod.spec.nodeName ?? '(none)'} (pod ${pod.metadata.name}): ${words}.`,
      // The first refusal may be a stumble; the kubelet tries again after 10 and 20 s.
      patienceSeconds: reason === 'InvalidImageName' || reason === 'ErrImageNeverPull' ? 0 : 25,
      pod,
    };
  }
  return undefined;
};

function imageOf(pod: Pod, container: string): string | undefined {
  return pod.spec.containers.find(({ name }) => name === container)?.image;
}

/** The innermost reason: what the registry or the network said, without the runtime's repetitions around it. */
function pullWords(events: readonly { reason: string; message: string }[], waiting: string): string {
  const failed = events.findLast(({ reason, message }) => reason === 'Failed' && /pull/i.test(message))?.message;
  const words = failed ?? waiting;
  return words
    .replace(/^Failed to pull image "[^"]*": /, '')
    .replace(/^Back-off pulling image "[^"]*": /, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .replace(/^failed to resolve (reference|image)( "[^"]*")?: /, '')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '')
    .slice(0, 300);
}
