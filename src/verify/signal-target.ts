import { verifyFailures } from './failures.ts';
import type { SignalTarget } from './world.ts';

/** The input `signal-url`: empty for the environment's domain, `pod`, or an address. Throws LK-VERIFY-004. */
export function parseSignalTarget(input: string | undefined, domain: string): SignalTarget {
  if (input === 'pod') return { kind: 'pod' };
  const text = input ?? `wss://${domain}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
    throw verifyFailures.failure('signalUrl', { what: `${JSON.stringify(text)} is no address for signalling.` });
  }
  return { kind: 'address', url };
}
