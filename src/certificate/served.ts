import { setTimeout as sleep } from 'node:timers/promises';
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { Failure, reason } from '../failure/failure.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import type { PodPort } from '../kubernetes/port-forward.ts';
import type { Pod } from '../kubernetes/resources.ts';
import type { Forward } from '../livekit/load.ts';
import { serialOf } from './pair.ts';

/** As LiveKit's chart names it. */
const TURN_PORT = 'turn-tls';
const TIMEOUT_SECONDS = 10;

/** What a pod showed: a certificate's serial, or why none. */
export type Served =
  { readonly pod: string; readonly serial: string } | { readonly pod: string; readonly problem: string };

/** The TLS port of a pod: the one that is given, or LiveKit's own for TURN; `undefined` when it has none. */
export function tlsPortOf(pod: Pick<Pod, 'spec'>, given: number | undefined): number | undefined {
  if (given !== undefined) return given;
  const ports = pod.spec.containers.flatMap((container) => container.ports);
  return ports.find(({ name }) => name === TURN_PORT)?.containerPort;
}

/** Asks one pod by TLS for its certificate, through the cluster's API. Throws LK-KUBE-002 when this identity may not. */
export async function askServed(
  forward: Forward,
  target: PodPort,
  serverName: string,
  signal: AbortSignal,
): Promise<Served> {
  try {
    const certificate = await forward(target, signal, (origin) => handshake(origin, serverName, signal));
    return { pod: target.name, serial: serialOf(certificate) };
  } catch (error) {
    if (signal.aborted || isForbidden(error)) throw error;
    return { pod: target.name, problem: reason(error).replace(/\.$/, '') };
  }
}

/** Asks again while the pod shows something else than `serial`: a port may open a moment after the pod is ready. */
export async function awaitServed(
  forward: Forward,
  target: PodPort,
  serverName: string,
  serial: string,
  { seconds, signal, pollSeconds = 2 }: { seconds: number; signal: AbortSignal; pollSeconds?: number },
): Promise<Served> {
  const started = performance.now();
  for (;;) {
    const served = await askServed(forward, target, serverName, signal);
    if (('serial' in served && served.serial === serial) || (performance.now() - started) / 1000 >= seconds)
      return served;
    await sleep(pollSeconds * 1000, undefined, { signal });
  }
}

export function isForbidden(error: unknown): error is Failure {
  return error instanceof Failure && error.code === kubernetesFailures.code('forbidden');
}

/** Trust is not asked: which certificate is shown is. */
function handshake(origin: string, serverName: string, signal: AbortSignal): Promise<X509Certificate> {
  const { hostname: host, port } = new URL(`tls://${origin}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), servername: serverName, rejectUnauthorized: false });
    const limit = setTimeout(() => socket.destroy(new Error('no answer in time')), TIMEOUT_SECONDS * 1000);
    const abort = () => socket.destroy(new Error('cancelled'));
    signal.addEventListener('abort', abort, { once: true });
    const end = (work: () => void) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', abort);
      work();
      socket.destroy();
    };
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      end(() => (certificate === undefined ? reject(new Error('no certificate')) : resolve(certificate)));
    });
    socket.once('error', (error: Error) => end(() => reject(error)));
    socket.once('close', () => end(() => reject(new Error('the connection was closed before TLS began'))));
  });
}
