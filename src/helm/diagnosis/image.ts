import type { Pod } from '../../kubernetes/resources.ts';
import { IMAGE_REASONS, pullWords } from '../rollout/words.ts';
import { type Diagnosis, waitingContainers } from './cause.ts';

/** The image cannot be pulled: named with the node that tried, and the registry's own words. */
export const image: Diagnosis = (observation) => {
  for (const { pod, status, reason, message } of waitingContainers(observation)) {
    if (!IMAGE_REASONS.includes(reason)) continue;
    const wanted = imageOf(pod, status.name) ?? status.image;
    const failed = observation.events.findLast(
      (event) => event.involvedObject.uid === pod.metadata.uid && event.message.startsWith('Failed to pull'),
    );
    const words = pullWords(failed?.message ?? message);
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
