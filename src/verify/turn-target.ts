import { verifyFailures } from './failures.ts';
import type { TurnTarget, World } from './world.ts';

const HOST_PORT = /^(?<host>\[[\da-f:.]+\]|[a-z0-9.-]+):(?<port>\d{1,5})$/i;

/**
 * The input `turn-address`: empty for the environment's TURN domain at 443, where LiveKit sends its clients, else
 * `host:port`; the certificate must be for the TURN domain all the same. Throws LK-VERIFY-009.
 */
export function parseTurnTarget(input: string | undefined, domain: string): TurnTarget {
  return { serverName: domain, ...hostAndPort('turn-address', input ?? `${domain}:443`) };
}

/** The input `stun-server`, `host:port`. Throws LK-VERIFY-009. */
export function parseStunServer(input: string | undefined): World['controlStun'] {
  return hostAndPort('stun-server', input ?? 'stun.l.google.com:19302');
}

function hostAndPort(name: string, text: string): { host: string; port: number } {
  const { host, port } = HOST_PORT.exec(text)?.groups ?? {};
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw verifyFailures.failure('address', {
      what: `The input ${name} is ${JSON.stringify(text)}, which is no host:port.`,
    });
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
