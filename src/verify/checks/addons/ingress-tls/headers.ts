import type { IncomingHttpHeaders } from 'node:http';
import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress, headersOf } from './entrance.ts';
import { alone } from './lane.ts';
import { ask } from './probe.ts';

export const headers: Check = {
  id: 'ingress-tls-headers',
  title: 'Entrance: security headers',
  proves: 'Every answer has the six security headers, each with the value that was deployed.',
  tags: ['ingress-tls', 'security'],
  needs: ['ingress-tls-ingress'],
  timeoutSeconds: 30,
  converges: true,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address) => {
      const path = ingress.hints['health-path'] ?? '/';
      const wanted = await headersOf(world, ingress);
      const answer = await alone(world, () => ask({ address, host: ingress.host, path }, signal));
      return judgeHeaders(ingress, wanted, answer.headers);
    }),
};

/** What no answer to a browser should be without. */
const NEEDED = [
  'Strict-Transport-Security',
  'Content-Security-Policy',
  'X-Frame-Options',
  'X-Content-Type-Options',
  'Referrer-Policy',
  'Permissions-Policy',
];

/** The verdict on the headers of an answer; `wanted` are those that were deployed. */
export function judgeHeaders(
  { host }: EntranceIngress,
  wanted: Readonly<Record<string, string>>,
  seen: IncomingHttpHeaders,
): Result {
  const of = (name: string) => seen[name.toLowerCase()];
  const missing = [...new Set([...NEEDED, ...Object.keys(wanted)])].filter((name) => of(name) === undefined);
  if (missing.length > 0) {
    return {
      verdict: 'fail',
      evidence: `Answers of ${host} lack ${missing.join(', ')}.`,
      cause: 'They are not in `headers` of the Ingress, or its ConfigMap was changed by hand.',
      fix: 'Give them in the values (values-messaging.yaml has all six), and run the helm-deploy workflow.',
    };
  }
  const other = Object.entries(wanted).find(([name, value]) => of(name) !== value);
  if (other !== undefined) {
    const [name, value] = other;
    return {
      verdict: 'fail',
      evidence: `${host} answers with ${name}: ${String(of(name))}; deployed was ${value}.`,
      cause: 'The service sets the header, too, or Traefik has not taken up the ConfigMap.',
      fix: 'Let one of both set it; read Traefik’s log.',
    };
  }
  const seconds = Number(/max-age=(\d+)/.exec(of('Strict-Transport-Security')?.toString() ?? '')?.[1] ?? 0);
  if (seconds < 15_552_000) {
    return {
      verdict: 'warn',
      evidence: `${host} has all headers, with Strict-Transport-Security for ${seconds} s.`,
      cause: 'Browsers forget it in less than half a year.',
      fix: 'Set max-age=31536000 once HTTPS is there to stay.',
    };
  }
  return { verdict: 'pass', evidence: `${host} sends ${NEEDED.join(', ')}.` };
}
