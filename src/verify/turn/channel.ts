import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { decode, encode, lengthOf, type Message } from './message.ts';

/** Requests to one STUN or TURN server, over UDP or a stream, and their answers. */
export interface Channel {
  /** The answer; `undefined` when none came in time, or the connection ended. */
  ask(request: Message, key?: Buffer): Promise<Message | undefined>;
  /** Sends what gets no answer. */
  tell(indication: Message): void;
  /** Who hears what the server says unasked; one at a time. */
  heard(listener: (indication: Message) => void): void;
  close(): void;
}

export interface Patience {
  /** For an answer, all repetitions together. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** Between two tries over UDP, doubled each time (RFC 8489, section 6.2.1, begins with 500 ms). */
const FIRST_WAIT_MILLISECONDS = 250;

/** A channel over UDP. What cannot be sent or resolved gets no answer. */
export function udpChannel(host: string, port: number, patience: Patience): Channel {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const waiting = new Map<string, (answer: Message) => void>();
  let listener: (indication: Message) => void = () => undefined;
  // A port that nothing listens on may be told by ICMP: as good as no answer.
  socket.on('error', () => undefined);
  socket.on('message', (bytes) => {
    const message = decode(bytes);
    if (message?.kind === 'indication') listener(message);
    else if (message !== undefined) waiting.get(message.transaction)?.(message);
  });
  return {
    tell: (indication) => socket.send(encode(indication), port, host, () => undefined),
    heard: (next) => (listener = next),
    async ask(request, key) {
      const bytes = encode(request, key);
      const repeat = { timer: undefined as NodeJS.Timeout | undefined };
      const send = (wait: number) => {
        socket.send(bytes, port, host, () => undefined);
        repeat.timer = setTimeout(() => send(wait * 2), wait);
      };
      send(FIRST_WAIT_MILLISECONDS);
      try {
        return await answerOf(waiting, request, patience);
      } finally {
        clearTimeout(repeat.timer);
      }
    },
    close: () => socket.close(),
  };
}

/** A channel over a connection that stands, TCP or TLS; messages follow each other without a frame (RFC 8489, 6.2.2). */
export function streamChannel(socket: Socket | TLSSocket, patience: Patience): Channel {
  const waiting = new Map<string, (answer: Message) => void>();
  let listener: (indication: Message) => void = () => undefined;
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let length = lengthOf(rest); length !== undefined && rest.length >= length; length = lengthOf(rest)) {
      const message = decode(rest);
      rest = rest.subarray(length);
      if (message?.kind === 'indication') listener(message);
      else if (message !== undefined) waiting.get(message.transaction)?.(message);
    }
    // Who does not speak STUN is not listened to for ever.
    if (rest.length > 65_536) socket.destroy();
  });
  return {
    tell: (indication) => void socket.write(encode(indication)),
    heard: (next) => (listener = next),
    ask(request, key) {
      socket.write(encode(request, key));
      return answerOf(waiting, request, patience);
    },
    close: () => socket.destroy(),
  };
}

function answerOf(
  waiting: Map<string, (answer: Message) => void>,
  { transaction }: Message,
  { milliseconds, signal }: Patience,
): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const end = (answer?: Message) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      waiting.delete(transaction);
      resolve(answer);
    };
    const onAbort = () => end();
    const timer = setTimeout(end, milliseconds);
    waiting.set(transaction, end);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) end();
  });
}
