import type { PreflightRule } from './rule.ts';

/** Several pods that do not share a Redis split rooms in silence. */
export const redis: PreflightRule = ({ values }) => {
  const pods = values.autoscaling.enabled ? values.autoscaling.maxReplicas : values.replicaCount;
  if (pods <= 1 || values.livekit.redis.address !== undefined) return [];
  return [
    {
      kind: 'noRedis',
      level: 'error',
      what: `Up to ${pods} pods would run, but \`livekit.redis.address\` is not set.`,
      path: ['livekit', 'redis'],
    },
  ];
};
