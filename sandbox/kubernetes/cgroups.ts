import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../process.ts';

const ROOT = '/sys/fs/cgroup';

/**
 * The cgroup hierarchies of the machine: one with version 2, one a controller with version 1 (or both, "hybrid").
 * Symbolic links such as `cpu -> cpu,cpuacct` are left out.
 */
export function hierarchies(root = ROOT): { path: string; version: 1 | 2 }[] {
  if (existsSync(join(root, 'cgroup.controllers'))) return [{ path: root, version: 2 }];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      path: join(root, name),
      version: existsSync(join(root, name, 'cgroup.controllers')) ? (2 as const) : (1 as const),
    }));
}

/**
 * Makes the cgroup of a node in every hierarchy. Each kubelet needs its own: with a shared root each removes the
 * other's pods as orphans.
 */
export function createCgroup(name: string): void {
  for (const { path, version } of hierarchies()) {
    const group = join(path, name);
    if (version === 2) enableControllers(path);
    mkdirSync(group, { recursive: true });
    if (version === 2) enableControllers(group);
    // A new cpuset is empty, and no process can be in an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (version === 1 && existsSync(join(group, file)) && !readFileSync(join(group, file), 'utf8').trim()) {
        writeFileSync(join(group, file), readFileSync(join(path, file), 'utf8').trim());
      }
    }
  }
}

/** Version 2: hands each controller that there is on to the groups below. */
function enableControllers(group: string): void {
  for (const controller of readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean)) {
    try {
      writeFileSync(join(group, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // A controller that cannot be handed on is missed by kubelet itself, which says so in its log.
    }
  }
}

/** Kills what is in the cgroup or below and removes it, in every hierarchy. */
export async function removeCgroup(name: string): Promise<void> {
  const groups = hierarchies()
    .map(({ path }) => join(path, name))
    .filter((group) => existsSync(group));
  for (let tries = 0; tries < 100; tries++) {
    const processes = groups.flatMap((group) => descendants(group).flatMap(processesOf));
    if (processes.length === 0) break;
    for (const pid of new Set(processes)) signal(pid, 'SIGKILL');
    await sleep(50);
  }
  for (const group of groups) for (const below of descendants(group)) await removeGroup(below);
}

/** Paths of the cgroups of that name that are still there. */
export function cgroupLeftovers(name: string): string[] {
  return hierarchies()
    .map(({ path }) => join(path, name))
    .filter((group) => existsSync(group));
}

/** The group and all below, deepest first; one that goes meanwhile is left out. */
function descendants(group: string): string[] {
  try {
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap(({ name }) => descendants(join(group, name))), group];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function processesOf(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A group whose last process has just died is busy for a moment. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(group);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || tries === 40) return;
      await sleep(50);
    }
  }
}
