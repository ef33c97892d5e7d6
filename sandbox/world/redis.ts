import { totalmem } from 'node:os';
import { z } from 'zod';
import { run } from '../command.ts';
import { BRIDGE } from '../kubernetes/plan.ts';
import { readDaemon, startDaemon, stopDaemons, untilReady } from '../process.ts';
import type { Redis, WorldRecord } from './record.ts';
import type { Attributes, Context } from './world.ts';

const PORT = 6379;
/** With this begins the name of every part that is a Redis instance. */
export const REDIS_PREFIX = 'redis-';
/** An instance may use this part of the machine's memory at most, whatever Terraform asks for. */
const SHARE_OF_MACHINE = 1 / 8;

const Instance = z.object({
  name: z.string(),
  region: z.string().nullish(),
  location_id: z.string().nullish(),
  memory_size_gb: z.number(),
  auth_enabled: z.boolean().nullish(),
  transit_encryption_mode: z.string().nullish(),
  redis_configs: z.record(z.string(), z.string()).nullish(),
});

/** Settings of Memorystore that a real Redis knows by the same name. */
const SETTINGS = ['maxmemory-policy', 'notify-keyspace-events', 'activedefrag', 'lfu-decay-time', 'lfu-log-factor'];

export async function redisCreated(
  { config, record }: Context,
  key: string,
  attributes: Attributes,
): Promise<Attributes> {
  const wish = parse(attributes);
  const host = record.redis[key]?.host ?? nextAddress(record, config.redisAddress);
  const instance = describe(wish, host);
  await startRedis(config.directory, instance);
  record.redis[key] = instance;
  const zone = wish.location_id ?? `${wish.region ?? config.project.region}-a`;
  return { host, port: PORT, current_location_id: zone };
}

export async function redisChanged(context: Context, key: string, attributes: Attributes): Promise<Attributes> {
  const known = context.record.redis[key];
  if (!known) return redisCreated(context, key, attributes);
  const instance = describe(parse(attributes), known.host);
  for (const [name, value] of Object.entries(settingsOf(instance))) {
    const answer = await run('redis-cli', ['-h', instance.host, '-p', String(PORT), 'CONFIG', 'SET', name, value]);
    if (answer.trim() !== 'OK') throw new Error(`Redis refuses ${name} ${value}: ${answer.trim()}`);
  }
  context.record.redis[key] = instance;
  return {};
}

export async function redisDeleted({ config, record }: Context, key: string): Promise<void> {
  const instance = record.redis[key];
  if (!instance) return;
  const daemon = readDaemon(config.directory, partName(instance));
  if (daemon) await stopDaemons(config.directory, [daemon], 3);
  await run('ip', ['address', 'delete', `${instance.host}/24`, 'dev', BRIDGE]);
  delete record.redis[key];
}

/** Starts the instance's server on its own address of the bridge. Memorystore's basic tier keeps nothing on disk. */
export async function startRedis(directory: string, instance: Redis): Promise<void> {
  await run('ip', ['address', 'replace', `${instance.host}/24`, 'dev', BRIDGE]);
  const settings = Object.entries(settingsOf(instance)).flatMap(([name, value]) => [`--${name}`, value]);
  const daemon = await startDaemon(directory, {
    name: partName(instance),
    command: 'redis-server',
    args: [
      ...[
        '--bind',
        instance.host,
        '--port',
        String(PORT),
        '--protected-mode',
        'no',
        '--save',
        '',
        '--appendonly',
        'no',
      ],
      ...settings,
    ],
    address: `${instance.host}:${PORT}`,
  });
  const ping = ['-h', instance.host, '-p', String(PORT), 'PING'];
  await untilReady(daemon, async () => (await run('redis-cli', ping)).trim() === 'PONG', 20);
}

/** The first address from `base` on that no instance has. */
export function nextAddress(record: WorldRecord, base: string): string {
  const taken = new Set(Object.values(record.redis).map(({ host }) => host));
  const [network, first] = [base.slice(0, base.lastIndexOf('.')), Number(base.slice(base.lastIndexOf('.') + 1))];
  for (let last = first; last < 255; last++) if (!taken.has(`${network}.${last}`)) return `${network}.${last}`;
  throw new Error('the sandbox has no address left for another Redis instance');
}

function parse(attributes: Attributes): z.infer<typeof Instance> {
  const wish = Instance.parse(attributes);
  if (wish.auth_enabled) throw new Error('auth_enabled: the sandbox has Redis without AUTH only');
  if (wish.transit_encryption_mode && wish.transit_encryption_mode !== 'DISABLED') {
    throw new Error(`transit_encryption_mode ${wish.transit_encryption_mode}: the sandbox has Redis without TLS only`);
  }
  return wish;
}

/** What the server is to be; `machineBytes` is the memory of the whole machine. */
export function describe(wish: z.infer<typeof Instance>, host: string, machineBytes = totalmem()): Redis {
  const memoryBytes = Math.floor(Math.min(wish.memory_size_gb * 1024 ** 3, machineBytes * SHARE_OF_MACHINE));
  const known = Object.entries(wish.redis_configs ?? {}).filter(([name]) => SETTINGS.includes(name));
  return { name: wish.name, host, memoryBytes, settings: Object.fromEntries(known) };
}

function settingsOf({ memoryBytes, settings }: Redis): Record<string, string> {
  // The default policy of Memorystore: https://cloud.google.com/memorystore/docs/redis/supported-redis-configurations
  return { maxmemory: String(memoryBytes), 'maxmemory-policy': 'volatile-lru', ...settings };
}

function partName(instance: Redis): string {
  return `${REDIS_PREFIX}${instance.name}`;
}
