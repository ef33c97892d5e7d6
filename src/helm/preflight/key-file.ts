import { KEYS_FILE } from '../livekit/keys.ts';
import type { Finding, PreflightRule } from './rule.ts';

/** The chart mounts one entry of the key Secret by its bare name; a mismatch shows only as a pod that never starts. */
export const keyFile: PreflightRule = ({ values }) => {
  const { enabled, existingSecret } = values.storeKeysInSecret;
  const file = values.livekit.key_file;
  const finding = (what: string, path: string[]): Finding[] => [{ kind: 'keyFile', level: 'error', what, path }];
  if (!enabled) {
    return finding('`storeKeysInSecret.enabled` is false, so the pods would have no API key.', [
      'storeKeysInSecret',
      'enabled',
    ]);
  }
  if (existingSecret === '') {
    return finding('`storeKeysInSecret.existingSecret` is empty, so the chart would keep the keys in the release.', [
      'storeKeysInSecret',
      'existingSecret',
    ]);
  }
  if (file === undefined) {
    return finding('`livekit.key_file` is not set, so the chart would mount the keys at an empty path.', ['livekit']);
  }
  if (file !== KEYS_FILE) {
    return finding(
      `\`livekit.key_file\` is ${JSON.stringify(file)}, but the entry in the Secret ${existingSecret} is ${KEYS_FILE}.`,
      ['livekit', 'key_file'],
    );
  }
  return [];
};
