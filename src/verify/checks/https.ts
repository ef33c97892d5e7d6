import type { Check, Result } from '../check.ts';
import { request } from '../http.ts';
import { handshake } from '../tls/handshake.ts';
import { judgeCertificate } from '../tls/judge.ts';

export const https: Check = {
  id: 'https',
  title: 'HTTPS of the signal domain',
  proves:
    'The signal address serves TLS with a certificate for it that clients trust, valid for long enough; TLS below 1.2 is refused, and plain HTTP is redirected.',
  tags: ['tls', 'certificates', 'load-balancer'],
  needs: [],
  timeoutSeconds: 30,
  converges: true,
  async run(world, signal): Promise<Result> {
    const { signalTarget } = world;
    if (signalTarget.kind === 'pod' || signalTarget.url.protocol !== 'wss:') {
      return {
        verdict: 'skip',
        evidence: 'Signalling is tried without TLS, on this machine or through the cluster’s API.',
        cause: 'The input `signal-url` says so.',
        fix: 'Leave it empty to verify what clients use.',
      };
    }
    const { hostname: host, port } = signalTarget.url;
    const target = {
      host,
      port: Number(port || 443),
      serverName: host,
      authorities: world.turnTarget.authorities,
    };
    const met = await handshake(target, signal);
    const old = met.kind === 'done' ? await handshake({ ...target, maxVersion: 'TLSv1.1' }, signal) : undefined;
    const result = judgeCertificate(met, old, target, 'signal', world.thresholds.certificateDays);
    if (result.verdict !== 'pass' || target.port !== 443) return { ...result, final: met.kind === 'done' };
    const plain = await request(`http://${host}/`, signal).then(
      ({ status }) => status,
      () => undefined,
    );
    return judgeRedirect(result, host, plain);
  },
};

/** Adds to a good certificate what became of plain HTTP: its status, or undefined when nothing answers. */
export function judgeRedirect(good: Result, host: string, plain: number | undefined): Result {
  if (plain === undefined) return { ...good, evidence: `${good.evidence} Nothing serves plain HTTP.` };
  if (plain >= 300 && plain < 400)
    return { ...good, evidence: `${good.evidence} Plain HTTP is redirected (${plain}).` };
  return {
    verdict: 'warn',
    evidence: `${good.evidence} http://${host}/ answers with status ${plain} instead of a redirect.`,
    cause:
      'The FrontendConfig is missing or not attached: a client with a wrong address would send its token in the open.',
    fix: 'Run the helm-deploy workflow; the companion chart makes the FrontendConfig (`redirectToHttps`).',
  };
}
