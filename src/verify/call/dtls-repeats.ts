import type { DtlsSocket, RTCPeerConnection } from 'werift';

/** Handshake messages by number (RFC 5246, section 7.4; RFC 6347, section 4.3.2). */
const CLIENT_HELLO = 1;
const SERVER_HELLO_DONE = 14;
const FINISHED = 20;

type Messages = Parameters<DtlsSocket['onHandleHandshakes']>[0];
type Message = Messages[number];

const guarded = new WeakSet<object>();

/**
 * Lets each message of a DTLS handshake count once. The side that waits sends its whole flight again (LiveKit each 100 ms), and
 * werift 0.25.2 takes the copy for a new one: with a copy and what answers the original in one read, as a stream has them on a
 * busy machine, it makes new keys after the handshake, and hears nothing more of what is sent to it. A copy of a first hello
 * that comes late starts the handshake anew. Call it before the connection starts.
 */
export function dropRepeats(connection: RTCPeerConnection): void {
  const sctp = connection.sctpTransport?.sctp;
  if (sctp !== undefined) survivePackets(sctp);
  for (const transport of connection.dtlsTransports) {
    if (guarded.has(transport)) continue;
    guarded.add(transport);
    transport.onStateChange.subscribe((state) => {
      // The socket is made in the same turn as the state is told, before anything can come.
      if (state === 'connecting') queueMicrotask(() => transport.dtls && guard(transport.dtls));
    });
  }
}

/**
 * Lets a packet of SCTP that is none be lost, as RFC 9260 has it. The library throws where nobody catches it, and that ends the
 * process.
 */
export function survivePackets(sctp: object): void {
  if (guarded.has(sctp)) return;
  guarded.add(sctp);
  const handle = Reflect.get(sctp, 'handleData') as (packet: Buffer) => Promise<void>;
  Reflect.set(sctp, 'handleData', (packet: Buffer) => handle.call(sctp, packet).catch(() => undefined));
}

/** The same for one end of a handshake, before its first message has come. */
export function guard(socket: DtlsSocket): void {
  const handle = socket.onHandleHandshakes;
  const seen = new Set<string>();
  let lastHello = -1;
  const isNew = (message: Message): boolean => {
    const { msg_type: type, message_seq: number } = message;
    const { flight } = socket.dtls;
    const key = `${type} ${number}`;
    const isCopy = seen.has(key);
    seen.add(key);
    switch (type) {
      case CLIENT_HELLO: {
        // The server answers each hello, the copies too, until the client has gone on.
        const isCurrent = number >= lastHello && flight <= 4 && !socket.connected;
        lastHello = Math.max(lastHello, number);
        return isCurrent;
      }
      case FINISHED:
        // The server says again what its client may not have heard.
        return !isCopy || flight === 6;
      default:
        if (isCopy && type === SERVER_HELLO_DONE) sayAgain(socket);
        return !isCopy;
    }
  };
  const { transport } = socket;
  const send = transport.send;
  // The library waits for none of its answers: of a connection that ended, each would end the process.
  Reflect.set(transport, 'send', (...packet: Parameters<typeof send>) => send(...packet).catch(() => undefined));
  socket.onHandleHandshakes = async (messages) => {
    const fresh = messages.filter(isNew);
    if (fresh.length > 0) await handle(fresh);
  };
}

/** A client whose server repeats itself was not heard; the library would wait half a second. */
function sayAgain({ dtls, transport }: DtlsSocket): void {
  if (dtls.flight !== 5) return;
  for (const packet of dtls.lastMessage) void transport.send(packet);
}
