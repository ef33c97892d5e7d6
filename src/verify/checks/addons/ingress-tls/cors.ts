import type { IncomingHttpHeaders } from 'node:http';
import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress } from './entrance.ts';
import { alone } from './lane.ts';
import { ask, type Whom } from './probe.ts';

export const cors: Check = {
  id: 'ingress-tls-cors',
  title: 'Entrance: CORS',
  proves: 'A preflight of an allowed origin is answered with that origin, and one of another origin is not.',
  tags: ['ingress-tls', 'security'],
  needs: ['ingress-tls-ingress'],
  timeoutSeconds: 30,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address) => {
      const origins = originsOf(ingress);
      const [first] = origins;
      if (first === undefined)
        return { verdict: 'skip', evidence: `${ingress.host} is not for other origins (no CORS).` };
      const whom = { address, host: ingress.host, path: ingress.hints['health-path'] ?? '/' };
      const listed = await alone(world, () => preflight(whom, first, signal));
      const other = await alone(world, () => preflight(whom, STRANGER, signal));
      return judgeCors(ingress, first, listed, other);
    }),
};

const STRANGER = 'https://not-allowed.invalid';

function originsOf({ settings }: EntranceIngress): string[] {
  if (settings['enable-cors'] !== 'true') return [];
  return (settings['cors-allow-origin'] ?? '*').split(',').map((one) => one.trim());
}

async function preflight(whom: Whom, origin: string, signal: AbortSignal): Promise<IncomingHttpHeaders> {
  const headers = { origin, 'access-control-request-method': 'GET' };
  return (await ask(whom, signal, { method: 'OPTIONS', headers })).headers;
}

/** The verdict on the answers to a listed origin and to a strange one. */
export function judgeCors(
  { host, settings }: EntranceIngress,
  origin: string,
  listed: IncomingHttpHeaders,
  other: IncomingHttpHeaders,
): Result {
  const isOpen = origin === '*';
  const allowed = listed['access-control-allow-origin'];
  const credentials = listed['access-control-allow-credentials'] === 'true';
  if (isOpen && settings['cors-allow-credentials'] !== 'false') {
    return {
      verdict: 'fail',
      evidence: `${host} allows every origin, with credentials.`,
      cause: 'Any page could act for the people who are signed in.',
      fix: 'List the origins in `cors.origins`.',
    };
  }
  if (allowed !== origin) {
    return {
      verdict: 'fail',
      evidence: `The preflight of ${origin} at ${host} is answered with ${allowed === undefined ? 'no allowed origin' : allowed}.`,
      cause: 'Browsers keep pages of this origin from the service.',
      fix: 'Write origins as browsers send them: scheme, name, no slash at the end; then run the helm-deploy workflow.',
    };
  }
  const stranger = other['access-control-allow-origin'];
  if (!isOpen && stranger !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${host} allows the origin ${STRANGER}, too (${stranger}).`,
      cause: 'The service answers preflights itself, or a regular expression is too wide.',
      fix: 'Leave CORS to one of both.',
    };
  }
  const methods = listed['access-control-allow-methods'] ?? 'no methods';
  return {
    verdict: 'pass',
    evidence: `${host} allows ${origin} (${methods}${credentials ? ', with credentials' : ''}) and not ${STRANGER}.`,
  };
}
