import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { run } from '../../../sandbox/command.ts';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { createCredentials } from '../../../sandbox/kubernetes/certificates.ts';
import { type ClusterSettings, startApiServer } from '../../../sandbox/kubernetes/control-plane.ts';
import { startKubelet } from '../../../sandbox/kubernetes/node.ts';
import { type Machine, MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import { readDaemon, signal } from '../../../sandbox/process.ts';
import { isAlive } from '../../../sandbox/process-id.ts';

const portsSchema = z.object({
  ...{ etcd: z.number(), etcdPeer: z.number(), apiServer: z.number() },
  ...{ controllerManager: z.number(), scheduler: z.number() },
});

/** A node's machine, by the node's name. */
export function machineOf(node: string): Machine {
  const machine = MACHINES.find(({ name }) => name === node);
  if (machine === undefined) throw new Error(`there is no machine ${node}`);
  return machine;
}

/** The node says no more to the control plane; what runs on it runs on. */
export function loseNode({ directory }: SandboxConfig, node: string): Promise<void> {
  return kill(directory, `${machineOf(node).namespace}-kubelet`);
}

export async function bringBackNode(config: SandboxConfig, node: string): Promise<void> {
  await startKubelet(await settingsOf(config), machineOf(node));
}

/** Without a word, as when its machine is replaced. */
export function killApiServer({ directory }: SandboxConfig): Promise<void> {
  return kill(directory, 'kube-apiserver');
}

export async function bringBackApiServer(config: SandboxConfig): Promise<void> {
  await startApiServer(await settingsOf(config));
}

/**
 * A machine reaches its own external address, as on Compute Engine; LiveKit tries it when it starts, and waits long where it
 * does not.
 */
export async function openOwnAddress({ namespace, address, externalAddress }: Machine): Promise<void> {
  const rules = `table ip own_address {
    chain output {
      type nat hook output priority -100; policy accept;
      ip daddr ${externalAddress} dnat to ${address}
    }
  }`;
  await run('nsenter', [`--net=/run/netns/${namespace}`, '--', 'nft', '-f', '-'], { input: rules, timeoutSeconds: 10 });
}

async function settingsOf(config: SandboxConfig): Promise<ClusterSettings> {
  const ports = portsSchema.parse(JSON.parse(readFileSync(join(config.directory, 'ports.json'), 'utf8')));
  return {
    directory: config.directory,
    bin: config.bin,
    ports,
    apiServerPort: ports.apiServer,
    credentials: await createCredentials(join(config.directory, 'kubernetes', 'pki')),
    tokenReview: `${config.addresses.google}/sandbox/kubernetes/tokenreview`,
  };
}

async function kill(directory: string, part: string): Promise<void> {
  const daemon = readDaemon(directory, part);
  if (daemon === undefined) throw new Error(`${part} does not run`);
  signal(daemon.pid, 'SIGKILL');
  while (isAlive(daemon)) await sleep(20);
}
