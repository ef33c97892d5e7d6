import type { Check, Result } from '../check.ts';
import { daysLeft, judgeCertificate } from '../tls/judge.ts';
import { handshake } from '../tls/handshake.ts';

export const turnTls: Check = {
  id: 'turn-tls',
  title: 'TURN domain and certificate',
  proves:
    'The TURN domain leads to a TLS server at 443 with a certificate for it that clients trust, valid for long enough, and TLS below 1.2 is refused.',
  tags: ['turn', 'tls', 'certificates'],
  needs: [],
  timeoutSeconds: 30,
  converges: true,
  async run(world, signal): Promise<Result> {
    const met = await handshake(world.turnTarget, signal);
    const old =
      met.kind === 'done' ? await handshake({ ...world.turnTarget, maxVersion: 'TLSv1.1' }, signal) : undefined;
    const result = judgeCertificate(met, old, world.turnTarget, 'TURN', world.thresholds.certificateDays);
    // Waiting helps DNS and load balancers, never a certificate that is there.
    return { ...result, final: met.kind === 'done' && daysLeft(met.validTo) !== undefined };
  },
};
