import type { Kubernetes } from '../kubernetes/client.ts';
import { type Manifest, namespaces } from '../kubernetes/resources.ts';
import { type TlsContent, tlsSecretContents } from '../kubernetes/tls-secret.ts';
import { certificateFailures } from './failures.ts';
import type { Pair } from './pair.ts';

/** Owner of the certificate's Secret, and of the mark on the pods: Helm and others keep what is theirs. */
export const CERTIFICATE_FIELD_MANAGER = 'livekit-gke-turn-cert';

const TYPE = 'kubernetes.io/tls';

/** What the Secret holds; `undefined` when there is none. Throws LK-CERT-013 for one of another type. */
export async function readInstalled(
  client: Kubernetes,
  namespace: string,
  name: string,
): Promise<TlsContent | undefined> {
  const secret = await client.get(tlsSecretContents, namespace, name);
  if (secret === undefined) return undefined;
  if (secret.type === TYPE) return secret.data;
  throw certificateFailures.failure('secretType', {
    what: `The Secret ${name} in the namespace ${namespace} is of type ${secret.type}, not ${TYPE}.`,
  });
}

/** Whether the Secret holds exactly this pair. */
export function holds(content: TlsContent | undefined, pair: Pair): boolean {
  return content?.certificate === pair.chainPem && content.key === pair.keyPem;
}

export async function install(client: Kubernetes, namespace: string, name: string, content: TlsContent): Promise<void> {
  await client.apply(manifest(namespace, name, content), CERTIFICATE_FIELD_MANAGER);
}

export const contentOf = ({ chainPem, keyPem }: Pair): TlsContent => ({ certificate: chainPem, key: keyPem });

export async function hasNamespace(client: Kubernetes, name: string): Promise<boolean> {
  return (await client.get(namespaces, undefined, name)) !== undefined;
}

function manifest(namespace: string, name: string, { certificate, key }: TlsContent): Manifest {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' } },
    type: TYPE,
    data: { 'tls.crt': encode(certificate), 'tls.key': encode(key) },
  };
}
