import type { Kubernetes } from '../../kubernetes/client.ts';
import { deployments, secrets } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { preflightFailures } from '../failures.ts';
import type { Layer } from '../values/layer.ts';
import { at, type Values } from '../values/tree.ts';

const TLS_PORT = ['livekit', 'turn', 'tls_port'] as const;
const SECRET_NAME = ['livekit', 'turn', 'secretName'] as const;

/**
 * TURN over TLS needs a certificate, which comes after the first deploy (its DNS record must exist first). Until the Secret is
 * there this layer takes the TLS port away and says so; once a deploy had it, a Secret that is gone is an error (LK-HELM-051),
 * since leaving TURN over TLS off would cut those who need it. `undefined` when the values are right as they are.
 */
export async function turnLayer(
  client: Kubernetes,
  namespace: string,
  deployment: string,
  values: Values,
): Promise<Layer | undefined> {
  const name = at(values, SECRET_NAME);
  const isOff =
    at(values, ['livekit', 'turn', 'enabled']) !== true ||
    typeof at(values, TLS_PORT) !== 'number' ||
    at(values, ['livekit', 'turn', 'external_tls']) === true;
  if (isOff || typeof name !== 'string' || name === '') return undefined;
  const secret = await client.get(secrets, namespace, name);
  if (secret?.type === 'kubernetes.io/tls') return undefined;
  const problem =
    secret === undefined
      ? `the Secret ${name} is not in the namespace ${namespace}`
      : `the Secret ${name} is of type ${secret.type}, not kubernetes.io/tls`;
  const running = await client.get(deployments, namespace, deployment);
  const hasTls = running?.spec.template.spec.containers.some(({ ports }) =>
    ports.some((port) => port.name === 'turn-tls'),
  );
  if (secret !== undefined || hasTls === true) {
    throw preflightFailures.failure('turnCertificate', {
      what: `TURN over TLS cannot be served: ${problem}.`,
      fix: `Run turn-cert for this environment, which installs what is kept or orders a new one; or create it: \`kubectl create secret tls ${name} -n ${namespace} --cert=fullchain.pem --key=privkey.pem\`.`,
    });
  }
  log.warning(
    `TURN over TLS is left out of this deploy: ${problem}. Clients behind strict firewalls cannot connect until the certificate is there; deploy again then. TURN over UDP is on.`,
  );
  return { name: 'the missing TURN certificate', values: { livekit: { turn: { tls_port: null } } } };
}
