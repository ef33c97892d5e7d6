import type { Deployment, Pod, ReplicaSet } from '../../kubernetes/resources.ts';

/** What is seen of a workload before anyone asks what is said of it. */
export interface Look {
  /** The Deployment; or a StatefulSet or DaemonSet in its form, see ordered.ts. */
  readonly deployment: Deployment;
  /** The ReplicaSet of the present template, or the revision that stands for it; `undefined` until the controller has made it. */
  readonly current: ReplicaSet | undefined;
  /** Pods of the present template, by age. */
  readonly newPods: readonly Pod[];
  /** Pods of earlier templates, those included that are ending. */
  readonly oldPods: readonly Pod[];
}

export function ownedBy(pod: Pod, uid: string): boolean {
  return pod.metadata.ownerReferences.some((owner) => owner.uid === uid);
}
