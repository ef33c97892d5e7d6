import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Attributes, World } from '../../world/world.ts';
import { GoogleError } from '../errors.ts';

export interface Resource {
  readonly type: string;
  /** The Terraform id. */
  readonly key: string;
  readonly attributes: Attributes;
}

const fileSchema = z.object({ key: z.string(), attributes: z.record(z.string(), z.unknown()) });

/**
 * The cloud's resources by Terraform type and id, one file each (mode 0600). Changes go one after the other, each through
 * the world first: what it refuses is not stored. Reads never wait.
 */
export class ResourceStore {
  private readonly directory: string;
  private readonly world: World;
  private readonly resources = new Map<string, Resource>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(directory: string, world: World) {
    this.directory = directory;
    this.world = world;
    this.load();
  }

  get(type: string, key: string): Resource | undefined {
    return this.resources.get(`${type} ${key}`);
  }

  list(type: string): Resource[] {
    return [...this.resources.values()].filter((resource) => resource.type === type);
  }

  all(): Resource[] {
    return [...this.resources.values()];
  }

  /** `check` runs under the lock: it throws to refuse, and may add attributes. */
  create(type: string, key: string, attributes: Attributes, check: () => Attributes = () => ({})): Promise<Resource> {
    return this.exclusively(async () => {
      const complete = { ...attributes, ...check() };
      const computed = await asked(() => this.world.created(type, key, complete));
      return this.save({ type, key, attributes: merged(complete, computed) });
    });
  }

  replace(
    type: string,
    key: string,
    attributes: Attributes,
    check: (before: Resource) => Attributes,
  ): Promise<Resource> {
    return this.exclusively(async () => {
      const before = this.get(type, key);
      if (!before) throw new Error(`${type} ${key} vanished while it was being changed.`);
      const complete = merged(before.attributes, { ...attributes, ...check(before) }, 'shallow');
      const computed = await asked(() => this.world.updated(type, key, before.attributes, complete));
      return this.save({ type, key, attributes: merged(complete, computed) });
    });
  }

  delete(type: string, key: string, check: (resource: Resource) => void = () => undefined): Promise<boolean> {
    return this.exclusively(async () => {
      const found = this.get(type, key);
      if (!found) return false;
      check(found);
      await asked(() => this.world.deleted(type, key, found.attributes));
      this.resources.delete(`${type} ${key}`);
      rmSync(this.file(found), { force: true });
      return true;
    });
  }

  private exclusively<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.queue.then(change);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private save(resource: Resource): Resource {
    const file = this.file(resource);
    mkdirSync(join(this.directory, resource.type), { recursive: true, mode: 0o700 });
    const { key, attributes } = resource;
    writeFileSync(`${file}.new`, JSON.stringify({ key, attributes }, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    this.resources.set(`${resource.type} ${resource.key}`, resource);
    return resource;
  }

  private load(): void {
    if (!existsSync(this.directory)) return;
    for (const type of readdirSync(this.directory)) {
      for (const name of readdirSync(join(this.directory, type))) {
        if (!name.endsWith('.json')) continue;
        const parsed = fileSchema.parse(JSON.parse(readFileSync(join(this.directory, type, name), 'utf8')));
        this.resources.set(`${type} ${parsed.key}`, { type, ...parsed });
      }
    }
  }

  private file({ type, key }: Pick<Resource, 'type' | 'key'>): string {
    const name = encodeURIComponent(key);
    // A file system takes names up to 255 bytes.
    return join(
      this.directory,
      type,
      `${name.length <= 180 ? name : createHash('sha256').update(key).digest('hex')}.json`,
    );
  }
}

/** What the world throws is the reason why Google refuses; the cause goes to the stand-in's log. */
async function asked<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new GoogleError(400, 'FAILED_PRECONDITION', message, [], { cause: error });
  }
}

/**
 * Objects are merged key by key, lists of the same length (Terraform's blocks) element by element; otherwise the second
 * value wins. `shallow`: only the top level, so that what a change left out of a block is gone.
 */
export function merged(first: Attributes, second: Attributes, depth: 'deep' | 'shallow' = 'deep'): Attributes {
  if (depth === 'shallow') return { ...first, ...second };
  return mergeValue(first, second) as Attributes;
}

function mergeValue(first: unknown, second: unknown): unknown {
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    return second.map((value, index) => mergeValue(first[index], value));
  }
  if (!isObject(first) || !isObject(second)) return second;
  const result: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    result[name] = name in first ? mergeValue(first[name], value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
