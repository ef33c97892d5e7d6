import { existsSync, readFileSync } from 'node:fs';
import { attempt, run } from '../command.ts';
import {
  BRIDGE,
  BRIDGE_ADDRESS,
  DNS_ADDRESS,
  EXTERNAL_RANGE,
  GLOBAL_ADDRESSES,
  MACHINES,
  SERVICE_RANGE,
  WORLD_HEALTH_CHECK,
  WORLD_RANGE,
  type Machine,
} from './plan.ts';

/** Table of the only rule that the sandbox sets on the machine itself. */
const TABLE = 'livekit_gke_sandbox';

/** Makes the bridge and a namespace for each machine. What is there already is kept. */
export async function createNetwork(directory: string, apiServerPort: number): Promise<void> {
  await run('ip', ['-batch', '-'], { input: bridgeCommands(directory) });
  await Promise.all(MACHINES.map(createNamespace));
  await run('ip', ['-batch', '-'], {
    input: MACHINES.map(({ podRange, address }) => `route replace ${podRange} via ${address}`).join('\n'),
  });
  // The API server must listen on all addresses (an action reaches it on loopback, nodes on the bridge): nobody else may.
  await run('nft', ['-f', '-'], {
    input: `table inet ${TABLE} {}
delete table inet ${TABLE}
table inet ${TABLE} {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != { "lo", "${BRIDGE}" } tcp dport ${apiServerPort} drop
  }
}`,
  });
}

function bridgeCommands(directory: string): string {
  const commands = [
    // The alias tells which sandbox the bridge belongs to: there can be one on a machine.
    `link set ${BRIDGE} alias ${directory}`,
    `address replace ${BRIDGE_ADDRESS}/24 dev ${BRIDGE}`,
    `address replace ${DNS_ADDRESS}/24 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
  ];
  return (existsSync(`/sys/class/net/${BRIDGE}`) ? commands : [`link add ${BRIDGE} type bridge`, ...commands]).join(
    '\n',
  );
}

async function createNamespace(machine: Machine, index: number): Promise<void> {
  const { namespace, address } = machine;
  const outside = vethName(index);
  if (existsSync(`/run/netns/${namespace}`) && existsSync(`/sys/class/net/${outside}`)) return;
  await attempt('ip', ['netns', 'delete', namespace]);
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['-batch', '-'], {
    input: [
      `link add ${outside} type veth peer name eth0 netns ${namespace}`,
      `link set ${outside} master ${BRIDGE} up`,
    ].join('\n'),
  });
  const others = MACHINES.filter((other) => other !== machine);
  await run('ip', ['-n', namespace, '-batch', '-'], {
    input: [
      'link set lo up',
      `address add ${address}/24 dev eth0`,
      'link set eth0 up',
      // Without a route a process of the node itself could not even send to a Service's address.
      `route add ${SERVICE_RANGE} via ${BRIDGE_ADDRESS}`,
      ...[WORLD_RANGE, WORLD_HEALTH_CHECK, EXTERNAL_RANGE, GLOBAL_ADDRESSES].map(
        (range) => `route add ${range} via ${BRIDGE_ADDRESS}`,
      ),
      ...others.map((other) => `route add ${other.podRange} via ${other.address}`),
    ].join('\n'),
  });
  await run('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
}

/** Removes bridge, namespaces and rules; what is not there is no error. */
export async function removeNetwork(): Promise<void> {
  await Promise.all(MACHINES.map(({ namespace }) => ask('ip', ['netns', 'delete', namespace])));
  for (const [index] of MACHINES.entries()) await ask('ip', ['link', 'delete', vethName(index)]);
  await ask('ip', ['link', 'delete', BRIDGE]);
  await ask('nft', ['delete', 'table', 'inet', TABLE]);
}

/** Runs a program; on a machine that does not have it yet nothing of its making can be there, so it has nothing to say. */
async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await attempt(command, args)).stdout;
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return '';
    throw error;
  }
}

/** What of the network is still there, one sentence each. */
export async function networkLeftovers(): Promise<string[]> {
  const found: string[] = [];
  for (const device of [BRIDGE, ...MACHINES.map((_, index) => vethName(index))]) {
    if (existsSync(`/sys/class/net/${device}`)) found.push(`network device ${device}`);
  }
  for (const { namespace } of MACHINES) {
    if (existsSync(`/run/netns/${namespace}`)) found.push(`network namespace ${namespace}`);
  }
  const tables = await ask('nft', ['list', 'tables']);
  if (tables.includes(TABLE)) found.push(`nftables table ${TABLE}`);
  const routes = await ask('ip', ['route', 'show']);
  found.push(
    ...routes
      .split('\n')
      .filter((route) => /^10\.7[78]\./.test(route))
      .map((route) => `route ${route.trim()}`),
  );
  return found;
}

/** Directory of the sandbox that the bridge belongs to, undefined when there is no bridge. */
export function networkOwner(): string | undefined {
  try {
    return readFileSync(`/sys/class/net/${BRIDGE}/ifalias`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function vethName(index: number): string {
  return `lkveth${index + 1}`;
}
