import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity } from './process-id.ts';

const Owner = z.object({ pid: z.number(), startTicks: z.number(), bootId: z.string() });

/**
 * Does `work` while no other process holds the lock `file`. The lock names its owner, so that one whose owner was killed
 * is taken over at once. `onWait` is called with the owner's process id when another one holds it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  let announced = false;
  for (;;) {
    const owner = tryLock(file);
    if (!owner) break;
    if (!announced) onWait?.(owner.pid);
    announced = true;
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock; gives the owner when a running process holds it. */
export function tryLock(file: string): ProcessIdentity | undefined {
  const self = identify(process.pid);
  if (!self) throw new Error('this process is not in /proc: a Linux system with /proc mounted is needed');
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${self.pid}.${self.startTicks}`;
  writeFileSync(draft, JSON.stringify(self));
  try {
    for (;;) {
      // A link appears with its content or not at all, so nobody ever reads a lock that has no owner yet.
      try {
        linkSync(draft, file);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readOwner(file);
      if (owner && isAlive(owner)) return owner;
      removeStale(file, owner);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Two processes may find the same stale lock: moving it away is atomic, and a fresh one moved by mistake is put back. */
function removeStale(file: string, stale: ProcessIdentity | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = readOwner(aside);
  if (moved && isAlive(moved) && moved.pid !== stale?.pid) {
    try {
      linkSync(aside, file);
    } catch {
      // A third process was quicker: it and the one put back would both work, which only doubles the work.
    }
  }
  rmSync(aside, { force: true });
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
