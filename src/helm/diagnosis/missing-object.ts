import { type Diagnosis, waitingContainers } from './cause.ts';

/** `secret "x" not found`, `configmap "y" not found`, `couldn't find key k in Secret ns/x`. */
const NOT_FOUND = /\b(secret|configmap)s? "([^"]+)" not found/i;
const NO_KEY = /couldn't find key (\S+) in (Secret|ConfigMap) (\S+)|references non-existent secret key: (\S+)/i;

/** A Secret or ConfigMap that is not there, or lacks an entry: as environment (the container waits) or as a volume (an event says so). */
export const missingObject: Diagnosis = (observation) => {
  const spoken = [
    ...[...waitingContainers(observation)]
      // A key of a Secret as a volume is missed by the kubelet only while it makes the container.
      .filter(({ reason }) => reason === 'CreateContainerConfigError' || reason === 'CreateContainerError')
      .map(({ pod, message }) => ({ pod, message })),
    ...observation.events
      .filter(({ reason }) => reason === 'FailedMount')
      .map(({ involvedObject, message }) => ({
        pod: observation.newPods.find(
          ({ metadata, status }) => metadata.uid === involvedObject.uid && status.phase === 'Pending',
        ),
        message,
      })),
  ];
  for (const { pod, message } of spoken) {
    if (pod === undefined) continue;
    const what = describe(message);
    if (what === undefined) continue;
    return {
      kind: 'missingObject',
      what: `The pod ${pod.metadata.name} cannot start on ${pod.spec.nodeName ?? '(no node)'}: ${what}.`,
      patienceSeconds: 30,
      pod,
    };
  }
  return undefined;
};

function describe(message: string): string | undefined {
  const absent = NOT_FOUND.exec(message);
  if (absent !== null) {
    const kind = absent[1]?.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap';
    return `the ${kind} ${absent[2]} does not exist`;
  }
  const subPath = /failed to prepare subPath for volumeMount "([^"]+)"/.exec(message);
  if (subPath !== null) return `the Secret or ConfigMap of its mount ${subPath[1]} lacks the entry that it wants`;
  const key = NO_KEY.exec(message);
  if (key === null) return undefined;
  return key[4] === undefined ? `the ${key[2]} ${key[3]} has no entry ${key[1]}` : `its Secret has no entry ${key[4]}`;
}
