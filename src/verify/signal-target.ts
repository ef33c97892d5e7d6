import { verifyFailures } from './failures.ts';
import type { SignalTarget } from './world.ts';

/**
 * The input `signal-url`: empty for the environment's domain, `pod`, or an address. Throws LK-VERIFY-004. Whoever reads the
 * traffic would get a token that is valid for a minute, so without TLS only this machine is reached.
 */
export function parseSignalTarget(input: string | undefined, domain: string): SignalTarget {
  if (input === 'pod') return { kind: 'pod' };
  const text = input ?? `wss://${domain}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
    throw verifyFailures.failure('signalUrl', { what: `${JSON.stringify(text)} is no address for signalling.` });
  }
  if (url.protocol === 'ws:' && !/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)) {
    throw verifyFailures.failure('signalUrl', {
      what: `${JSON.stringify(text)} has no TLS: a token would cross the network in the open.`,
    });
  }
  return { kind: 'address', url };
}
