import type { PreflightRule } from './rule.ts';

/** Utilisation is a part of the request: without one the autoscaler reports <unknown> and never scales. */
export const hpaRequests: PreflightRule = ({ values }) => {
  const { autoscaling, resources } = values;
  if (!autoscaling.enabled) return [];
  const targets = {
    cpu: autoscaling.targetCPUUtilizationPercentage,
    memory: autoscaling.targetMemoryUtilizationPercentage,
  };
  return Object.entries(targets)
    .filter(([name, target]) => target !== undefined && resources.requests?.[name] === undefined)
    .map(([name]) => ({
      kind: 'hpaRequests' as const,
      level: 'error' as const,
      what: `Autoscaling goes by ${name}, but \`resources.requests.${name}\` is not set.`,
      path: ['resources'],
    }));
};
