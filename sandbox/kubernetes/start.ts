import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import type { Progress } from '../progress.ts';
import { together } from '../together.ts';
import { LIVEKIT } from '../tools/catalogue.ts';
import type { ToolProvider } from '../tools/provide.ts';
import { createCredentials } from './certificates.ts';
import { applyManifests, settleNodes } from './cluster.ts';
import {
  adminKubeconfig,
  clusterFile,
  startApiServer,
  startControllers,
  startDns,
  startEtcd,
  type ClusterSettings,
  type ControlPlanePorts,
} from './control-plane.ts';
import { buildBusyboxImages, buildLivekitImage } from './images.ts';
import { createNetwork } from './network.ts';
import { importImages, startContainerd, startKubelet, startProxy } from './node.ts';
import { MACHINES } from './plan.ts';
import { changeSysctls } from './sysctls.ts';

/**
 * Starts the cluster with all machines as Ready nodes. Each part waits only for what it needs itself. `machineTypeOf` tells
 * what a machine was made into by the node pool that has it.
 */
export async function startCluster(
  config: SandboxConfig,
  ports: ControlPlanePorts,
  tools: ToolProvider,
  progress: Progress,
  machineTypeOf: (machine: string) => string,
): Promise<void> {
  const { directory, bin } = config;
  changeSysctls(clusterFile(directory, 'sysctls.json'));
  await createNetwork(directory, ports.apiServer);
  const settings: ClusterSettings = {
    directory,
    bin,
    ports,
    apiServerPort: ports.apiServer,
    credentials: await createCredentials(join(directory, 'kubernetes', 'pki')),
    tokenReview: `${config.addresses.google}/sandbox/kubernetes/tokenreview`,
  };
  const administrator = { kubectl: join(bin, 'kubectl'), kubeconfig: adminKubeconfig(directory) };
  const apiServer = progress.step('etcd and API server', async (note) => {
    note('waiting for kube-apiserver to be built or fetched');
    await Promise.all([startEtcd(settings), tools.get('kube-apiserver')]);
    note('starting');
    await startApiServer(settings);
  });
  const serving = apiServer.then(async () => {
    await tools.get('kubectl');
    await applyManifests(administrator);
  });
  const controllers = apiServer.then(async () => {
    await Promise.all([tools.get('kube-controller-manager'), tools.get('kube-scheduler')]);
    await startControllers(settings);
  });
  const dns = Promise.all([apiServer, tools.get('coredns')]).then(() => startDns(settings));
  const busybox = buildBusyboxImages(directory);
  const livekit = tools.get('livekit-server').then((file) => buildLivekitImage(directory, file, LIVEKIT));
  const machines = MACHINES.map(async (machine) => {
    await startContainerd(settings, machine, machineTypeOf(machine.name));
    await importImages(directory, machine, await busybox);
    await Promise.all([apiServer, tools.get('kubelet'), tools.get('kube-proxy')]);
    await Promise.all([startKubelet(settings, machine), startProxy(settings, machine)]);
    await importImages(directory, machine, [await livekit]);
  });
  await together<unknown>([serving, controllers, dns, busybox, livekit, ...machines]);
  await progress.step('nodes', () => settleNodes(administrator, 60));
}
