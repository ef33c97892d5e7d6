import { isIPv4 } from 'node:net';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import type { Finding } from '../preflight/rule.ts';
import { at, type Values } from '../values/tree.ts';
import type { Addon, AddonContext } from './addon.ts';

/** The firewall opens just the range that Terraform knows: what coturn relays elsewhere never arrives. */
function relayRange({ values, outputs }: AddonContext): Finding[] {
  const firewall = outputs?.turn_server?.relay_ports;
  if (firewall === undefined) return [];
  const [min, max] = [at(values, ['relay', 'minPort']), at(values, ['relay', 'maxPort'])];
  if (min === firewall.min && max === firewall.max) return [];
  return [
    {
      kind: 'relayRange',
      level: 'error',
      what: `The relay range is ${String(min)}-${String(max)}, and the firewall’s is ${firewall.min}-${firewall.max}.`,
      path: ['relay', min === firewall.min ? 'maxPort' : 'minPort'],
    },
  ];
}

/** Without what Terraform makes for it there is no pool to run on and no open port. */
function cloudPart({ outputs, values }: AddonContext): Finding[] {
  if (outputs === undefined || (outputs.turn_server !== undefined && outputs.turn_server !== null)) return [];
  const selector = at(values, ['nodeSelector', 'livekit-gke/pool']);
  if (selector !== 'turn-server') return [];
  return [
    {
      kind: 'turnPool',
      level: 'error',
      what: 'The environment has no node pool, no firewall rules and no address for a TURN server.',
      path: ['nodeSelector'],
    },
  ];
}

/** A pod on LiveKit's nodes would fight it for 3478 and 5349. */
function ownPool({ values }: AddonContext): Finding[] {
  if (at(values, ['nodeSelector', 'livekit-gke/pool']) !== 'livekit') return [];
  return [
    {
      kind: 'turnPool',
      level: 'error',
      what: 'The TURN server is to run on LiveKit’s nodes, whose ports 3478 and 5349 LiveKit takes.',
      path: ['nodeSelector', 'livekit-gke/pool'],
      fix: 'Leave `nodeSelector` and `tolerations` to the chart, which has the pool turn-server.',
    },
  ];
}

/** More pods than nodes: the rest would stay Pending for ever. */
function replicas({ values, outputs }: AddonContext): Finding[] {
  const [count, most] = [at(values, ['replicaCount']), outputs?.turn_server?.max_nodes];
  if (most === undefined || typeof count !== 'number' || count <= most) return [];
  return [
    {
      kind: 'turnPool',
      level: 'error',
      what: `\`replicaCount\` is ${count}, and the pool has ${most} nodes at most; each pod takes one.`,
      path: ['replicaCount'],
      fix: 'Raise `max_nodes` of `addons.turn_server` in Terraform, or have fewer replicas.',
    },
  ];
}

const WANTED = { ephemeral: ['TURN_AUTH_SECRET'], static: ['TURN_USER', 'TURN_PASSWORD'] } as const;
const FOREIGN = { ephemeral: ['TURN_PASSWORD', 'TURN_USER'], static: ['TURN_AUTH_SECRET'] } as const;

/** The pod would refuse to start; here it is seen before anything is changed. */
function credentials({ values, secrets }: AddonContext): Finding[] {
  const mode = at(values, ['auth', 'mode']);
  const name = at(values, ['auth', 'secretName']);
  if ((mode !== 'ephemeral' && mode !== 'static') || typeof name !== 'string') return [];
  const keys = secrets?.get(name);
  if (keys === undefined) return [];
  const finding = (what: string): Finding => ({
    kind: 'turnCredentials',
    level: 'error',
    what,
    path: ['auth', 'mode'],
  });
  const missing = WANTED[mode].filter((key) => !keys.includes(key));
  const foreign = FOREIGN[mode].filter((key) => keys.includes(key));
  return [
    ...missing.map((key) => finding(`\`auth.mode\` is ${mode}, and the Secret ${name} has no ${key}.`)),
    ...foreign.map((key) => finding(`\`auth.mode\` is ${mode}, and the Secret ${name} has ${key} beside it.`)),
  ];
}

/** `10.0.0.0/20` as coturn takes it, `10.0.0.0-10.0.15.255`; `undefined` for what is no range of IPv4. */
export function firstToLast(range: string): string | undefined {
  const [address = '', length = '32'] = range.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  const written = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  return `${written(first)}-${written(first + size - 1)}`;
}

function facts({ turn_server: turn }: EnvironmentOutputs): Values | undefined {
  if (turn === undefined || turn === null) return undefined;
  return {
    relay: { minPort: turn.relay_ports.min, maxPort: turn.relay_ports.max },
    clusterRanges: turn.denied_ranges.flatMap((range) => firstToLast(range) ?? []),
    // A session takes a port: no more of them than there are.
    limits: { totalQuota: Math.min(1000, turn.relay_ports.max - turn.relay_ports.min + 1) },
    service: { addressName: turn.address_name },
    ...(turn.tls && { tls: { enabled: true } }),
  };
}

/** A TURN server of its own, beside LiveKit. */
export const turnServer: Addon = {
  name: 'turn-server',
  facts,
  rules: [relayRange, cloudPart, ownPool, replicas, credentials],
};
