import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon, untilReady } from './process.ts';

/** A stand-in of this folder: `<name>/main.ts --config <sandbox.json>`. */
export interface StandIn {
  readonly name: 'google' | 'github' | 'helm-repository' | 'gke';
  readonly address: string;
  /** More arguments of its own. */
  readonly args?: readonly string[];
}

export function mainFile(name: string): string {
  return fileURLToPath(new URL(`./${name}/main.ts`, import.meta.url));
}

/** Starts a stand-in and waits until it answers HTTP, whatever the status. */
export async function startStandIn(directory: string, { name, address, args = [] }: StandIn): Promise<void> {
  const daemon = await startDaemon(directory, {
    name,
    command: process.execPath,
    args: [mainFile(name), '--config', join(directory, 'sandbox.json'), ...args],
    address,
  });
  await untilReady(daemon, () => answers(address), 60);
}

/** Whether the stand-in has been written. */
export function exists(name: string): boolean {
  return existsSync(mainFile(name));
}

/** Starts the Cloud Storage server. What it says about its own address is the front's, which checks who asks. */
export async function startStorage(directory: string, bin: string, upstream: string, front: string): Promise<void> {
  const { port, hostname } = new URL(upstream);
  const daemon = await startDaemon(directory, {
    name: 'storage',
    command: join(bin, 'fake-gcs-server'),
    args: [
      ...['-scheme', 'http', '-host', hostname, '-port', port, '-backend', 'memory', '-log-level', 'warn'],
      ...['-external-url', front, '-public-host', new URL(front).host],
    ],
    address: upstream,
  });
  await untilReady(daemon, () => answers(`${upstream}/storage/v1/b?project=sandbox`), 30);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return true;
}
