import { createServer, type Server, type Socket } from 'node:net';
import type { Agent, request, WebSocket } from 'undici';
import { type Failure, reason } from '../failure/failure.ts';
import type { KubernetesAccess } from './access.ts';
import { kubernetesFailures } from './failures.ts';
import { resourcePath } from './resources.ts';

export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** The kubelet's port-forward over WebSockets: a byte for the channel (0 data, 1 error), then the bytes. */
const PROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const ERROR = 1;

/**
 * Makes a pod's TCP port reachable at a local `127.0.0.1:<port>` while `use` runs, as `kubectl port-forward` does, and
 * closes everything after it. The bytes go through the control plane to the kubelet (10250), a way that GKE keeps open in
 * every cluster; the API server's pod proxy would need a firewall rule for each port from the control plane to the nodes.
 * Over WebSockets, since GKE's DNS endpoint passes no SPDY. Throws LK-KUBE-001, -002, -003 and -008.
 */
export async function forwardPort<T>(
  access: KubernetesAccess,
  token: () => Promise<string>,
  pod: PodPort,
  signal: AbortSignal,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const undici = await import('undici');
  const agent = new undici.Agent({
    connect: {
      ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
      ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    },
  });
  const path = `${resourcePath({ apiVersion: 'v1', plural: 'pods' }, pod.namespace, pod.name)}/portforward?ports=${pod.port}`;
  const url = `${access.server}${path}`;
  const open = new Set<{ close(): void }>();
  let failure: Promise<Failure> | undefined;

  const connect = async (local: Socket) => {
    local.pause();
    const authorization = `Bearer ${await token()}`;
    const remote = new undici.WebSocket(url.replace(/^http/, 'ws'), {
      protocols: [PROTOCOL],
      dispatcher: agent,
      headers: { authorization },
    });
    const pair = {
      close: () => {
        local.destroy();
        remote.close();
      },
    };
    open.add(pair);
    local.once('close', () => {
      open.delete(pair);
      remote.close();
    });
    join(local, remote, (said) => {
      failure ??= Promise.resolve(refusedByPod(pod, said));
      local.destroy();
    });
    remote.addEventListener('error', (event) => {
      failure ??= explain(undici, agent, { url, authorization }, access.server, pod, event.error ?? event.message);
      local.destroy();
    });
  };

  const server = createServer((local) => {
    // A reset of the local end is seen by its user.
    local.on('error', () => undefined);
    connect(local).catch((error: unknown) => {
      failure ??= Promise.resolve(unreachable(access.server, reason(error), error));
      local.destroy();
    });
  });
  try {
    const origin = await listen(server);
    return await use(origin);
  } catch (error) {
    // What the user of the tunnel saw is a cut connection; why it was cut is known here.
    throw failure !== undefined && !signal.aborted ? await failure : error;
  } finally {
    for (const pair of open) pair.close();
    server.close();
    await agent.destroy();
  }
}

/** Passes bytes both ways. Each channel begins with two bytes for the port, little-endian, which are dropped. */
function join(local: Socket, remote: WebSocket, onError: (said: string) => void): void {
  const seen = new Set<number>();
  remote.binaryType = 'arraybuffer';
  remote.addEventListener('open', () => {
    local.on('data', (chunk: Buffer) => {
      const frame = new Uint8Array(chunk.byteLength + 1);
      frame[0] = DATA;
      frame.set(chunk, 1);
      remote.send(frame);
    });
    local.resume();
  });
  remote.addEventListener('message', (event) => {
    const frame = Buffer.from(event.data as ArrayBuffer);
    const channel = frame[0];
    if (channel !== DATA && channel !== ERROR) return;
    const content = frame.subarray(seen.has(channel) ? 1 : 3);
    seen.add(channel);
    if (content.length === 0) return;
    if (channel === DATA) local.write(content);
    else onError(content.toString('utf8').trim());
  });
  remote.addEventListener('close', () => local.end());
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
    });
  });
}

/** A refused WebSocket tells no status; the same request without the upgrade does. */
async function explain(
  undici: { request: typeof request },
  agent: Agent,
  asked: { url: string; authorization: string },
  server: string,
  pod: PodPort,
  error: unknown,
): Promise<Failure> {
  try {
    const { statusCode, body } = await undici.request(asked.url, {
      dispatcher: agent,
      headers: { authorization: asked.authorization },
      signal: AbortSignal.timeout(3000),
    });
    const said = statusMessage(await body.text());
    if (statusCode === 401) {
      return kubernetesFailures.failure('unauthenticated', {
        what: `The cluster at ${server} does not accept this job’s token: ${said}.`,
      });
    }
    if (statusCode === 403) {
      return kubernetesFailures.failure('forbidden', {
        what: `The cluster does not allow this job to forward ports of the pod ${pod.name}: ${said}.`,
      });
    }
    if (statusCode === 404) return refusedByPod(pod, said);
  } catch {
    // It answers not at all: what the WebSocket saw says as much.
  }
  return unreachable(server, `the tunnel to the pod ${pod.name} did not open (${reason(error)})`, error);
}

function refusedByPod(pod: PodPort, said: string) {
  // The kubelet's words are long and name sandboxes by hash; mostly they come down to this.
  const words = /connection refused/.test(said) ? 'connection refused' : said.replace(/\s+/g, ' ').slice(0, 300);
  return kubernetesFailures.failure('podPort', {
    what: `Port ${pod.port} of the pod ${pod.name} does not answer: ${words.replace(/\.$/, '')}.`,
  });
}

function unreachable(server: string, said: string, cause: unknown) {
  return kubernetesFailures.failure('unreachable', {
    what: `The cluster at ${server} does not answer: ${said}.`,
    cause,
  });
}

function statusMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message !== undefined) return message.replace(/\.$/, '');
  } catch {
    // Not a Status object: shortened below.
  }
  return text.replace(/\s+/g, ' ').slice(0, 200) || 'no words';
}
