import type { LivekitValues } from './rule.ts';

/** The fewest pods that run when nobody calls. */
export function fewestPods({ autoscaling, replicaCount }: LivekitValues): number {
  return autoscaling.enabled ? autoscaling.minReplicas : replicaCount;
}

/** How many pods a deploy runs beyond those that serve, as Kubernetes counts it: of a part, rounded up. */
export function surgePods({ deploymentStrategy }: LivekitValues, pods: number): number {
  if (deploymentStrategy.type === 'Recreate') return 0;
  const surge = deploymentStrategy.rollingUpdate?.maxSurge ?? '25%';
  return typeof surge === 'number' ? surge : Math.ceil((Number.parseFloat(surge) / 100) * pods);
}
