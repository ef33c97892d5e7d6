import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

/** Settings of the whole machine that kubelet changes by itself, and one that three nodes need more of. */
const CHANGED = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'fs/inotify/max_user_instances',
];

/** Each node's containerd and kubelet watch many files; Debian's default of 128 is for one. */
const INOTIFY_INSTANCES = 1024;

/** Remembers the machine's settings in `file` and changes what the nodes need. An older memory is kept: it is the true one. */
export function changeSysctls(file: string): void {
  if (!existsSync(file)) {
    const values = CHANGED.filter((name) => existsSync(path(name))).map((name) => [name, read(name)]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(values), null, 2));
  }
  const instances = 'fs/inotify/max_user_instances';
  if (Number(read(instances)) < INOTIFY_INSTANCES) writeFileSync(path(instances), String(INOTIFY_INSTANCES));
}

/** Gives the machine back the settings that `file` remembers. */
export function restoreSysctls(file: string): void {
  if (!existsSync(file)) return;
  const values = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const [name, value] of Object.entries(values)) {
    if (existsSync(path(name)) && read(name) !== value) writeFileSync(path(name), value);
  }
  rmSync(file);
}

function path(name: string): string {
  return `/proc/sys/${name}`;
}

function read(name: string): string {
  return readFileSync(path(name), 'utf8').trim();
}
