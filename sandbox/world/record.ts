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
  machineType: z.string(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(Taint),
});
export type Pool = z.infer<typeof Pool>;

const Redis = z.object({
  name: z.string(),
  host: z.string(),
  memoryBytes: z.number(),
  settings: z.record(z.string(), z.string()),
});
export type Redis = z.infer<typeof Redis>;

/** What Terraform applied and the world must carry, by the resource's Terraform id. */
const WorldRecord = z.object({
  pools: z.record(z.string(), Pool).default({}),
  /** Pool of each machine that is not spare. */
  assigned: z.record(z.string(), z.string()).default({}),
  redis: z.record(z.string(), Redis).default({}),
});
export type WorldRecord = z.infer<typeof WorldRecord>;

export function readRecord(directory: string): WorldRecord {
  const file = join(directory, 'world', 'record.json');
  return WorldRecord.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
}

export function writeRecord(directory: string, record: WorldRecord): void {
  writeState(join(directory, 'world'), 'record.json', record);
}
