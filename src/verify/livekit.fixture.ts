import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeWorld, livekitDeployment, livekitPod, node } from './world.fixture.ts';
import type { World } from './world.ts';

export const TRIAL_KEY = { key: 'APItrial', secret: 'a-secret-of-the-trial-that-is-long-enough' };
export const TURN_DOMAIN = 'turn.example.test';

/** A livekit-server on this machine, with TURN and a certificate of its own, and the world in which it is the one pod. */
export interface Trial {
  readonly world: World;
  readonly ports: { http: number; tcp: number; metrics: number; turnTls: number; turnUdp: number };
  /** The directory with `cert.pem`, `key.pem`, and `expired.pem`. */
  readonly directory: string;
  readonly certificate: string;
  stop(): Promise<void>;
}

/** Where a trial's server runs: its address, and the command that leads to it. */
export interface Where {
  readonly address: string;
  readonly enter: readonly string[];
}

const HERE: Where = { address: '127.0.0.1', enter: [] };

function livekitServer(): string {
  const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
  // A run that asks for these tests must not pass without them.
  if (bin === '') throw new Error('Set LIVEKIT_GKE_TEST_BIN to the directory with livekit-server.');
  return join(bin, 'livekit-server');
}

/**
 * Starts livekit-server from LIVEKIT_GKE_TEST_BIN, or another. The checks reach it as they reach a pod, only that the tunnel is
 * a local port. `configure` changes its configuration.
 */
export async function startTrial(
  configure: (config: Config) => void = () => undefined,
  name = 'livekit-0',
  binary = livekitServer(),
  { address, enter }: Where = HERE,
): Promise<Trial> {
  if (!existsSync(binary)) throw new Error(`${binary} does not exist.`);
  const directory = mkdtempSync(join(tmpdir(), 'livekit-trial-'));
  selfSigned(directory, 'cert', 'key', TURN_DOMAIN, 30);
  const [http = 0, tcp = 0, metrics = 0, turnTls = 0, turnUdp = 0] = await freePorts(5);
  const relay = 30_000 + Math.floor(Math.random() * 30) * 300;
  const config: Config = {
    port: http,
    bind_addresses: [address],
    rtc: {
      use_external_ip: false,
      tcp_port: tcp,
      port_range_start: relay + 100,
      port_range_end: relay + 299,
      enable_loopback_candidate: true,
    },
    keys: { [TRIAL_KEY.key]: TRIAL_KEY.secret },
    prometheus_port: metrics,
    turn: {
      enabled: true,
      domain: TURN_DOMAIN,
      tls_port: turnTls,
      udp_port: turnUdp,
      cert_file: join(directory, 'cert.pem'),
      key_file: join(directory, 'key.pem'),
      relay_range_start: relay,
      relay_range_end: relay + 99,
    },
  };
  configure(config);
  const [program = binary, ...before] = [...enter, binary];
  const server: ChildProcess = spawn(program, [...before, '--bind', address, '--node-ip', address], {
    stdio: 'ignore',
    env: { ...process.env, LIVEKIT_CONFIG: JSON.stringify(config) },
  });
  const certificate = readFileSync(join(directory, 'cert.pem'), 'utf8');
  const ports = { http, tcp, metrics, turnTls, turnUdp };
  const stop = async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill('SIGKILL')) await gone;
    rmSync(directory, { recursive: true });
  };
  const world = await worldAt({ name, ports, certificate, address });
  for (let tries = 0; tries < 100; tries++) {
    if (await isUp(address, http)) {
      return { world, ports, directory, certificate, stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error('livekit-server did not start within 10 s.');
}

/** Where a trial is, for this process or another one. */
export interface Place {
  readonly name: string;
  readonly ports: Trial['ports'];
  readonly certificate: string;
  readonly address?: string;
}

/** The world in which the server there is the one pod. */
export async function worldAt({ name, ports, certificate, address = HERE.address }: Place): Promise<World> {
  const { http, tcp, metrics, turnTls } = ports;
  const { readNodeIds } = await import('./node-ids.ts');
  const world = fakeWorld({
    keys: () => Promise.resolve(TRIAL_KEY),
    signalTarget: { kind: 'address', url: new URL(`ws://${address}:${http}`) },
    turnTarget: { host: address, port: turnTls, serverName: TURN_DOMAIN, authorities: [certificate] },
    deployment: livekitDeployment(1),
    nodes: [node(`node-of-${name}`)],
    pods: [livekitPod(name, { ports: { http, metrics, 'rtc-tcp': tcp } })],
    forward: (pod, _signal, use) => use(`${address}:${pod.port}`),
  });
  return { ...world, nodeIds: async () => readNodeIds(world, AbortSignal.timeout(10_000)) };
}

export interface Config {
  port: number;
  bind_addresses: string[];
  rtc: Record<string, unknown>;
  keys: Record<string, string>;
  prometheus_port: number;
  turn: Record<string, unknown>;
  redis?: { address: string };
}

/** Makes `<name>.pem` and `<key>.pem`; a negative number of days makes one that has expired. */
export function selfSigned(directory: string, name: string, key: string, domain: string, days: number): void {
  const times =
    days > 0 ? ['-days', String(days)] : ['-not_before', '20260101000000Z', '-not_after', '20260102000000Z'];
  const made = ['-keyout', join(directory, `${key}.pem`), '-out', join(directory, `${name}.pem`)];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const who = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
  execFileSync('openssl', ['req', '-x509', ...curve, ...made, ...times, ...who], { stdio: 'ignore' });
}

/** Several servers as the pods of one world; the first one is where signalling goes. */
export async function worldOf(trials: readonly Trial[]): Promise<World> {
  const [first] = trials;
  if (first === undefined) throw new Error('no trial');
  const workloads = await Promise.all(trials.map(({ world }) => world.workload()));
  const ids = await Promise.all(trials.map(({ world }) => world.nodeIds()));
  return {
    ...first.world,
    workload: () =>
      Promise.resolve({
        deployment: livekitDeployment(trials.length),
        pods: workloads.flatMap(({ pods }) => pods),
        nodes: workloads.flatMap(({ nodes }) => nodes),
      }),
    nodeIds: () => Promise.resolve(new Map(ids.flatMap((each) => [...each]))),
  };
}

/** A Redis of this machine, on a port of its own. */
export async function startRedis(): Promise<{ address: string; stop(): Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.kill('SIGKILL')) await gone;
    },
  };
}

function isUp(address: string, port: number): Promise<boolean> {
  return fetch(`http://${address}:${port}/`).then(
    (answer) => answer.ok,
    () => false,
  );
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const one = createServer();
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      return one;
    }),
  );
  const found = servers.map((one) => (one.address() as { port: number }).port);
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return found;
}
