import type { Check, Result } from '../../../check.ts';
import { bind } from '../../../turn/allocation.ts';
import { udpChannel } from '../../../turn/channel.ts';
import { type Relayed, relay } from './peer.ts';
import { access, ADDON, configuration, hostOf, noAccess, noHost, type Way, withServer } from './server.ts';

const LOAD = { packets: 20, size: 160, everyMilliseconds: 20 };

export const relays: Check = {
  id: 'turn-server-relay',
  title: 'The TURN server relays',
  proves:
    'With credentials made from the shared secret a relay is granted over UDP, TCP and (where it is on) TLS, a peer’s packets come through its port on the node’s own address, and answers go back.',
  tags: [ADDON],
  needs: ['turn-server-stun'],
  timeoutSeconds: 60,
  async run(world, signal): Promise<Result> {
    const host = hostOf(world);
    if (host === undefined) return noHost;
    const known = await access(world);
    if (known === undefined) return noAccess;
    const isTls = world.outputs.turn_server?.tls ?? (await configuration(world))?.has('tls-listening-port') ?? false;
    const ways: Way[] = ['udp', 'tcp', ...(isTls ? (['tls'] as const) : [])];
    const stun = { host, port: 3478 };
    const seen = await Promise.all(
      ways.map(async (way) => {
        const found = await withServer(host, way, signal, (channel) => relay(channel, stun, known.good, LOAD, signal));
        return [way, found] as const;
      }),
    );
    const isUdpHere = async () => {
      const channel = udpChannel(world.controlStun.host, world.controlStun.port, { milliseconds: 3000, signal });
      return (await bind(channel).finally(() => channel.close())).kind === 'granted';
    };
    return judge(host, seen, isUdpHere);
  },
};

/** The verdict on what came through each way. */
export async function judge(
  host: string,
  seen: readonly (readonly [Way, Relayed | undefined])[],
  isUdpHere: () => Promise<boolean>,
): Promise<Result> {
  for (const [way, found] of seen) {
    if (found === undefined) continue;
    const { allocation, peerRefused } = found;
    if (peerRefused !== undefined) {
      return {
        verdict: 'inconclusive',
        evidence: `${host} grants a relay over ${way}, but does not relay to ${peerRefused}, from where it sees this machine.`,
        cause:
          'The address is among those to which it must not relay: verify runs inside, or a range of `deniedPeers` is too wide.',
        fix: 'Run verify from outside of the network; if this is outside, correct `deniedPeers`.',
      };
    }
    if (allocation.kind === 'refused') {
      const isCredentials = allocation.code === 401;
      return {
        verdict: 'fail',
        evidence: `${host} refuses a relay over ${way}: ${allocation.code} ${allocation.reason}.`,
        cause: isCredentials
          ? 'The secret in Secret Manager is not the one that the pods run with, or the server has another kind of credentials.'
          : allocation.code === 486
            ? 'The quota of sessions is used up.'
            : 'The server does not want to relay; its log says why.',
        fix: isCredentials
          ? 'Run helm-deploy with the input `secrets`, which rolls the pods to the present secret; for a static user name `user=` in the input addons.'
          : 'Look at the pod’s log at this time, and at `limits` in the values.',
      };
    }
  }
  const deaf = seen.filter(([, found]) => found === undefined || found.inward === 0 || found.outward === 0);
  if (deaf.length === 0) {
    const words = seen.map(([way, found]) => `${way} ${found?.outward}/${found?.sent}`);
    const relayed = seen.flatMap(([, found]) =>
      found?.allocation.kind === 'granted' ? [found.allocation.value.relayed] : [],
    );
    return {
      verdict: 'pass',
      evidence: `Packets that came through ${host} and back: ${words.join(', ')}; relays at ${relayed.join(', ')}.`,
    };
  }
  const [way, found] = deaf[0] ?? [];
  if (!(await isUdpHere())) {
    return {
      verdict: 'inconclusive',
      evidence: `Nothing came through a relay over ${way}, and this machine cannot use UDP at all.`,
      cause: 'A peer sends over UDP, which this machine’s network forbids.',
      fix: 'Run verify from elsewhere.',
    };
  }
  const at = found?.allocation.kind === 'granted' ? found.allocation.value.relayed : undefined;
  return {
    verdict: 'fail',
    evidence:
      at === undefined
        ? `${host} granted no relay over ${way}.`
        : `${host} grants a relay over ${way} at ${at}, and of ${found?.sent} packets to it ${found?.inward} came through and ${found?.outward} back.`,
    cause:
      at === undefined
        ? 'The server does not answer there.'
        : 'The relay range is closed in the firewall, or the address that the server tells is not its node’s own.',
    fix: 'Apply Terraform, whose `addons.turn_server.relay_ports` opens the range; see what the check turn-server-range says, and EXTERNAL_IP in the Secret.',
  };
}
