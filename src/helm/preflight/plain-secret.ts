import type { Finding, PreflightRule } from './rule.ts';

/** All of `livekit` ends in a ConfigMap and all values in the release: no secret may be in them. */
export const plainSecret: PreflightRule = ({ values }) => {
  const places: [boolean, string[]][] = [
    [Object.keys(values.livekit.keys).length > 0, ['livekit', 'keys']],
    [isSet(values.livekit.redis.password), ['livekit', 'redis', 'password']],
    [Object.keys(values.storeKeysInSecret.keys).length > 0, ['storeKeysInSecret', 'keys']],
  ];
  return places
    .filter(([found]) => found)
    .map(([, path]): Finding => ({
      kind: 'plainSecret',
      level: 'error',
      what: `\`${path.join('.')}\` holds a secret, which would be plain text in the cluster.`,
      path,
    }));
};

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
