import type { Channel } from './channel.ts';
import {
  ATTRIBUTE,
  type Attribute,
  errorOf,
  longTermKey,
  type Message,
  METHOD,
  readXorAddress,
  transactionId,
  valueOf,
  xorAddress,
} from './message.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a server answered: it did what was asked, refused it, or said nothing. */
export type Answer<T> =
  | { readonly kind: 'granted'; readonly value: T }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  | { readonly kind: 'silent' };

export interface Allocation {
  /** `address:port` that the server relays from. */
  readonly relayed: string;
  readonly lifetimeSeconds: number;
  readonly session: Session;
}

/** What later requests are signed with. */
export interface Session {
  readonly credentials: Credentials;
  readonly realm: Buffer;
  readonly nonce: Buffer;
}

/** UDP, the only transport to peers that WebRTC uses. */
const UDP = Buffer.from([17, 0, 0, 0]);

/** Asks for the sender's own address as the server sees it: `address:port`. */
export async function bind(channel: Channel): Promise<Answer<string>> {
  const answer = await channel.ask(request(METHOD.binding, []));
  return read(answer, (message) => readXorAddress(message, ATTRIBUTE.xorMappedAddress) ?? 'an unknown address');
}

/** Asks for a relay (RFC 8656, section 7); without credentials the first answer is final, which should be 401. */
export async function allocate(channel: Channel, credentials?: Credentials): Promise<Answer<Allocation>> {
  const asked = [{ type: ATTRIBUTE.requestedTransport, value: UDP }];
  const first = await channel.ask(request(METHOD.allocate, asked));
  if (credentials === undefined || first === undefined) return allocation(first, emptySession);
  const realm = valueOf(first, ATTRIBUTE.realm);
  const nonce = valueOf(first, ATTRIBUTE.nonce);
  // A server that grants without credentials, or names no realm, answers at once.
  if (first.kind !== 'error' || realm === undefined || nonce === undefined) return allocation(first, emptySession);
  const session = { credentials, realm, nonce };
  return allocation(await signed(channel, session, METHOD.allocate, asked), session);
}

/** Asks to relay to a peer: by a permission (section 10), or by binding a channel, which asks for the same on another way. */
export async function permit(
  channel: Channel,
  session: Session,
  peer: { readonly address: string; readonly port: number },
  way: 'permission' | 'channel',
): Promise<Answer<true>> {
  const method = way === 'permission' ? METHOD.createPermission : METHOD.channelBind;
  const answer = await signed(channel, session, method, (transaction) => [
    ...(way === 'channel' ? [{ type: ATTRIBUTE.channelNumber, value: nextChannel() }] : []),
    xorAddress(ATTRIBUTE.xorPeerAddress, peer.address, peer.port, transaction),
  ]);
  return read(answer, () => true);
}

/** Gives the relay back. */
export async function release(channel: Channel, session: Session): Promise<void> {
  await signed(channel, session, METHOD.refresh, [{ type: ATTRIBUTE.lifetime, value: Buffer.alloc(4) }]);
}

const emptySession: Session = {
  credentials: { username: '', password: '' },
  realm: Buffer.alloc(0),
  nonce: Buffer.alloc(0),
};

let lastChannel = 0x4000;

/** Each peer needs a channel number of its own (0x4000 to 0x4fff). */
function nextChannel(): Buffer {
  lastChannel = lastChannel >= 0x4fff ? 0x4000 : lastChannel + 1;
  const value = Buffer.alloc(4);
  value.writeUInt16BE(lastChannel, 0);
  return value;
}

function request(method: number, attributes: readonly Attribute[], transaction = transactionId()): Message {
  return { method, kind: 'request', transaction, attributes };
}

/** Sends a signed request; a nonce that grew stale (438) is replaced once. */
async function signed(
  channel: Channel,
  session: Session,
  method: number,
  attributes: readonly Attribute[] | ((transaction: string) => readonly Attribute[]),
): Promise<Message | undefined> {
  const { credentials, realm } = session;
  const key = longTermKey(credentials.username, realm.toString('utf8'), credentials.password);
  const send = (nonce: Buffer) => {
    const transaction = transactionId();
    const own = typeof attributes === 'function' ? attributes(transaction) : attributes;
    const identity = [
      { type: ATTRIBUTE.username, value: Buffer.from(credentials.username) },
      { type: ATTRIBUTE.realm, value: realm },
      { type: ATTRIBUTE.nonce, value: nonce },
    ];
    return channel.ask(request(method, [...own, ...identity], transaction), key);
  };
  const answer = await send(session.nonce);
  const fresh = answer?.kind === 'error' && errorOf(answer).code === 438 ? valueOf(answer, ATTRIBUTE.nonce) : undefined;
  return fresh === undefined ? answer : send(fresh);
}

function allocation(message: Message | undefined, session: Session): Answer<Allocation> {
  return read(message, (answer) => {
    const lifetime = valueOf(answer, ATTRIBUTE.lifetime);
    return {
      relayed: readXorAddress(answer, ATTRIBUTE.xorRelayedAddress) ?? 'an unknown address',
      lifetimeSeconds: lifetime?.length === 4 ? lifetime.readUInt32BE(0) : 0,
      session,
    };
  });
}

function read<T>(message: Message | undefined, value: (message: Message) => T): Answer<T> {
  if (message === undefined) return { kind: 'silent' };
  return message.kind === 'success'
    ? { kind: 'granted', value: value(message) }
    : { kind: 'refused', ...errorOf(message) };
}
