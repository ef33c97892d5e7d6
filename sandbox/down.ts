import { existsSync, lstatSync, readFileSync, readlinkSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxDirectory } from './config.ts';
import { attempt } from './command.ts';
import { cgroupLeftovers, removeCgroup } from './kubernetes/cgroups.ts';
import { networkLeftovers, removeNetwork } from './kubernetes/network.ts';
import { MACHINES } from './kubernetes/plan.ts';
import { restoreSysctls } from './kubernetes/sysctls.ts';
import { withLock } from './lock.ts';
import { hasNetwork } from './network-share.ts';
import { listDaemons, markedProcesses, signal, stopDaemons } from './process.ts';
import { Progress } from './progress.ts';
import { whatIsMissing } from './state.ts';
import { outsideLeftovers, removeOutside } from './world/outside.ts';

export interface DownOptions {
  readonly directory?: string;
  readonly progress?: Progress;
  /** Also removes the state: the next `up` begins with an empty world. */
  readonly removeState?: boolean;
}

/** Takes the sandbox down, from whatever state it is in, and proves that nothing of it is left. */
export async function down(options: DownOptions = {}): Promise<void> {
  const missing = whatIsMissing();
  if (missing) throw new Error(missing);
  const directory = options.directory ?? sandboxDirectory();
  const progress = options.progress ?? new Progress();
  const waiting = (pid: number): void => progress.line('·', `process ${pid} works on the sandbox, waiting for it`);
  await withLock(
    join(directory, 'lock'),
    async () => {
      await clean(directory, progress);
      const left = await leftovers(directory);
      if (left.length > 0)
        throw new Error(`the sandbox left something behind:\n${left.map((each) => `  ${each}`).join('\n')}`);
      const none = hasNetwork(directory)
        ? 'no process, namespace, mount, bridge, cgroup, rule or route is left'
        : 'no process or mount of it is left; it had no network';
      progress.line('✓', `the sandbox is down: ${none}`, '32');
      if (options.removeState) removeState(directory);
    },
    waiting,
  );
}

/** Ends and removes everything of this sandbox except for its state. */
export async function clean(directory: string, progress: Progress): Promise<void> {
  for (const file of ['up.json', 'sandbox.json']) rmSync(join(directory, file), { force: true });
  const daemons = listDaemons(directory);
  const isOurNetwork = hasNetwork(directory);
  if (daemons.length > 0 || markedProcesses(directory).length > 0) {
    await progress.step('ending the parts of the sandbox', async () => {
      for (const { parts, graceSeconds } of stopOrder(daemons)) {
        await stopDaemons(directory, parts, graceSeconds);
        if (isOurNetwork) for (const { namespace } of MACHINES) await removeCgroup(namespace);
      }
      await killMarked(directory);
    });
  }
  if (isOurNetwork) {
    for (const { namespace } of MACHINES) await removeCgroup(namespace);
    await unmountBelow(directory);
    await removeOutside();
    await removeNetwork();
  }
  removeRuntimeFiles(directory);
  restoreSysctls(join(directory, 'kubernetes', 'sysctls.json'));
}

/**
 * Who is ended when: kubelets first, which would start again what is ended; then the stand-ins, which save what they
 * hold in memory, also through the storage server, which therefore goes later with all that has nothing to save.
 */
export function stopOrder<Part extends { readonly name: string }>(
  daemons: readonly Part[],
): { readonly parts: Part[]; readonly graceSeconds: number }[] {
  const isNode = ({ name }: Part): boolean => /-(kubelet|proxy)$/.test(name);
  const isStandIn = ({ name }: Part): boolean => ['google', 'github', 'helm-repository'].includes(name);
  return [
    { parts: daemons.filter(isNode), graceSeconds: 0.3 },
    { parts: daemons.filter(isStandIn), graceSeconds: 10 },
    { parts: daemons.filter((daemon) => !isNode(daemon) && !isStandIn(daemon)), graceSeconds: 1 },
  ];
}

/** What has no record, such as the shims of containerd, or parts whose starter was killed before it wrote one. */
async function killMarked(directory: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    const processes = markedProcesses(directory);
    if (processes.length === 0) return;
    for (const pid of processes) signal(pid, 'SIGKILL');
    await sleep(50);
  }
}

async function unmountBelow(directory: string): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    const mounts = mountsBelow(directory);
    if (mounts.length === 0) return;
    // Deepest first; lazily at last, since a dying process may still hold one.
    for (const mount of mounts.reverse()) await attempt('umount', tries < 3 ? [mount] : ['--lazy', mount]);
  }
}

export function mountsBelow(directory: string, table = readFileSync('/proc/self/mounts', 'utf8')): string[] {
  return table
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    )
    .filter((mount) => mount.startsWith(`${directory}/`));
}

/** Sockets and the state of containers that run no more: containerd would try to take them over. */
function removeRuntimeFiles(directory: string): void {
  for (const { namespace } of MACHINES) {
    for (const name of ['run', 'containerd.sock', 'containerd.sock.ttrpc', 'containerd.ttrpc.sock']) {
      rmSync(join(directory, 'nodes', namespace, name), { recursive: true, force: true });
    }
  }
  // kubelet links each container's log here, wherever its own folders are.
  const logs = '/var/log/containers';
  if (!existsSync(logs)) return;
  for (const name of readdirSync(logs)) {
    const link = join(logs, name);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${directory}/`)) rmSync(link);
  }
}

/** Whatever of the sandbox is still on the machine, one line each. */
export async function leftovers(directory: string): Promise<string[]> {
  return [
    ...markedProcesses(directory).map((pid) => `process ${pid} (${commandOf(pid)})`),
    ...mountsBelow(directory).map((mount) => `mount ${mount}`),
    ...(hasNetwork(directory) ? await machineLeftovers() : []),
  ];
}

/** What a sandbox with nodes makes outside of its directory: there can be one such on a machine. */
async function machineLeftovers(): Promise<string[]> {
  return [
    ...MACHINES.flatMap(({ namespace }) => cgroupLeftovers(namespace)).map((group) => `cgroup ${group}`),
    ...(await networkLeftovers()),
    ...(await outsideLeftovers()),
  ];
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 100).trim();
  } catch {
    return 'ended';
  }
}

/** Removes all state but the lock, which is still held. */
function removeState(directory: string): void {
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    if (name !== 'lock') rmSync(join(directory, name), { recursive: true, force: true });
  }
}
