import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress, numberSetting } from './entrance.ts';
import { alone, heldNow } from './lane.ts';
import { openWebSocket, type OpenSocket } from './probe.ts';

export const connections: Check = {
  id: 'ingress-tls-connections',
  title: 'Entrance: limit of connections',
  proves: 'One client address has no more connections open at once than the limit: the next one gets 429.',
  tags: ['ingress-tls'],
  needs: ['ingress-tls-health'],
  timeoutSeconds: 60,
  run: (world, signal) =>
    eachIngress(world, async (ingress, address, { readyReplicas }) => {
      const limit = numberSetting(ingress, 'limit-connections');
      const path = ingress.hints['web-socket-path'];
      if (limit === undefined) return { verdict: 'skip', evidence: `${ingress.host} limits no connections.` };
      if (path === undefined || limit * readyReplicas > MOST) {
        return {
          verdict: 'skip',
          evidence: `${ingress.host} ${path === undefined ? 'names no WebSocket that could be held open' : `lets ${limit * readyReplicas} connections through; so many are not tried`}.`,
        };
      }
      const whom = { address, host: ingress.host, path };
      const seen = await alone(world, () => fill(limit * readyReplicas + 1, () => openWebSocket(whom, signal)), true);
      return judgeConnections(ingress, { limit, replicas: readyReplicas, held: heldNow(world) }, seen);
    }),
};

const MOST = 80;

/** What became of so many connections, all open at the same time. */
export interface Filled {
  readonly open: number;
  readonly refused: number;
  /** Other answers than 101 and 429. */
  readonly odd: readonly number[];
}

async function fill(count: number, open: () => ReturnType<typeof openWebSocket>): Promise<Filled> {
  const sockets: OpenSocket[] = [];
  const statuses: number[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const opened = await open();
      if ('socket' in opened) sockets.push(opened.socket);
      else statuses.push(opened.status);
    }
    const odd = statuses.filter((status) => status !== 429);
    return { open: sockets.length, refused: statuses.length - odd.length, odd };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

/**
 * The verdict. The load balancer chooses the replica of a connection: with one more than all replicas take together at
 * least one must be refused, wherever they went.
 */
export function judgeConnections(
  { host }: EntranceIngress,
  { limit, replicas, held }: { readonly limit: number; readonly replicas: number; readonly held: number },
  { open, refused, odd }: Filled,
): Result {
  const words = `Of ${open + refused + odd.length} WebSockets to ${host} at once ${open} opened and ${refused} got 429 (${limit} for an address, ${replicas} replicas${held > 0 ? `, ${held} was open already` : ''})`;
  if (odd.length > 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${words}, ${odd.length} others ${String(odd[0])}.`,
      cause: 'The service does not open WebSockets on this path.',
      fix: 'Give the right `verify.webSocketPath` in the values of the Ingress.',
    };
  }
  if (refused === 0 || open > limit * replicas) {
    return {
      verdict: 'fail',
      evidence: `${words}.`,
      cause: 'The limit does not hold: a Traefik before 3.7, or it sees another address for each connection.',
      fix: 'Deploy the add-on anew; see that its Service has externalTrafficPolicy Local.',
    };
  }
  if (open + held < limit) {
    return {
      verdict: 'warn',
      evidence: `${words}.`,
      cause:
        'Fewer than the limit allows: others behind the same address have connections open, or Traefik sees one address for all clients.',
      fix: 'See that the Service of the add-on has externalTrafficPolicy Local; verify from another network.',
    };
  }
  return { verdict: 'pass', evidence: `${words}.` };
}
