import { FIELD_MANAGER } from '../../../kubernetes/client.ts';
import { secrets } from '../../../kubernetes/resources.ts';
import type { Finding } from '../rule.ts';
import type { ClusterRule } from './rule.ts';

const PATH = ['storeKeysInSecret', 'existingSecret'];

/** helm-deploy writes the key Secret by force: it must not be another's. */
export const keysOwner: ClusterRule = {
  question: 'whose the key Secret is',
  async ask({ client, namespace, values }) {
    const name = values.storeKeysInSecret.existingSecret;
    const secret = name === '' ? undefined : await client.get(secrets, namespace, name);
    if (secret === undefined) return [];
    const [owner] = secret.metadata.ownerReferences;
    const finding = (level: Finding['level'], what: string): Finding[] => [
      { kind: 'keysOwner', level, what, path: PATH },
    ];
    if (owner !== undefined) {
      return finding(
        'error',
        `The Secret ${name} belongs to the ${owner.kind} ${owner.name}, which would undo what is written to it.`,
      );
    }
    const manager = secret.metadata.labels['app.kubernetes.io/managed-by'];
    if (manager === FIELD_MANAGER) return [];
    return manager === undefined
      ? finding('warning', `The Secret ${name} was made by hand; this deploy takes it over and writes the keys anew.`)
      : finding('error', `The Secret ${name} is managed by ${manager}.`);
  },
};
