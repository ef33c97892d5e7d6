import { createHmac } from 'node:crypto';
import type { Manifest } from '../../kubernetes/resources.ts';
import { helmFailures } from '../failures.ts';
import type { SecretPlan } from './parse.ts';

/** A Kubernetes Secret with its values, all of them known. */
export interface ClusterSecret {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, string>;
}

/** Owns what the input `secrets` gives, and nothing else: other keys of the same Secret stay with whoever wrote them. */
export const SECRETS_FIELD_MANAGER = 'livekit-gke-secrets';
/** On the pods, so that they roll when a Secret of the input changes. */
export const SECRETS_HASH_ANNOTATION = 'livekit-gke/secrets-hash';

/** Reads a version of a secret by its id, `projects/<project>/secrets/<name>`; the value is masked. */
export type ReadVersion = (id: string, version: string) => Promise<{ value: string }>;

/** Fetches what is in Secret Manager; a short id is of the environment's project. Throws what `read` throws, and LK-HELM-140. */
export async function fillSecrets(
  plans: readonly SecretPlan[],
  projectId: string,
  read: ReadVersion,
): Promise<ClusterSecret[]> {
  return Promise.all(
    plans.map(async ({ name, labels, entries }) => ({
      name,
      labels,
      entries: new Map(
        await Promise.all(
          [...entries].map(async ([key, source]) => {
            if (source.from === 'input') return [key, source.value] as const;
            const id = source.id.includes('/') ? source.id : `projects/${projectId}/secrets/${source.id}`;
            const value = asWritten((await read(id, source.version)).value);
            if (value === '') {
              throw helmFailures.failure('secrets', {
                what: `The input \`secrets\` is not usable: the version of ${id} for the entry ${key} of the Secret ${name} is empty.`,
              });
            }
            return [key, value] as const;
          }),
        ),
      ),
    })),
  );
}

/** Whoever writes a password by `echo` into Secret Manager did not mean the line's end; a file of many lines keeps it. */
function asWritten(value: string): string {
  const line = value.replace(/\r?\n$/, '');
  return line.includes('\n') ? value : line;
}

/** What is applied, by SECRETS_FIELD_MANAGER. */
export function secretManifest({ name, labels, entries }: ClusterSecret, namespace: string): Manifest {
  const data = [...entries].map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { ...labels, 'app.kubernetes.io/managed-by': 'livekit-gke' } },
    type: typeOf([...entries.keys()]),
    data: Object.fromEntries(data),
  };
}

function typeOf(keys: readonly string[]): string {
  if (keys.includes('tls.crt') && keys.includes('tls.key')) return 'kubernetes.io/tls';
  return keys.length === 1 && keys[0] === '.dockerconfigjson' ? 'kubernetes.io/dockerconfigjson' : 'Opaque';
}

/** Changes when a Secret does and tells nothing of it: a keyed digest, cut to 64 bits. Order does not matter. */
export function secretsHash(secrets: readonly ClusterSecret[]): string {
  const text = JSON.stringify(
    [...secrets]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, entries }) => [name, [...entries].sort(([one], [other]) => (one < other ? -1 : 1))]),
  );
  return createHmac('sha256', SECRETS_HASH_ANNOTATION).update(text).digest('hex').slice(0, 16);
}
