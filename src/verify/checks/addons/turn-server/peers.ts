import type { Check, Result } from '../../../check.ts';
import { allocate, permit, release } from '../../../turn/allocation.ts';
import { FORBIDDEN_PEERS } from '../../turn-relay.ts';
import { access, ADDON, hostOf, noAccess, noHost, withServer } from './server.ts';

export const peers: Check = {
  id: 'turn-server-peers',
  title: 'The TURN server leads nobody inside',
  proves:
    'It refuses to relay to private, loopback, link-local and metadata addresses and to the cluster’s own ranges, also when they are written as IPv4-mapped IPv6.',
  tags: [ADDON, 'security'],
  needs: ['turn-server-relay'],
  timeoutSeconds: 90,
  async run(world, signal): Promise<Result> {
    const host = hostOf(world);
    if (host === undefined) return noHost;
    const known = await access(world);
    if (known === undefined) return noAccess;
    const cluster = (world.outputs.turn_server?.denied_ranges ?? []).map((range) => range.replace(/\.\d+\/\d+$/, '.9'));
    const asked = [...FORBIDDEN_PEERS.map(({ address }) => address), ...cluster];
    const seen = await withServer(host, 'udp', signal, async (channel) => {
      const relay = await allocate(channel, known.good);
      if (relay.kind !== 'granted') return undefined;
      try {
        const found: { address: string; kind: string }[] = [];
        for (const address of asked) {
          for (const way of ['permission', 'channel'] as const) {
            const { kind } = await permit(channel, relay.value.session, { address, port: 80 }, way);
            found.push({ address, kind });
          }
        }
        return found;
      } finally {
        await release(channel, relay.value.session);
      }
    });
    return judge(host, asked.length, seen);
  },
};

export function judge(
  host: string,
  asked: number,
  seen: readonly { address: string; kind: string }[] | undefined,
): Result {
  const granted = [...new Set(seen?.filter(({ kind }) => kind === 'granted').map(({ address }) => address))];
  if (granted.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${host} relays to ${granted.join(', ')}.`,
      cause: 'Whoever has credentials reaches the nodes’ inside, pods, and Google’s metadata server.',
      fix: 'Take the chart’s own `deniedPeers`, and an image of coturn 4.15 or newer; deploy.',
    };
  }
  if (seen === undefined || seen.some(({ kind }) => kind === 'silent')) {
    return {
      verdict: 'inconclusive',
      evidence: `${host} granted no relay, or did not answer all requests.`,
      cause: 'Answers got lost on the way.',
      fix: 'Run verify again; see what the check turn-server-relay says.',
    };
  }
  return {
    verdict: 'pass',
    evidence: `${host} refuses ${asked} private, loopback, link-local, metadata and cluster addresses, each in two ways.`,
  };
}
