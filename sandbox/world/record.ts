import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeState } from '../state.ts';

const Taint = z.object({ key: z.string(), value: z.string(), effect: z.string() });

/** What a node pool asks for. */
const Pool = z.object({
  name: z.string(),
  /** Nodes that it must have. */
  minimum: z.number(),
  /** Nodes that it gets while spare machines remain. */
  wanted: z.number(),
  /** The number of nodes of a pool that does not scale. */
  fixed: z.number().optional(),
  machineType: z.string(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(Taint),
  /** Name of its cluster, and what firewall rules know its nodes by. */
  cluster: z.string().default(''),
  tags: z.array(z.string()).default([]),
  serviceAccount: z.string().default('default'),
});
export type Pool = z.infer<typeof Pool>;

const Redis = z.object({
  name: z.string(),
  host: z.string(),
  memoryBytes: z.number(),
  settings: z.record(z.string(), z.string()),
});
export type Redis = z.infer<typeof Redis>;

const Cluster = z.object({ name: z.string(), network: z.string() });

/** A firewall rule for what comes in. */
const Firewall = z.object({
  name: z.string(),
  network: z.string(),
  /** 0 is the first. */
  priority: z.number(),
  action: z.enum(['allow', 'deny']),
  protocols: z.array(z.object({ protocol: z.string(), ports: z.array(z.string()) })),
  /** Empty: from machines of the network only, which are told by tag or service account. */
  sourceRanges: z.array(z.string()),
  /** Both empty: all machines of the network. */
  targetTags: z.array(z.string()),
  targetServiceAccounts: z.array(z.string()),
});
export type Firewall = z.infer<typeof Firewall>;

const Address = z.object({ name: z.string(), address: z.string() });

/** A Service of type LoadBalancer that GKE made real. */
const LoadBalancer = z.object({
  /** Of the Service: another one of the same name is another load balancer. */
  uid: z.string(),
  /** Which of GKE's two controllers has it, decided once. */
  kind: z.enum(['target-pool', 'backend-service']),
  /** Name of its firewall rule. */
  rule: z.string(),
  address: z.string(),
  /** Of the reservation; undefined: an address of its own. */
  addressName: z.string().optional(),
  ports: z.array(z.object({ protocol: z.enum(['tcp', 'udp']), port: z.number(), nodePort: z.number() })),
  /** Addresses of the nodes behind it. */
  nodes: z.array(z.string()),
  sourceRanges: z.array(z.string()),
});
export type LoadBalancer = z.infer<typeof LoadBalancer>;

const Zone = z.object({
  name: z.string(),
  dnsName: z.string(),
  nameServers: z.array(z.string()),
  isPublic: z.boolean(),
});
export type Zone = z.infer<typeof Zone>;

const RecordSet = z.object({
  zone: z.string(),
  name: z.string(),
  type: z.string(),
  ttlSeconds: z.number(),
  values: z.array(z.string()),
});
export type RecordSet = z.infer<typeof RecordSet>;

/** What Terraform applied and the world must carry, by the resource's Terraform id. */
const WorldRecord = z.object({
  pools: z.record(z.string(), Pool).default({}),
  /** Pool of each machine that is not spare. */
  assigned: z.record(z.string(), z.string()).default({}),
  redis: z.record(z.string(), Redis).default({}),
  clusters: z.record(z.string(), Cluster).default({}),
  firewalls: z.record(z.string(), Firewall).default({}),
  addresses: z.record(z.string(), Address).default({}),
  /** By namespace and name of the Service. */
  loadBalancers: z.record(z.string(), LoadBalancer).default({}),
  zones: z.record(z.string(), Zone).default({}),
  recordSets: z.record(z.string(), RecordSet).default({}),
  /** Serial number of all zones; each change of a zone takes the next one. */
  zoneSerial: z.number().default(1),
});
export type WorldRecord = z.infer<typeof WorldRecord>;

/** A world in which nothing was applied. */
export function emptyRecord(): WorldRecord {
  return WorldRecord.parse({});
}

export function readRecord(directory: string): WorldRecord {
  const file = join(directory, 'world', 'record.json');
  return WorldRecord.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
}

export function writeRecord(directory: string, record: WorldRecord): void {
  writeState(join(directory, 'world'), 'record.json', record);
}
