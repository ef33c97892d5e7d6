import type { Check, Result } from '../check.ts';
import { allocate, type Answer, permit, release } from '../turn/allocation.ts';
import { offeredServers, withTurnServer } from '../turn/offered.ts';
import { turnIsOff } from './turn-credentials.ts';

/** Where nobody may be led to through the relay, each also as an IPv4-mapped IPv6 address. */
export const FORBIDDEN_PEERS: readonly { readonly kind: string; readonly address: string }[] = [
  { kind: 'private', address: '10.0.0.1' },
  { kind: 'private', address: '172.16.0.1' },
  { kind: 'private', address: '192.168.0.1' },
  { kind: 'loopback', address: '127.0.0.1' },
  { kind: 'link-local', address: '169.254.1.1' },
  { kind: 'metadata', address: '169.254.169.254' },
].flatMap(({ kind, address }) => [
  { kind, address },
  { kind: `${kind}, as IPv6`, address: `::ffff:${address}` },
]);

export const turnRelay: Check = {
  id: 'turn-relay',
  title: 'TURN relays to the world only',
  proves:
    'The TURN server refuses to relay to private, loopback, link-local and metadata addresses, also when they are written as IPv4-mapped IPv6: nobody reaches the cluster’s inside through it.',
  tags: ['turn', 'security'],
  needs: ['signal-join'],
  timeoutSeconds: 60,
  async run(world, signal): Promise<Result> {
    const offered = await offeredServers(world, signal);
    const { credentials } = offered;
    if (credentials === undefined) return turnIsOff;
    return withTurnServer(world, offered, signal, async (channel, where) => {
      const relay = await allocate(channel, credentials);
      if (relay.kind !== 'granted') {
        return {
          verdict: 'inconclusive',
          evidence: `${where} granted no relay (${relay.kind === 'refused' ? `${relay.code} ${relay.reason}` : 'no answer'}).`,
          cause: 'Without a relay there is nothing to ask for.',
          fix: 'See what the check turn-credentials says.',
        };
      }
      const { session } = relay.value;
      try {
        const answers: Tried[] = [];
        for (const peer of FORBIDDEN_PEERS) {
          for (const way of ['permission', 'channel'] as const) {
            const target = { address: peer.address, port: 80 };
            const answer = await permit(channel, session, target, way);
            answers.push({ ...peer, way, answer });
          }
        }
        return judgePeers(where, offered.version, answers);
      } finally {
        await release(channel, session);
      }
    });
  },
};

export interface Tried {
  readonly kind: string;
  readonly address: string;
  readonly way: 'permission' | 'channel';
  readonly answer: Answer<true>;
}

/** The verdict on what became of each forbidden peer. */
export function judgePeers(where: string, version: string, answers: readonly Tried[]): Result {
  const granted = [...new Set(answers.filter(({ answer }) => answer.kind === 'granted').map(({ address }) => address))];
  if (granted.length > 0) {
    const isOld = /^(0|1\.([0-9]|10|11))\./.test(version);
    return {
      verdict: 'fail',
      evidence: `The TURN server of LiveKit ${version} at ${where} relays to ${granted.join(', ')}.`,
      cause: isOld
        ? 'LiveKit below 1.12 does not look at whom it relays to: everybody with a token reaches the nodes’ inside, and Google’s metadata server.'
        : 'The configuration allows it (`turn.allow_restricted_peer_cidrs`), or the image is not LiveKit’s own.',
      fix: isOld
        ? 'Deploy LiveKit 1.12 or newer; name the check in `accept` where an old one is on purpose.'
        : 'Take `livekit.turn.allow_restricted_peer_cidrs` out of the values, and deploy.',
    };
  }
  const silent = answers.filter(({ answer }) => answer.kind === 'silent');
  if (silent.length > 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${where} did not answer ${silent.length} of ${answers.length} requests, for ${silent[0]?.address} among others.`,
      cause: 'Answers got lost on the way, or the server stopped answering this client.',
      fix: 'Run verify again.',
    };
  }
  const codes = [...new Set(answers.map(({ answer }) => (answer.kind === 'refused' ? answer.code : 0)))];
  return {
    verdict: 'pass',
    evidence: `${where} refuses to relay to ${FORBIDDEN_PEERS.length} private, loopback, link-local and metadata addresses (${codes.join(', ')}).`,
  };
}
