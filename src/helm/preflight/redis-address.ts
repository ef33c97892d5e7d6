import type { Finding, PreflightRule } from './rule.ts';

const PATH = ['livekit', 'redis', 'address'];

/**
 * Whether a node reaches Redis cannot be asked without a pod on it. What can be known: that the address is the one of the
 * Redis that Terraform put into the nodes' own network. A server that does not reach it tells so in its last log lines.
 */
export const redisAddress: PreflightRule = ({ values, outputs }) => {
  const { address } = values.livekit.redis;
  if (address === undefined || address === '') return [];
  const finding = (level: Finding['level'], what: string): Finding[] => [
    { kind: 'redisAddress', level, what, path: PATH },
  ];
  if (!/^[^:/\s]+:\d{1,5}$/.test(address)) {
    return finding(
      'error',
      `\`livekit.redis.address\` is ${JSON.stringify(address)}, which is not of the form host:port.`,
    );
  }
  if (outputs?.redis_host === undefined || outputs.redis_port === undefined) return [];
  const known = `${outputs.redis_host}:${outputs.redis_port}`;
  if (address === known) return [];
  return finding('warning', `\`livekit.redis.address\` is ${address}, but the environment’s Redis is at ${known}.`);
};
