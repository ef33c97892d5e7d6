import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { withLock } from '../lock.ts';
import { release, reserveGlobal, reserveRegional } from './address.ts';
import { clusterCreated, clusterDeleted } from './cluster.ts';
import { putRecordSet, putZone, removeRecordSet, removeZone, startWorldDns } from './dns.ts';
import { putFirewall } from './firewall.ts';
import { changedWish, instanceGroups, reconcileNodes } from './node-pool.ts';
import { createOutside, loadRules, rulesFor } from './outside.ts';
import { type LoadBalancer, readRecord, writeRecord, type WorldRecord } from './record.ts';
import { redisChanged, redisCreated, redisDeleted, startRedis } from './redis.ts';

/** Attributes of a Terraform resource, as the provider stores them. */
export type Attributes = Record<string, unknown>;

/**
 * What Terraform applied becomes real here. Each call gives what only the world knows, to be merged over the resource;
 * what it throws is the reason why Google refuses the change.
 */
export interface World {
  created(type: string, key: string, attributes: Attributes): Promise<Attributes>;
  updated(type: string, key: string, before: Attributes, after: Attributes): Promise<Attributes>;
  deleted(type: string, key: string, attributes: Attributes): Promise<void>;
}

/** What one type of resource does to the world; a type that is not listed exists on paper only. */
interface Effect {
  created: Put;
  updated: Put;
  deleted(context: Context, key: string): Promise<void> | void;
}
type Put = (context: Context, key: string, attributes: Attributes) => Promise<Attributes> | Attributes;

/** The sandbox and what the world remembers; the record is written back after each change. */
export interface Context {
  readonly config: SandboxConfig;
  readonly record: WorldRecord;
}

const putNodePool = async ({ config, record }: Context, key: string, attributes: Attributes): Promise<Attributes> => {
  const has = Object.values(record.assigned).filter((each) => each === key).length;
  record.pools[key] = changedWish(attributes, has, record.pools[key]);
  await reconcileNodes(config, record);
  return instanceGroups(config, attributes);
};

const EFFECTS: Readonly<Record<string, Effect>> = {
  google_compute_address: { created: reserveRegional, updated: reserveRegional, deleted: release },
  google_compute_firewall: {
    created: putFirewall,
    updated: putFirewall,
    deleted: ({ record }, key) => {
      delete record.firewalls[key];
    },
  },
  google_compute_global_address: { created: reserveGlobal, updated: reserveGlobal, deleted: release },
  google_container_cluster: { created: clusterCreated, updated: clusterCreated, deleted: clusterDeleted },
  google_container_node_pool: {
    created: putNodePool,
    updated: putNodePool,
    deleted: async ({ config, record }, key) => {
      delete record.pools[key];
      await reconcileNodes(config, record);
    },
  },
  google_dns_managed_zone: { created: putZone, updated: putZone, deleted: removeZone },
  google_dns_record_set: { created: putRecordSet, updated: putRecordSet, deleted: removeRecordSet },
  google_redis_instance: { created: redisCreated, updated: redisChanged, deleted: redisDeleted },
};

/** The world of a sandbox. What it did is kept in `<directory>/world/`, so several processes and restarts see the same. */
export function createWorld(config: SandboxConfig): World {
  return {
    created: async (type, key, attributes) => {
      const effect = EFFECTS[type];
      return effect ? change(config, async (context) => effect.created(context, key, attributes)) : {};
    },
    updated: async (type, key, _before, after) => {
      const effect = EFFECTS[type];
      return effect ? change(config, async (context) => effect.updated(context, key, after)) : {};
    },
    deleted: async (type, key) => {
      const effect = EFFECTS[type];
      if (effect) await change(config, async (context) => effect.deleted(context, key));
    },
  };
}

/** After `up`: makes what was applied before the last `down` real again. */
export function restoreWorld(config: SandboxConfig): Promise<void> {
  return change(config, async ({ record }) => {
    await createOutside(config.directory, record);
    await startWorldDns(config.directory, join(config.bin, 'coredns'), record);
    await Promise.all(Object.values(record.redis).map((instance) => startRedis(config.directory, instance)));
    await reconcileNodes(config, record);
  });
}

/** What GKE's controllers made of Services of type LoadBalancer, all of it. */
export function putLoadBalancers(config: SandboxConfig, all: Readonly<Record<string, LoadBalancer>>): Promise<void> {
  return change(config, ({ record }) => {
    record.loadBalancers = { ...all };
    return Promise.resolve();
  });
}

/** One change at a time, whichever process makes it. The rules of the firewall follow nodes, clusters and rules alike. */
function change<T>(config: SandboxConfig, work: (context: Context) => Promise<T>): Promise<T> {
  return withLock(join(config.directory, 'world', 'lock'), async () => {
    const record = readRecord(config.directory);
    const before = rulesFor(record);
    const result = await work({ config, record });
    const after = rulesFor(record);
    if (after !== before) await loadRules(after);
    writeRecord(config.directory, record);
    return result;
  });
}
