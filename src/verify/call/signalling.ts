import type { SignalRequest, SignalResponse } from '@livekit/protocol';
import { reason } from '../../failure/failure.ts';
import { verifyFailures } from '../failures.ts';
import { redisTrouble } from '../redis-trouble.ts';
import { refusalOf } from '../refusal.ts';
import type { SignalOrigin } from '../signal.ts';

/** One participant's signal connection. */
export interface Signalling {
  /** Sends one message; what is sent after the end is lost, as the end is told by `ended`. */
  say(message: SignalRequest['message']): void;
  /** Resolves, with the reason in words, when the connection has ended: by the other side or by `close`. */
  readonly ended: Promise<string>;
  /** Says that the participant leaves, and closes. */
  close(): Promise<void>;
}

/** Between two pings that keep a participant alive; LiveKit ends one that is silent for 15 s. */
const PING_MILLISECONDS = 5000;
const CLOSE_MILLISECONDS = 300;

/**
 * Opens a participant's signal WebSocket. Each message is given to `hear` in order, the next one when the one before was
 * dealt with. Throws LK-VERIFY-007 when it does not open.
 */
export async function openSignalling(
  origin: SignalOrigin,
  token: string,
  hear: (message: SignalResponse['message']) => Promise<void> | void,
  signal: AbortSignal,
): Promise<Signalling> {
  const { LeaveRequest, Ping, SignalRequest, SignalResponse } = await import('@livekit/protocol');
  signal.throwIfAborted();
  // The header keeps the token out of access logs; Node's WebSocket can send one, a browser's cannot.
  const socket = new WebSocket(`${origin.ws}/rtc?protocol=15&auto_subscribe=1&sdk=js`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.binaryType = 'arraybuffer';
  let queue = Promise.resolve();
  let failure: unknown;
  const ended = new Promise<string>((resolve) => {
    const end = (why: string) => {
      clearInterval(pings);
      signal.removeEventListener('abort', onAbort);
      resolve(why);
    };
    const onAbort = () => {
      end('there was no time left');
      socket.close();
    };
    signal.addEventListener('abort', onAbort);
    socket.addEventListener('error', (event) => {
      failure = event.error ?? event.message;
      end(reason(failure));
    });
    socket.addEventListener('close', (event) => end(`the connection was closed with code ${event.code}`));
    socket.addEventListener('message', (event) => {
      const data: unknown = event.data;
      queue = queue
        .then(() => {
          if (!(data instanceof ArrayBuffer))
            throw new Error('the server sent text where LiveKit sends binary messages');
          return hear(SignalResponse.fromBinary(new Uint8Array(data)).message);
        })
        .catch((error: unknown) => {
          end(reason(error));
          socket.close();
        });
    });
  });
  const say = (message: SignalRequest['message']) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(new SignalRequest({ message }).toBinary());
  };
  const pings = setInterval(() => {
    const timestamp = BigInt(Date.now());
    say({ case: 'ping', value: timestamp });
    say({ case: 'pingReq', value: new Ping({ timestamp }) });
  }, PING_MILLISECONDS);
  const opened = new Promise<'open'>((resolve) => {
    socket.addEventListener('open', () => resolve('open'), { once: true });
  });
  const first = await Promise.race([opened, ended]);
  if (first !== 'open') {
    await closed(socket);
    const refusal = (await refusalOf(`${origin.ws}/rtc?protocol=15&sdk=js`, token, signal)) ?? first;
    throw verifyFailures.failure('join', {
      what: `No participant could join through ${origin.name}: ${refusal}.`,
      ...redisTrouble(refusal),
      cause: failure,
    });
  }
  return {
    say,
    ended,
    async close() {
      say({ case: 'leave', value: new LeaveRequest({ reason: 1 }) });
      clearInterval(pings);
      await closed(socket);
    },
  };
}

/** Waits for the closing handshake, but not long: it may get lost in a tunnel, and must not hold the check. */
async function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true });
    timer = setTimeout(resolve, CLOSE_MILLISECONDS);
    socket.close(1000);
  });
  clearTimeout(timer);
}
