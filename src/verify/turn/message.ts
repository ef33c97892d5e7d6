import { createHash, createHmac, randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A message of STUN (RFC 8489) or TURN (RFC 8656): the few methods and attributes that probing a server needs. */
export interface Message {
  readonly method: number;
  readonly kind: 'request' | 'indication' | 'success' | 'error';
  /** 12 bytes, hexadecimal. */
  readonly transaction: string;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly type: number;
  readonly value: Buffer;
}

export const METHOD = {
  binding: 1,
  allocate: 3,
  refresh: 4,
  send: 6,
  data: 7,
  createPermission: 8,
  channelBind: 9,
} as const;

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const;

const COOKIE = 0x2112a442;
const HEADER = 20;
const KINDS = ['request', 'indication', 'success', 'error'] as const;

export function transactionId(): string {
  return randomBytes(12).toString('hex');
}

/** The key of long-term credentials (RFC 8489, section 9.2.2). */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

/** The message as bytes, with MESSAGE-INTEGRITY at its end when there is a key. */
export function encode(message: Message, key?: Buffer): Buffer {
  const body = Buffer.concat(message.attributes.map(encodeAttribute));
  const header = Buffer.alloc(HEADER);
  const classBits = KINDS.indexOf(message.kind);
  header.writeUInt16BE(typeOf(message.method, classBits), 0);
  // The length counts the integrity that follows while it is being computed.
  header.writeUInt16BE(body.length + (key === undefined ? 0 : 24), 2);
  header.writeUInt32BE(COOKIE, 4);
  Buffer.from(message.transaction, 'hex').copy(header, 8);
  const bytes = Buffer.concat([header, body]);
  if (key === undefined) return bytes;
  const value = createHmac('sha1', key).update(bytes).digest();
  return Buffer.concat([bytes, encodeAttribute({ type: ATTRIBUTE.messageIntegrity, value })]);
}

/** Reads one message from the start of `bytes`; `undefined` for what is none, whatever it is. */
export function decode(bytes: Buffer): Message | undefined {
  const length = lengthOf(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const type = bytes.readUInt16BE(0);
  const kind = KINDS[((type >> 4) & 1) | ((type >> 7) & 2)];
  if (kind === undefined) return undefined;
  const attributes: Attribute[] = [];
  for (let at = HEADER; at < length;) {
    if (at + 4 > length) return undefined;
    const size = bytes.readUInt16BE(at + 2);
    if (at + 4 + size > length) return undefined;
    attributes.push({ type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, at + 4 + size) });
    at += 4 + size + ((4 - (size % 4)) % 4);
  }
  const method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
  return { method, kind, transaction: bytes.toString('hex', 8, HEADER), attributes };
}

/** Bytes of the message that begins here, by its header; `undefined` when this is no such header. */
export function lengthOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER || (bytes[0] ?? 255) > 63 || bytes.readUInt32BE(4) !== COOKIE) return undefined;
  const length = bytes.readUInt16BE(2);
  return length % 4 === 0 ? HEADER + length : undefined;
}

function typeOf(method: number, classBits: number): number {
  const spread = (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2);
  return spread | ((classBits & 1) << 4) | ((classBits & 2) << 7);
}

function encodeAttribute({ type, value }: Attribute): Buffer {
  const bytes = Buffer.alloc(4 + value.length + ((4 - (value.length % 4)) % 4));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** The value of the first attribute of the type. */
export function valueOf(message: Message, type: number): Buffer | undefined {
  return message.attributes.find((attribute) => attribute.type === type)?.value;
}

/** `{code: 401, reason: 'Unauthorized'}` of an error; 0 when it names none. */
export function errorOf(message: Message): { code: number; reason: string } {
  const value = valueOf(message, ATTRIBUTE.errorCode);
  if (value === undefined || value.length < 4) return { code: 0, reason: 'no error code' };
  const reason = value.toString('utf8', 4).replace(/[^\x20-\x7e]/g, '');
  return { code: ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0), reason };
}

/** XOR-…-ADDRESS of an address, IPv4 or IPv6, and a port. */
export function xorAddress(type: number, address: string, port: number, transaction: string): Attribute {
  const raw = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const mask = addressMask(transaction);
  const value = Buffer.alloc(4 + raw.length);
  value[1] = raw.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  raw.forEach((byte, index) => (value[4 + index] = byte ^ (mask[index] ?? 0)));
  return { type, value };
}

/** `address:port` of an XOR-…-ADDRESS; `undefined` when there is none, or it is malformed. */
export function readXorAddress(message: Message, type: number): string | undefined {
  const value = valueOf(message, type);
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const mask = addressMask(message.transaction);
  const raw = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16);
  if (raw.length === 4) return `${[...raw].join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    Buffer.from(raw)
      .readUInt16BE(index * 2)
      .toString(16),
  );
  return `[${groups.join(':')}]:${port}`;
}

function addressMask(transaction: string): Buffer {
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(COOKIE);
  return Buffer.concat([cookie, Buffer.from(transaction, 'hex')]);
}

/** The 16 bytes of an IPv6 address, also with an IPv4 address as its end. */
export function ipv6Bytes(address: string): Buffer {
  const mapped = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = mapped.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const fill = tail === undefined ? 0 : 8 - first.length - last.length;
  const bytes = Buffer.alloc(16);
  [...first, ...Array.from({ length: fill }, () => 0), ...last].forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  return bytes;
}
