import { hostname, userInfo } from 'node:os';
import { z } from 'zod';
import { environmentPaths } from '../environment/outputs.ts';
import type { Bucket } from '../google/storage.ts';
import type { LockHolder, Message } from './message.ts';

/** Who holds a state's lock. `id` is the lock object's generation: what `force-unlock` takes. */
export type Lock = LockHolder;

/** What the run knows of its own Terraform, to tell its lock from another's. */
export interface LockOwner {
  /** `user@host`, as Terraform writes it. */
  readonly who: string;
  /** When Terraform was started, and when it said that it changes the first resource: ISO 8601. */
  readonly startedAt: string;
  readonly workedAt: string | undefined;
}

const infoSchema = z.object({
  Who: z.string().default(''),
  Operation: z.string().default(''),
  Created: z.string().default(''),
});

/** Clocks of the runner and of the program that it started are one, but Terraform's fractions are cut. */
const SLACK_MILLISECONDS = 1000;

/** The object by which Terraform's gcs backend locks a state; both engines write it alike. */
export function lockPath(environment: string): string {
  return `${environmentPaths(environment).statePrefix}/default.tflock`;
}

/** The lock that is in the bucket; `undefined` when the state is free. */
export async function readLock(bucket: Bucket, environment: string): Promise<Lock | undefined> {
  const object = await bucket.read(lockPath(environment));
  if (object === undefined) return undefined;
  let json: unknown = {};
  try {
    json = JSON.parse(object.content.toString('utf8'));
  } catch {
    // A lock it is all the same, whoever wrote it.
  }
  const { Who: who = '', Operation: operation = '', Created: created = '' } = infoSchema.safeParse(json).data ?? {};
  return { id: object.generation, who, operation, created };
}

/** Removes exactly this lock; throws LK-GOOGLE-012 when another one has taken its place. */
export function removeLock(bucket: Bucket, environment: string, lock: Lock): Promise<void> {
  return bucket.remove(lockPath(environment), { ifGeneration: lock.id });
}

/**
 * True when the lock is proven to be this run's: it was made while this run's Terraform ran, before that changed its first
 * resource, and by the same user on the same machine. At that moment Terraform held the lock, and there is only one.
 */
export function isOwnLock(lock: Lock, owner: LockOwner): boolean {
  if (lock.who !== owner.who || owner.workedAt === undefined) return false;
  const created = timeOf(lock.created)?.getTime();
  if (created === undefined) return false;
  return (
    created >= Date.parse(owner.startedAt) - SLACK_MILLISECONDS &&
    created <= Date.parse(owner.workedAt) + SLACK_MILLISECONDS
  );
}

/** What this machine knows of a Terraform that it started, by what that said since. */
export function lockOwner(startedAt: string, messages: readonly Message[]): LockOwner {
  const workedAt = messages.find(({ type }) => type === 'apply_start')?.['@timestamp'];
  return { who: `${userInfo().username}@${hostname()}`, startedAt, workedAt };
}

/** The command that removes exactly this lock and no newer one. */
export function unlockCommand(engine: string, repositoryPath: string, id: string): string {
  return `cd ${repositoryPath} && ${engine} force-unlock ${id}`;
}

/** `root@runner since 14:03 UTC, 12 min ago (apply)`. */
export function holderWords(lock: Lock, now = new Date()): string {
  const operation = lock.operation.replace(/^OperationType/, '').toLowerCase();
  return `${lock.who || 'someone'} since ${sinceWords(lock.created, now)} (${operation || 'unknown operation'})`;
}

/** A time as people say it: the clock, with the date when it was another day, and how long ago. */
export function sinceWords(created: string, now = new Date()): string {
  const time = timeOf(created);
  if (time === undefined) return created || 'an unknown time';
  const [date = '', clock = ''] = time.toISOString().split('T');
  const sameDay = now.toISOString().startsWith(date);
  const minutes = Math.floor((now.getTime() - time.getTime()) / 60_000);
  return `${sameDay ? '' : `${date} `}${clock.slice(0, 5)} UTC, ${ageWords(minutes)}`;
}

function ageWords(minutes: number): string {
  if (minutes < 1) return 'less than a minute ago';
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} days ago`;
}

/** Terraform prints Go's form (`2026-11-20 10:00:00.5 +0000 UTC`), the lock's object has RFC 3339; both are UTC. */
function timeOf(text: string): Date | undefined {
  const found = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)/.exec(text);
  if (found === null) return undefined;
  const time = new Date(`${found[1]}T${found[2]}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
