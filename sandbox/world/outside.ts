import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../command.ts';
import {
  BRIDGE,
  GLOBAL_ADDRESSES,
  REGIONAL_ADDRESSES,
  WORLD_CLIENT,
  WORLD_DEVICE,
  WORLD_DNS,
  WORLD_GATEWAY,
  WORLD_HEALTH_CHECK,
  WORLD_NAMESPACE,
} from '../kubernetes/plan.ts';
import { ruleset } from './firewall.ts';
import type { WorldRecord } from './record.ts';

const TABLE = 'livekit_gke_world';

/** What of the host itself the outside reaches: its DNS server, and load balancers on reserved addresses. */
const OPEN = [
  `ip daddr ${WORLD_DNS} meta l4proto { tcp, udp } th dport 53`,
  `ip daddr { ${GLOBAL_ADDRESSES}, ${REGIONAL_ADDRESSES} }`,
];

/** The rules that the record asks for, to be loaded with `loadRules`. */
export function rulesFor(record: WorldRecord): string {
  return ruleset(TABLE, record, OPEN);
}

/** Replaces all rules at once: there is no moment without any. */
export async function loadRules(rules: string): Promise<void> {
  await run('nft', ['-f', '-'], { input: rules });
}

/** Makes the outside, once the bridge is there. The rules stand before the way in is open. */
export async function createOutside(directory: string, record: WorldRecord): Promise<void> {
  await loadRules(rulesFor(record));
  mkdirSync(join(directory, 'world'), { recursive: true });
  writeFileSync(join(directory, 'world', 'resolv.conf'), `nameserver ${WORLD_DNS}\n`);
  if (existsSync(`/run/netns/${WORLD_NAMESPACE}`) && existsSync(`/sys/class/net/${WORLD_DEVICE}`)) return;
  await attempt('ip', ['netns', 'delete', WORLD_NAMESPACE]);
  await run('ip', ['netns', 'add', WORLD_NAMESPACE]);
  await run('ip', ['-batch', '-'], {
    input: [
      `link add ${WORLD_DEVICE} type veth peer name eth0 netns ${WORLD_NAMESPACE}`,
      `address add ${WORLD_GATEWAY}/24 dev ${WORLD_DEVICE}`,
      `address add ${WORLD_DNS}/24 dev ${WORLD_DEVICE}`,
      `link set ${WORLD_DEVICE} up`,
      `route add ${WORLD_HEALTH_CHECK} dev ${WORLD_DEVICE}`,
    ].join('\n'),
  });
  await run('ip', ['-n', WORLD_NAMESPACE, '-batch', '-'], {
    input: [
      'link set lo up',
      `address add ${WORLD_CLIENT}/24 dev eth0`,
      `address add ${WORLD_HEALTH_CHECK}/32 dev eth0`,
      'link set eth0 up',
      `route add default via ${WORLD_GATEWAY}`,
    ].join('\n'),
  });
  // Of these two devices only: the machine itself must not become a router.
  for (const device of [WORLD_DEVICE, BRIDGE]) {
    writeFileSync(`/proc/sys/net/ipv4/conf/${device}/forwarding`, '1');
    writeFileSync(`/proc/sys/net/ipv4/conf/${device}/send_redirects`, '0');
  }
}

/** Put before a program, this makes it a program of the outside: with its network and its DNS. */
export function inWorld(directory: string): string[] {
  const resolv = join(directory, 'world', 'resolv.conf');
  return [
    ...['nsenter', `--net=/run/netns/${WORLD_NAMESPACE}`, '--', 'unshare', '--mount', '--propagation', 'private', '--'],
    ...['sh', '-c', `mount --bind '${resolv}' /etc/resolv.conf && exec "$@"`, 'sh'],
  ];
}

/** Removes the outside; what is not there is no error. */
export async function removeOutside(): Promise<void> {
  if (existsSync(`/run/netns/${WORLD_NAMESPACE}`)) await attempt('ip', ['netns', 'delete', WORLD_NAMESPACE]);
  if (existsSync(`/sys/class/net/${WORLD_DEVICE}`)) await attempt('ip', ['link', 'delete', WORLD_DEVICE]);
  if (await hasTable()) await attempt('nft', ['delete', 'table', 'inet', TABLE]);
}

/** What of the outside is still there, one sentence each. */
export async function outsideLeftovers(): Promise<string[]> {
  const found: string[] = [];
  if (existsSync(`/run/netns/${WORLD_NAMESPACE}`)) found.push(`network namespace ${WORLD_NAMESPACE}`);
  if (existsSync(`/sys/class/net/${WORLD_DEVICE}`)) found.push(`network device ${WORLD_DEVICE}`);
  if (await hasTable()) found.push(`nftables table ${TABLE}`);
  return found;
}

async function hasTable(): Promise<boolean> {
  try {
    return (await attempt('nft', ['list', 'tables'])).stdout.includes(TABLE);
  } catch (error) {
    // A machine without nftables has no table.
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return false;
    throw error;
  }
}
