import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, run } from '../command.ts';
import { readDaemon, startDaemon, stopDaemons, untilReady } from '../process.ts';
import { createCgroup } from './cgroups.ts';
import { writeKubeconfig } from './certificates.ts';
import { token, type NodeSettings } from './control-plane.ts';
import { PAUSE_IMAGE, type ImageArchive } from './images.ts';
import { disguise, findMachineType, readMachineType, reservedOf, writeMachine } from './machine-type.ts';
import { BRIDGE_ADDRESS, DNS_ADDRESS, POD_RANGE, type Machine } from './plan.ts';

/**
 * Starts the container runtime of a machine and waits for it. It lives in a mount namespace of its own, in which the
 * machine looks like one of the given type; kubelet joins it.
 */
export async function startContainerd(settings: NodeSettings, machine: Machine, machineType: string): Promise<void> {
  const folder = machineFolder(settings.directory, machine);
  for (const sub of ['cni', 'containerd']) mkdirSync(join(folder, sub), { recursive: true });
  writeFileSync(join(folder, 'cni', '10-pods.conflist'), JSON.stringify(podNetwork(machine, folder), null, 2));
  writeMachine(join(folder, 'machine'), findMachineType(machineType));
  const config = join(folder, 'containerd.toml');
  writeFileSync(config, containerdConfig(folder));
  const daemon = await startDaemon(settings.directory, {
    name: `${machine.namespace}-containerd`,
    command: 'containerd',
    args: ['--config', config, '--log-level', 'warn'],
    prefix: [
      ...[...inNetwork(machine), 'unshare', '--mount', '--propagation', 'private', '--'],
      ...['sh', '-c', disguise(join(folder, 'machine')), 'sh'],
    ],
    address: containerdSocket(settings.directory, machine),
  });
  await untilReady(
    daemon,
    async () =>
      (await attempt('ctr', ['--address', containerdSocket(settings.directory, machine), 'version'])).code === 0,
    60,
  );
}

/** Loads images into the machine's container runtime, those that it lacks. */
export async function importImages(
  directory: string,
  machine: Machine,
  images: readonly ImageArchive[],
): Promise<void> {
  const ctr = ['--address', containerdSocket(directory, machine), '--namespace', 'k8s.io', 'images'];
  const present = new Set((await run('ctr', [...ctr, 'list', '--quiet'])).split('\n'));
  for (const { reference, archive } of images) {
    if (!present.has(reference)) await run('ctr', [...ctr, 'import', archive]);
  }
}

/** Starts kubelet and kube-proxy of a machine; the node is registered soon after. */
export async function startKubelet(settings: NodeSettings, machine: Machine): Promise<void> {
  const runtime = readDaemon(settings.directory, `${machine.namespace}-containerd`);
  if (!runtime) throw new Error(`${machine.name} has no container runtime for its kubelet`);
  createCgroup(machine.namespace);
  const folder = machineFolder(settings.directory, machine);
  const kubeconfig = writeNodeKubeconfig(settings, machine, 'kubelet', machine.name);
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${DNS_ADDRESS}\n`);
  const config = join(folder, 'kubelet.json');
  writeFileSync(config, JSON.stringify(kubeletConfig(settings, machine, folder), null, 2));
  const labels = {
    'topology.kubernetes.io/region': machine.zone.slice(0, -2),
    'topology.kubernetes.io/zone': machine.zone,
  };
  const spec = {
    name: `${machine.namespace}-kubelet`,
    command: join(settings.bin, 'kubelet'),
    args: [
      `--config=${config}`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${machine.name}`,
      `--node-ip=${machine.address}`,
      // As on GKE: what a node's addresses are, the cloud says (see settleNodes).
      '--cloud-provider=external',
      `--root-dir=${join(folder, 'kubelet')}`,
      `--cert-dir=${join(folder, 'kubelet', 'pki')}`,
      `--node-labels=${Object.entries(labels)
        .map((label) => label.join('='))
        .join(',')}`,
    ],
    prefix: ['nsenter', '--target', String(runtime.pid), '--mount', '--net', '--'],
    address: `https://${machine.address}:10250`,
  };
  for (let tries = 1; ; tries++) {
    const daemon = await startDaemon(settings.directory, spec);
    try {
      return await untilReady(daemon, async () => (await fetch(`http://${machine.address}:10248/healthz`)).ok, 60);
    } catch (error) {
      // containerd answers a moment before it knows its containers again, and kubelet then gives up at once.
      if (tries === 5 || !(error as Error).message.includes('server is not initialized yet')) throw error;
      await sleep(500);
    }
  }
}

/** Makes another type of the machine: kubelet is started again and finds other CPUs and memory. */
export async function changeMachineType(settings: NodeSettings, machine: Machine, machineType: string): Promise<void> {
  const folder = join(machineFolder(settings.directory, machine), 'machine');
  if (readMachineType(folder) === machineType) return;
  await stopKubelet(settings, machine);
  writeMachine(folder, findMachineType(machineType));
  await startKubelet(settings, machine);
}

/** Starts a machine's kubelet again. */
export async function restartKubelet(settings: NodeSettings, machine: Machine): Promise<void> {
  await stopKubelet(settings, machine);
  await startKubelet(settings, machine);
}

async function stopKubelet({ directory }: NodeSettings, machine: Machine): Promise<void> {
  const kubelet = readDaemon(directory, `${machine.namespace}-kubelet`);
  if (kubelet) await stopDaemons(directory, [kubelet], 2);
}

/** Starts kube-proxy of a machine, which makes Service addresses work there. */
export async function startProxy(settings: NodeSettings, machine: Machine): Promise<void> {
  const folder = machineFolder(settings.directory, machine);
  const kubeconfig = writeNodeKubeconfig(settings, machine, 'proxy', 'proxy');
  const config = join(folder, 'proxy.json');
  writeFileSync(config, JSON.stringify(proxyConfig(machine, kubeconfig), null, 2));
  const daemon = await startDaemon(settings.directory, {
    name: `${machine.namespace}-proxy`,
    command: join(settings.bin, 'kube-proxy'),
    args: [`--config=${config}`],
    prefix: inNetwork(machine),
    address: `${machine.address} (nftables)`,
  });
  await untilReady(daemon, async () => (await fetch(`http://${machine.address}:10256/livez`)).ok, 60);
}

/** Folder of all that belongs to one machine. Short: containerd puts socket paths of 107 bytes at most under it. */
export function machineFolder(directory: string, machine: Machine): string {
  return join(directory, 'nodes', machine.namespace);
}

function containerdSocket(directory: string, machine: Machine): string {
  return join(machineFolder(directory, machine), 'containerd.sock');
}

function inNetwork(machine: Machine): string[] {
  // Not `ip netns exec`: it mounts /sys anew, and kubelet would then find no cgroups.
  return ['nsenter', `--net=/run/netns/${machine.namespace}`, '--'];
}

function writeNodeKubeconfig(settings: NodeSettings, machine: Machine, name: string, user: string): string {
  const file = join(machineFolder(settings.directory, machine), `${name}.kubeconfig`);
  const server = `https://${BRIDGE_ADDRESS}:${settings.apiServerPort}`;
  writeKubeconfig(file, server, settings.credentials.certificateAuthority, token(settings, user));
  return file;
}

/** Pods of a machine get addresses of its own range; the other machines have a route to it. */
function podNetwork(machine: Machine, folder: string): object {
  return {
    cniVersion: '1.0.0',
    name: `pods-${machine.namespace}`,
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: machine.podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(folder, 'cni-addresses'),
        },
      },
    ],
  };
}

function containerdConfig(folder: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'run')}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "${join(folder, 'containerd.sock')}"
[ttrpc]
  address = "${join(folder, 'containerd.ttrpc.sock')}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(folder, 'opt')}"
[plugins."io.containerd.grpc.v1.cri"]
  # A container without CAP_SYS_RESOURCE around it may not lower its score: every pod would die with
  # "can't get final child's PID from pipe".
  restrict_oom_score_adj = true
  sandbox_image = "${PAUSE_IMAGE}"
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(folder, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

function kubeletConfig(settings: NodeSettings, machine: Machine, folder: string): object {
  const reserved = reservedOf(findMachineType(readMachineType(join(folder, 'machine'))));
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: machine.address,
    healthzBindAddress: machine.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: settings.credentials.certificateAuthority },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${machine.namespace}`,
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: join(folder, 'resolv.conf'),
    containerRuntimeEndpoint: `unix://${containerdSocket(settings.directory, machine)}`,
    kubeReserved: { cpu: `${reserved.milliCpus}m`, memory: String(reserved.memoryBytes) },
    // The real machine's memory and disk are everybody's: a node must neither evict pods for what others use, nor collect
    // images that it cannot get again.
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'nodefs.inodesFree': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    podLogsDir: join(folder, 'pod-logs'),
    providerID: `gce://nova-livekit-dev/${machine.zone}/${machine.name}`,
    volumePluginDir: join(folder, 'volume-plugins'),
    maxPods: 110,
    nodeStatusUpdateFrequency: '5s',
  };
}

function proxyConfig(machine: Machine, kubeconfig: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig },
    clusterCIDR: POD_RANGE,
    hostnameOverride: machine.name,
    healthzBindAddress: `${machine.address}:10256`,
    metricsBindAddress: '127.0.0.1:10249',
    // These belong to the whole machine and may not be set in a network namespace.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
