import type { Diagnosis } from './cause.ts';

/** The ReplicaSet cannot create its pods at all: a quota, a policy, a webhook. */
export const refused: Diagnosis = ({ current, deployment, newPods, events }) => {
  const condition = [...(current?.status.conditions ?? []), ...deployment.status.conditions].find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (condition === undefined || newPods.length >= deployment.spec.replicas) return undefined;
  const words = condition.message ?? events.findLast(({ reason }) => reason === 'FailedCreate')?.message ?? 'no words';
  return {
    kind: 'refused',
    what: `The cluster refuses to create pods of ${deployment.metadata.name}: ${words.replace(/\.$/, '')}.`,
    patienceSeconds: 30,
    pod: undefined,
  };
};
