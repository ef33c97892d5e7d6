import { lookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type DetailedPeerCertificate, rootCertificates } from 'node:tls';
import type { SecureVersion, TLSSocket } from 'node:tls';
import { reason } from '../../failure/failure.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Whom the certificate is to be for. */
  readonly serverName: string;
  /** PEM of authorities that are trusted besides the machine's own. */
  readonly authorities?: readonly string[] | undefined;
  /** Nothing above it is offered: whether an old version is refused. */
  readonly maxVersion?: SecureVersion | undefined;
}

/** How far a connection came. What is not trusted is still shown: `untrusted` says why. */
export type Handshake =
  | { readonly kind: 'no-address'; readonly words: string }
  | { readonly kind: 'dropped' | 'refused' | 'broken'; readonly address: string; readonly words: string }
  | {
      readonly kind: 'done';
      readonly address: string;
      readonly version: string;
      readonly names: readonly string[];
      readonly issuer: string;
      readonly validFrom: Date;
      readonly validTo: Date;
      /** Certificates that were sent. */
      readonly chainLength: number;
      readonly untrusted: 'expired' | 'not-yet' | 'name' | 'chain' | undefined;
      readonly words: string;
    };

/** For a TCP connection, and for the handshake on it. */
const STEP_MILLISECONDS = 4000;

/** Connects by TLS as a client would, and says how far it came. `use` gets the connection, trusted or not, before it is closed. */
export async function handshake(
  target: Target,
  signal: AbortSignal,
  use?: (socket: TLSSocket) => Promise<void>,
): Promise<Handshake> {
  let address: string;
  try {
    ({ address } = await lookup(target.host, { family: 4 }));
  } catch (error) {
    return { kind: 'no-address', words: reason(error) };
  }
  const tcp = await openTcp(address, target.port, signal);
  if (tcp.kind !== 'open') return { ...tcp, address };
  const { socket } = tcp;
  try {
    return await new Promise<Handshake>((resolve) => {
      const end = (words: string) => {
        clearTimeout(timer);
        resolve({ kind: 'broken', address, words });
      };
      const secure = connectTls({
        socket,
        servername: target.serverName,
        rejectUnauthorized: false,
        ...(target.authorities === undefined ? {} : { ca: [...rootCertificates, ...target.authorities] }),
        ...(target.maxVersion === undefined
          ? {}
          : { minVersion: 'TLSv1', maxVersion: target.maxVersion, ciphers: OLD }),
      });
      const timer = setTimeout(() => end('the handshake was not answered'), STEP_MILLISECONDS);
      secure.once('error', (error) => end(reason(error)));
      secure.once('close', () => end('the connection was closed'));
      signal.addEventListener('abort', () => end('there was no time left'), { once: true });
      secure.once('secureConnect', () => {
        clearTimeout(timer);
        const found = describe(secure, target.serverName, address);
        void (use?.(secure) ?? Promise.resolve()).finally(() => {
          resolve(found);
          secure.destroy();
        });
      });
    });
  } finally {
    socket.destroy();
  }
}

/** OpenSSL does not even offer old versions at its default security level. */
const OLD = 'DEFAULT:@SECLEVEL=0';

type Tcp =
  { readonly kind: 'open'; readonly socket: Socket } | { readonly kind: 'dropped' | 'refused'; readonly words: string };

/** Opens a TCP connection: open, refused by the other end, or without an answer. */
export function openTcp(address: string, port: number, signal: AbortSignal): Promise<Tcp> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: address, port });
    const end = (result: Tcp) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (result.kind !== 'open') socket.destroy();
      resolve(result);
    };
    const onAbort = () => end({ kind: 'dropped', words: 'no answer came in time' });
    const timer = setTimeout(
      () => end({ kind: 'dropped', words: `no answer came in ${STEP_MILLISECONDS / 1000} s` }),
      STEP_MILLISECONDS,
    );
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    socket.once('connect', () => end({ kind: 'open', socket }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isDropped = /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(error.code ?? '');
      end({ kind: isDropped ? 'dropped' : 'refused', words: reason(error) });
    });
  });
}

function describe(socket: TLSSocket, serverName: string, address: string): Handshake {
  const certificate = socket.getPeerCertificate(true);
  const [validFrom, validTo] = [new Date(certificate.valid_from), new Date(certificate.valid_to)];
  const names = (certificate.subjectaltname ?? '').split(', ').flatMap((entry) => /^DNS:(.+)$/.exec(entry)?.[1] ?? []);
  // In the order in which a reader can do something about it.
  const wrongName = checkServerIdentity(serverName, certificate);
  const chainWords = socket.authorized ? undefined : String(socket.authorizationError ?? '');
  const now = Date.now();
  const untrusted =
    validTo.getTime() < now
      ? 'expired'
      : validFrom.getTime() > now
        ? 'not-yet'
        : wrongName !== undefined
          ? 'name'
          : chainWords !== undefined
            ? 'chain'
            : undefined;
  return {
    kind: 'done',
    address,
    version: socket.getProtocol() ?? 'an unknown version',
    names,
    issuer:
      [certificate.issuer?.CN, certificate.issuer?.O].flat().find((one) => one !== undefined) ?? 'an unknown issuer',
    validFrom,
    validTo,
    chainLength: chainLength(certificate),
    untrusted,
    words: untrusted === 'name' ? (wrongName?.message ?? '') : (chainWords ?? ''),
  };
}

function chainLength(first: DetailedPeerCertificate): number {
  let length = 1;
  for (let one = first; one.issuerCertificate !== undefined && one.issuerCertificate !== one; length++) {
    one = one.issuerCertificate;
    if (length > 10) break;
  }
  return length;
}
