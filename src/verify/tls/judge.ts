import type { Result } from '../check.ts';
import type { Handshake, Target } from './handshake.ts';
import { certificateTrouble } from './trouble.ts';

/** Whole days from now to a time; negative when it has passed. */
export function daysLeft(until: Date, now = new Date()): number {
  return Math.floor((until.getTime() - now.getTime()) / 86_400_000);
}

/** The verdict on a TLS server; `old` is what became of a handshake below TLS 1.2. */
export function judgeCertificate(
  met: Handshake,
  old: Handshake | undefined,
  target: Pick<Target, 'host' | 'port' | 'serverName'>,
  kind: 'TURN' | 'signal',
  days: number,
): Result {
  const trouble = certificateTrouble(met, target, kind);
  if (trouble !== undefined || met.kind !== 'done') return trouble ?? { verdict: 'fail', evidence: 'No handshake.' };
  const left = daysLeft(met.validTo);
  const evidence = `${target.host}:${target.port} (${met.address}) speaks ${met.version} with a certificate for ${met.names.join(', ')} by ${met.issuer}, ${left} days left`;
  if (left < days) {
    return {
      verdict: 'warn',
      evidence: `${evidence}.`,
      cause: `It ends on ${met.validTo.toISOString().slice(0, 10)}, and fewer than ${days} days are left.`,
      fix:
        kind === 'TURN'
          ? 'See why the workflow turn-cert has not renewed it, and run it.'
          : 'Google renews it by itself; look at `kubectl describe managedcertificate`.',
    };
  }
  if (old?.kind === 'done') {
    return {
      verdict: 'warn',
      evidence: `${evidence}; it also accepts ${old.version}.`,
      cause: 'TLS below 1.2 is broken, and no client of LiveKit needs it.',
      fix:
        kind === 'TURN'
          ? 'Run an unchanged LiveKit: it accepts 1.2 and newer only.'
          : 'Give the FrontendConfig an SSL policy with at least TLS 1.2.',
    };
  }
  return { verdict: 'pass', evidence: `${evidence}; older versions than 1.2 are refused.` };
}
