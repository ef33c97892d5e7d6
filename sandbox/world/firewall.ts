import { z } from 'zod';
import { BRIDGE, MACHINES, WORLD_DEVICE, type Machine } from '../kubernetes/plan.ts';
import { openings, translations } from './load-balancer.ts';
import type { Firewall, Pool, WorldRecord } from './record.ts';
import type { Attributes, Context } from './world.ts';

const Port = z.string().regex(/^\d{1,5}(-\d{1,5})?$/);
const Protocols = z
  .array(z.object({ protocol: z.string(), ports: z.array(Port).nullish() }))
  .nullish()
  .transform((rows) => (rows ?? []).map(({ protocol, ports }) => ({ protocol, ports: ports ?? [] })));
const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);

const Attribute = z.object({
  name: z.string(),
  network: z.string(),
  direction: z.string().nullish(),
  priority: z.number().nullish(),
  disabled: z.boolean().nullish(),
  allow: Protocols,
  deny: Protocols,
  source_ranges: z
    .array(z.string().regex(/^[\da-f.:]+(\/\d{1,3})?$/i))
    .nullish()
    .transform((list) => list ?? []),
  destination_ranges: names,
  target_tags: names,
  target_service_accounts: names,
});

/** Names of protocols whose number nftables must be told. */
const NUMBERS: Readonly<Record<string, string>> = { ipip: '4', esp: '50', ah: '51' };
const WITH_PORTS = ['tcp', 'udp', 'sctp'];
/** Nobody on the internet has one of these: who sends from there is not who he says. */
const NOT_PUBLIC = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** Keeps the rule when it is about what comes in; the nodes may send whatever they want, rules for that are on paper. */
export function putFirewall({ record }: Pick<Context, 'record'>, key: string, attributes: Attributes): Attributes {
  const rule = readFirewall(attributes);
  // Whether it can be written is asked here, and not once a node comes that it is for.
  if (rule && statements(rule)) record.firewalls[key] = rule;
  else delete record.firewalls[key];
  return {};
}

/** The rule of a `google_compute_firewall`, undefined when it forbids and allows nothing to come in. */
export function readFirewall(attributes: Attributes): Firewall | undefined {
  const rule = Attribute.parse(attributes);
  if (rule.disabled || (rule.direction ?? 'INGRESS') !== 'INGRESS') return undefined;
  if (rule.destination_ranges.length > 0) {
    throw new Error(
      'destination_ranges of a rule for what comes in: the nodes of the sandbox have other addresses than the subnet says',
    );
  }
  return {
    name: rule.name,
    network: lastPart(rule.network),
    priority: rule.priority ?? 1000,
    action: rule.deny.length > 0 ? 'deny' : 'allow',
    protocols: rule.deny.length > 0 ? rule.deny : rule.allow,
    sourceRanges: rule.source_ranges,
    targetTags: rule.target_tags,
    targetServiceAccounts: rule.target_service_accounts,
  };
}

/** The rules that stand before a node of the pool, in the order in which they decide: at the same priority deny is first. */
export function rulesOf(pool: Pool, record: WorldRecord): Firewall[] {
  const cluster = Object.values(record.clusters).find(({ name }) => name === pool.cluster);
  if (!cluster) return [];
  const isTarget = ({ targetTags, targetServiceAccounts }: Firewall): boolean =>
    targetTags.length + targetServiceAccounts.length === 0 ||
    targetTags.some((tag) => pool.tags.includes(tag)) ||
    targetServiceAccounts.includes(pool.serviceAccount);
  return [...Object.values(record.firewalls), ownRule(cluster)]
    .filter((rule) => rule.network === cluster.network && isTarget(rule))
    .sort((a, b) => a.priority - b.priority || b.action.localeCompare(a.action) || a.name.localeCompare(b.name));
}

/**
 * Of the rules that GKE makes by itself the one that the outside meets. The others allow what never comes from there: nodes,
 * pods and control plane to each other. https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules
 */
function ownRule({ name, network }: { name: string; network: string }): Firewall {
  return {
    name: `gke-${name}-exkubelet`,
    network,
    priority: 1000,
    action: 'deny',
    protocols: [{ protocol: 'tcp', ports: ['10255'] }],
    sourceRanges: ['0.0.0.0/0'],
    targetTags: [],
    targetServiceAccounts: [],
  };
}

/** Statements of nftables for one rule. A rule without a range of IPv4 is for machines inside, and for nobody here. */
export function statements({ name, action, protocols, sourceRanges }: Firewall): string[] {
  const verdict = `counter ${action === 'allow' ? 'accept' : 'drop'} comment "${name}"`;
  return sourceRanges
    .filter((range) => !range.includes(':'))
    .flatMap((range) => {
      const from = range === '0.0.0.0/0' ? '' : `ip saddr ${range} `;
      return protocols.flatMap((row) => matches(row).map((match) => `${from}${match}${verdict}`));
    });
}

function matches({ protocol: given, ports }: Firewall['protocols'][number]): string[] {
  const protocol = given.toLowerCase();
  if (protocol === 'all') return [''];
  if (ports.length > 0) {
    if (!WITH_PORTS.includes(protocol)) throw new Error(`Invalid value for field 'ports': ${given} has no ports`);
    return ports.map((port) => `${protocol} dport ${port} `);
  }
  if (![...WITH_PORTS, 'icmp', ...Object.keys(NUMBERS)].includes(protocol) && !/^\d{1,3}$/.test(protocol)) {
    throw new Error(`Invalid value for field 'IPProtocol': '${given}'`);
  }
  return [`meta l4proto ${NUMBERS[protocol] ?? protocol} `];
}

/**
 * All rules between the outside and the nodes as a table of nftables, in place of the one before. What comes in by a node's
 * external address is for the node, if a rule allows it; anything else from outside ends here.
 */
export function ruleset(table: string, record: WorldRecord, open: readonly string[]): string {
  const chains = MACHINES.map((machine) => {
    const pool = record.pools[record.assigned[machine.name] ?? ''];
    const lines = pool ? rulesOf(pool, record).flatMap(statements) : [];
    return `  chain ${chainOf(machine)} {\n${lines.map((line) => `    ${line}\n`).join('')}    counter drop\n  }`;
  });
  const map = (from: 'address' | 'externalAddress', to: (machine: Machine) => string): string =>
    `{ ${MACHINES.map((machine) => `${machine[from]} : ${to(machine)}`).join(', ')} }`;
  const lines = (statements: readonly string[]): string => statements.map((line) => `    ${line}\n`).join('');
  const inward = map('externalAddress', ({ address }) => address);
  const outward = map('address', ({ externalAddress }) => externalAddress);
  return `table inet ${table} {}
delete table inet ${table}
table inet ${table} {
  chain external_to_internal {
    type nat hook prerouting priority dstnat; policy accept;
    iifname { "${WORLD_DEVICE}", "${BRIDGE}" } dnat ip to ip daddr map ${inward}
${lines(translations(record))}  }
  chain internal_to_external {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${WORLD_DEVICE}" snat ip to ip saddr map ${outward}
    oifname "${BRIDGE}" ct status dnat snat ip to ip saddr map ${outward}
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${WORLD_DEVICE}" goto incoming
    iifname "${BRIDGE}" oifname "${BRIDGE}" ct status dnat goto incoming
    iifname "${BRIDGE}" oifname != { "${WORLD_DEVICE}", "${BRIDGE}" } drop
    oifname "${WORLD_DEVICE}" iifname != "${BRIDGE}" drop
  }
  chain incoming {
    oifname != { "${BRIDGE}", "${WORLD_DEVICE}" } drop
    ct state established,related accept
    iifname "${WORLD_DEVICE}" ip saddr { ${NOT_PUBLIC.join(', ')} } drop
${lines(openings(record))}    ct status dnat ip daddr vmap ${map('address', (machine) => `goto ${chainOf(machine)}`)}
    drop
  }
${chains.join('\n')}
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "${WORLD_DEVICE}" accept
    ct state established,related accept
${open.map((match) => `    ${match} accept\n`).join('')}    drop
  }
}
`;
}

function chainOf({ namespace }: Machine): string {
  return `to_${namespace.replaceAll('-', '_')}`;
}

function lastPart(path: string): string {
  return path.split('/').at(-1) ?? '';
}
