import { surgePods } from './replicas.ts';
import type { PreflightRule } from './rule.ts';

/** Host ports: without an additional pod on a spare node a new pod waits until an old one has drained. */
export const surge: PreflightRule = ({ values }) => {
  if (!values.podHostNetwork || values.replicaCount === 0 || surgePods(values, values.replicaCount) > 0) return [];
  const isRecreate = values.deploymentStrategy.type === 'Recreate';
  return [
    {
      kind: 'surge',
      level: 'warning',
      what: isRecreate
        ? '`deploymentStrategy.type` is Recreate, so each deploy tells all pods to end before a new one starts.'
        : '`deploymentStrategy.rollingUpdate.maxSurge` is 0, so each new pod waits until an old one has no calls left.',
      path: isRecreate ? ['deploymentStrategy', 'type'] : ['deploymentStrategy', 'rollingUpdate', 'maxSurge'],
    },
  ];
};
