import type * as werift from 'werift';
import type { RTCIceTransport, RTCPeerConnection, TurnProtocol } from 'werift';

/** What is looked at of the library's ICE, some of which its types keep to themselves. */
interface Ice {
  readonly protocols: readonly Asking[];
  close(): Promise<void>;
}

interface Asking {
  readonly transactions?: Readonly<Record<string, { cancel(): void }>>;
  /** A TURN client. */
  readonly turn?: Asking;
}

/** A flight of DTLS whose end the library's repetition has passed. */
const PAST_ALL_FLIGHTS = 99;

/**
 * Closes a connection with all that werift 0.25.2 leaves open of one that is broken off: its TURN client's questions, which
 * are asked for half a minute more; a DTLS flight, which is sent as long; and a TURN client that was still being made, whose
 * connection would stay for ever. `described` ends when the candidates are gathered; what is made by then is closed then.
 */
export async function leave(connection: RTCPeerConnection, described: Promise<unknown>): Promise<void> {
  // Closing empties the lists.
  const { iceTransports, dtlsTransports } = connection;
  const inner = iceTransports.map(innerOf);
  inner.forEach(stopAsking);
  await connection.close();
  for (const { dtls } of dtlsTransports) if (dtls) dtls.dtls.flight = PAST_ALL_FLIGHTS;
  const rest = described.then(
    () => closeAll(inner),
    () => closeAll(inner),
  );
  // A connection to a TURN server that is not answered ends by its own time; its socket is closed then.
  await Promise.race([rest, new Promise((resolve) => setImmediate(resolve))]);
}

/** TURN clients that ask for their relay: the library has them in no list before they have it. */
const allocating = new Set<TurnProtocol>();
/** Users of TURN whose participants have left. */
const left = new Set<string>();
const watched = new WeakSet<object>();

/** Lets `stopAllocating` find TURN clients. Call it before a connection is made. */
export function watchAllocations({ TurnProtocol: { prototype } }: typeof werift): void {
  if (watched.has(prototype)) return;
  watched.add(prototype);
  const allocate = Reflect.get<TurnProtocol, 'connectionMade'>(prototype, 'connectionMade');
  prototype.connectionMade = async function (this: TurnProtocol) {
    // Over TCP after UDP came to nothing.
    if (left.has(this.username)) throw new Error('the participant has left');
    allocating.add(this);
    try {
      await allocate.call(this);
    } finally {
      allocating.delete(this);
    }
  };
}

/** Ends what these users of TURN still ask for, and all that they would. */
export function stopAllocating(users: readonly string[]): void {
  for (const user of users) left.add(user);
  for (const client of allocating) if (users.includes(client.username)) cancelAll(client);
}

async function closeAll(inner: readonly Ice[]): Promise<void> {
  inner.forEach(stopAsking);
  await Promise.allSettled(inner.map((ice) => ice.close()));
}

function stopAsking({ protocols }: Ice): void {
  for (const protocol of protocols) {
    cancelAll(protocol);
    if (protocol.turn) cancelAll(protocol.turn);
  }
}

function cancelAll({ transactions = {} }: Asking): void {
  for (const transaction of Object.values(transactions)) transaction.cancel();
}

function innerOf({ connection }: RTCIceTransport): Ice {
  return connection as unknown as Ice;
}
