import { reason } from '../failure/failure.ts';
import { verifyFailures } from './failures.ts';
import { redisTrouble } from './redis-trouble.ts';
import { refusalOf } from './refusal.ts';
import { containerPort, isReady, servingPods } from './workload.ts';
import type { World } from './world.ts';

/** Where LiveKit's signalling and API are reached. */
export interface SignalOrigin {
  /** `https://domain` or `http://127.0.0.1:1234`, with the path that the address had, no trailing slash. */
  readonly http: string;
  /** The same for WebSockets. */
  readonly ws: string;
  /** In the reader's words. */
  readonly name: string;
}

/** Runs `use` with the address where signalling is to be tried: the environment's domain, or a tunnel to a ready pod. */
export async function withSignal<T>(
  world: World,
  signal: AbortSignal,
  use: (origin: SignalOrigin) => Promise<T>,
): Promise<T> {
  if (world.signalTarget.kind === 'address') return use(originOf(world.signalTarget.url));
  const pod = servingPods(await world.workload()).find(isReady);
  if (pod === undefined) {
    throw verifyFailures.failure('noPod', {
      what: `No pod of the release ${world.release} is ready, so none can be asked.`,
    });
  }
  return throughPod(world, pod.metadata.name, signal, use);
}

/** Runs `use` with a tunnel to one pod's signal port. */
export async function throughPod<T>(
  world: World,
  name: string,
  signal: AbortSignal,
  use: (origin: SignalOrigin) => Promise<T>,
): Promise<T> {
  const pod = (await world.workload()).pods.find(({ metadata }) => metadata.name === name);
  const port = pod === undefined ? 7880 : containerPort(pod, 'http', 7880);
  return world.forward({ namespace: world.namespace, name, port }, signal, (address) =>
    use({ http: `http://${address}`, ws: `ws://${address}`, name: `the pod ${name}` }),
  );
}

function originOf(url: URL): SignalOrigin {
  const path = url.pathname.replace(/\/+$/, '');
  const secure = url.protocol === 'wss:';
  return {
    http: `${secure ? 'https' : 'http'}://${url.host}${path}`,
    ws: `${secure ? 'wss' : 'ws'}://${url.host}${path}`,
    name: `${url.protocol}//${url.host}${path}`,
  };
}

export interface Joined {
  readonly room: string;
  readonly participant: string;
  readonly nodeId: string;
  readonly version: string;
  /** TURN servers with the credentials that this participant was given. */
  readonly iceServers: readonly { urls: readonly string[]; username: string; credential: string }[];
  /** From the connection's start to the JoinResponse. */
  readonly milliseconds: number;
}

/**
 * Joins a room over the WebSocket, as a client does, waits for the JoinResponse, says that it leaves, and closes. Throws
 * LK-VERIFY-007; the socket is closed whatever happens.
 */
export async function joinAndLeave(origin: SignalOrigin, token: string, signal: AbortSignal): Promise<Joined> {
  const { LeaveRequest, SignalRequest, SignalResponse } = await import('@livekit/protocol');
  const started = performance.now();
  // The header keeps the token out of access logs; Node's WebSocket can send one, a browser's cannot.
  const socket = new WebSocket(`${origin.ws}/rtc?protocol=15&auto_subscribe=0&sdk=js`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.binaryType = 'arraybuffer';
  try {
    return await new Promise<Joined>((resolve, reject) => {
      const fail = (why: string, cause?: unknown) =>
        reject(
          verifyFailures.failure('join', {
            what: `No participant could join through ${origin.name}: ${why}.`,
            ...redisTrouble(why),
            cause,
          }),
        );
      signal.addEventListener('abort', () => fail('no JoinResponse came in time'), { once: true });
      if (signal.aborted) fail('there was no time left');
      let isRefused = false;
      socket.addEventListener('error', (event) => {
        isRefused = true;
        void refusalOf(`${origin.ws}/rtc?protocol=15&sdk=js`, token, signal).then((refusal) =>
          fail(refusal ?? reason(event.error ?? event.message), event.error),
        );
      });
      socket.addEventListener('close', (event) => {
        if (!isRefused) fail(`the connection was closed with code ${event.code}`);
      });
      socket.addEventListener('message', (event) => {
        const data: unknown = event.data;
        if (!(data instanceof ArrayBuffer)) return fail('the server sent text where LiveKit sends binary messages');
        try {
          const { message } = SignalResponse.fromBinary(new Uint8Array(data));
          if (message.case === 'leave') return fail('the server sent a LeaveRequest instead of a JoinResponse');
          if (message.case !== 'join') return;
          const { room, participant, serverInfo } = message.value;
          socket.send(
            new SignalRequest({ message: { case: 'leave', value: new LeaveRequest({ reason: 1 }) } }).toBinary(),
          );
          resolve({
            room: room?.name ?? '',
            participant: participant?.identity ?? '',
            nodeId: serverInfo?.nodeId ?? '',
            version: serverInfo?.version ?? message.value.serverVersion,
            iceServers: message.value.iceServers.map(({ urls, username, credential }) => ({
              urls,
              username,
              credential,
            })),
            milliseconds: Math.round(performance.now() - started),
          });
        } catch (error) {
          fail(`its message could not be understood (${reason(error)})`, error);
        }
      });
    });
  } finally {
    await closed(socket);
  }
}

/** Waits for the closing handshake, but not long: it may get lost in a tunnel, and must not hold the check. */
async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true });
    timer = setTimeout(resolve, 300);
    socket.close(1000);
  });
  clearTimeout(timer);
}
