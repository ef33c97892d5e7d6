import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, sandboxDirectory, type SandboxConfig } from './config.ts';
import { clean } from './down.ts';
import { adminKubeconfig, type ControlPlanePorts } from './kubernetes/control-plane.ts';
import { startCluster } from './kubernetes/start.ts';
import { networkOwner } from './kubernetes/network.ts';
import { MACHINES, REDIS_ADDRESS } from './kubernetes/plan.ts';
import { withLock } from './lock.ts';
import { exists, mainFile, type StandIn, startStandIn, startStorage } from './parts.ts';
import { noteNetwork } from './network-share.ts';
import { choosePorts, isPortFree } from './ports.ts';
import { listDaemons } from './process.ts';
import { isAlive } from './process-id.ts';
import { Progress } from './progress.ts';
import { readSandbox, readUp, whatIsMissing, writeState } from './state.ts';
import { together } from './together.ts';
import { installPackages } from './tools/packages.ts';
import { ToolProvider } from './tools/provide.ts';
import { REDIS_PREFIX } from './world/redis.ts';
import { machineTypes } from './world/node-pool.ts';
import { restoreWorld } from './world/world.ts';

export interface UpOptions {
  readonly directory?: string;
  readonly progress?: Progress;
  /**
   * Only the cluster (and nothing that plays Google or GitHub), for work on the cluster itself; or only what plays Google
   * and GitHub: what Terraform applies then exists on paper, which is enough for plans and applies. It has no network of
   * its own, so it may be up beside another sandbox, in a directory of its own.
   */
  readonly only?: 'cluster' | 'cloud';
}

const PORTS = [
  ...['github', 'google', 'storage', 'storageUpstream', 'helmRepository'],
  ...['apiServer', 'etcd', 'etcdPeer', 'controllerManager', 'scheduler', 'gke'],
] as const;
type Ports = Record<string, number>;

/** Brings the whole sandbox up and gives its addresses; one that is up already is left as it is. */
export async function up(options: UpOptions = {}): Promise<SandboxConfig> {
  const missing = whatIsMissing();
  if (missing) throw new Error(missing);
  const directory = options.directory ?? sandboxDirectory();
  const progress = options.progress ?? new Progress();
  const waiting = (pid: number): void => progress.line('·', `process ${pid} works on the sandbox, waiting for it`);
  return withLock(join(directory, 'lock'), () => start(directory, progress, options), waiting);
}

async function start(directory: string, progress: Progress, options: UpOptions): Promise<SandboxConfig> {
  const already = readUp(directory);
  if (already) {
    progress.line('✓', `the sandbox is up since ${already.since} (${directory})`, '32');
    return readSandbox(directory);
  }
  const owner = networkOwner();
  const other = owner === undefined || owner === directory ? undefined : owner;
  if (other !== undefined && options.only !== 'cloud') {
    throw new Error(
      `another sandbox (${other}) is up on this machine: end it with \`LIVEKIT_GKE_SANDBOX_DIR=${other} npm run sandbox -- down\`, or start only Google's and GitHub's stand-ins beside it`,
    );
  }
  if (options.only !== 'cloud') noteNetwork(directory);
  await clean(directory, progress);
  // The other one's parts may only be about to listen.
  const taken = other === undefined ? [] : Object.values(rememberedPorts(other));
  const isFree = async (each: number): Promise<boolean> => !taken.includes(each) && (await isPortFree(each));
  const ports = await choosePorts([...PORTS], rememberedPorts(directory), isFree);
  writeState(directory, 'ports.json', ports);
  const config = describe(directory, ports);
  writeState(directory, 'sandbox.json', config);
  await startParts(config, ports, progress, options);
  // Redis instances come and go with what Terraform applies: the sandbox is whole without them.
  const parts = listDaemons(directory)
    .filter((daemon) => isAlive(daemon) && !daemon.name.startsWith(REDIS_PREFIX))
    .map(({ name }) => name);
  writeState(directory, 'up.json', { since: new Date().toISOString(), parts });
  progress.line('✓', `the sandbox is up: ${parts.length} parts, state and logs in ${directory}`, '32');
  return config;
}

async function startParts(config: SandboxConfig, ports: Ports, progress: Progress, options: UpOptions): Promise<void> {
  const abort = new AbortController();
  const tools = new ToolProvider(cacheDirectory(), config.bin, progress, abort.signal);
  const allTools = options.only === 'cluster' ? Promise.resolve() : tools.all();
  const packages = installPackages(progress);
  const work = [packages, allTools];
  if (options.only !== 'cloud') {
    const cluster = packages
      .then(() => startCluster(config, controlPlanePorts(ports), tools, progress, machineTypes(config)))
      .then(() => restoreWorld(config))
      .then(() => startControllers(config, port(ports, 'gke'), progress));
    work.push(cluster);
  }
  if (options.only !== 'cluster') {
    const world = options.only === 'cloud' ? 'still' : 'real';
    work.push(packages.then(() => startStandIns(config, tools, progress, world)));
  }
  // The first failure is told at once and ends long builds; the rest is waited for.
  await together(work, (error) => {
    progress.line('✗', error.message.split('\n')[0] ?? '', '31');
    abort.abort();
  });
}

/** GKE's own controllers act on the cluster and on the world: once both are there. */
async function startControllers({ directory }: SandboxConfig, statusPort: number, progress: Progress): Promise<void> {
  const address = `http://127.0.0.1:${statusPort}`;
  await progress.step('gke', () => startStandIn(directory, { name: 'gke', address, args: ['--address', address] }));
}

async function startStandIns(
  config: SandboxConfig,
  tools: ToolProvider,
  progress: Progress,
  world: 'real' | 'still',
): Promise<void> {
  const { directory, bin, addresses } = config;
  const start = (name: StandIn['name'], address: string, ...args: string[]): Promise<void> =>
    exists(name)
      ? progress.step(name, () => startStandIn(directory, { name, address, args }))
      : Promise.resolve(progress.line('·', `${name} left out: ${mainFile(name)} is not there`));
  const storage = tools
    .get('fake-gcs-server')
    .then(() => startStorage(directory, bin, addresses.storageUpstream, addresses.storage));
  const helmRepository = tools.get('helm').then(() => start('helm-repository', addresses.helmRepository));
  const google = storage.then(() => start('google', addresses.google, '--world', world));
  await together([google, start('github', addresses.github), helmRepository, installMirror(config)]);
}

/** Lets Terraform find the stand-in for the google provider. */
async function installMirror(config: SandboxConfig): Promise<void> {
  const file = new URL('./provider/mirror.ts', import.meta.url);
  if (!existsSync(file)) return;
  const mirror = (await import(file.href)) as { installProviderMirror?: (config: SandboxConfig) => Promise<unknown> };
  await mirror.installProviderMirror?.(config);
}

function describe(directory: string, ports: Ports): SandboxConfig {
  const address = (name: string, scheme = 'http'): string => `${scheme}://127.0.0.1:${port(ports, name)}`;
  return {
    directory,
    bin: join(directory, 'bin'),
    project: { id: 'nova-livekit-dev', number: '123456789012', region: 'asia-northeast1' },
    repository: {
      owner: 'nova',
      name: 'livekit',
      id: '900100',
      ownerId: '900001',
      gitDirectory: join(directory, 'github', 'livekit.git'),
    },
    bucket: 'nova-livekit-dev-terraform-state',
    addresses: {
      github: address('github'),
      google: address('google'),
      storage: address('storage'),
      storageUpstream: address('storageUpstream'),
      helmRepository: address('helmRepository'),
      kubernetes: address('apiServer', 'https'),
    },
    kubernetes: {
      certificateAuthority: join(directory, 'kubernetes', 'pki', 'ca.crt'),
      adminKubeconfig: adminKubeconfig(directory),
      nodes: MACHINES.map(({ name, address: nodeAddress }) => ({ name, address: nodeAddress })),
    },
    redisAddress: REDIS_ADDRESS,
  };
}

function controlPlanePorts(ports: Ports): ControlPlanePorts {
  return {
    etcd: port(ports, 'etcd'),
    etcdPeer: port(ports, 'etcdPeer'),
    apiServer: port(ports, 'apiServer'),
    controllerManager: port(ports, 'controllerManager'),
    scheduler: port(ports, 'scheduler'),
  };
}

function port(ports: Ports, name: string): number {
  const found = ports[name];
  if (found === undefined) throw new Error(`no port was chosen for ${name}`);
  return found;
}

/** The ports of the last time, so that addresses in Terraform's state and in Kubernetes stay true after `down` and `up`. */
function rememberedPorts(directory: string): Ports {
  try {
    return JSON.parse(readFileSync(join(directory, 'ports.json'), 'utf8')) as Ports;
  } catch {
    return {};
  }
}
