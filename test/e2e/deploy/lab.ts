import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import { run } from '../../../sandbox/command.ts';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { type Canary, newCanary } from '../../../sandbox/demo/canary.ts';
import { UserRepository } from '../../../sandbox/demo/repository.ts';
import { type Settings, settingsOf } from '../../../sandbox/demo/settings.ts';
import { down } from '../../../sandbox/down.ts';
import { kubectl } from '../../../sandbox/kubernetes/kubectl.ts';
import { MACHINES, WORLD_CLIENT } from '../../../sandbox/kubernetes/plan.ts';
import { up } from '../../../sandbox/up.ts';
import { Person } from '../../../sandbox/workflow/github.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { Call } from './call.ts';
import { Environment } from './environment.ts';
import { runStep, type Step, type StepResult } from './job.ts';
import { openOwnAddress } from './machine.ts';
import { Release } from './release.ts';

export const NAMESPACE = 'livekit';
export const RELEASE = 'livekit-server';

const STUN_PORT = 3478;
/** The sandbox has an older server, and a STUN server of its own on its internet; all else is as the payload has it. */
const SANDBOX_VALUES = {
  image: { tag: 'v1.11.0' },
  livekit: { rtc: { stun_servers: [`${WORLD_CLIENT}:${STUN_PORT}`] } },
};
export const VALUES_FILE = 'helm/sandbox.yaml';

const podsOf = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.string().optional() }),
      spec: z.object({ nodeName: z.string().optional() }),
      status: z.object({
        phase: z.string().default(''),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z.array(z.object({ restartCount: z.number() })).default([]),
      }),
    }),
  ),
});

export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ready: boolean;
  readonly ending: boolean;
  readonly restarts: number;
}

const historyOf = z.array(z.object({ revision: z.number(), status: z.string(), description: z.string() }));

/** The environment dev on real nodes, a user's repository that deploys to it, and people who call each other over it. */
export class Lab {
  readonly config: SandboxConfig;
  /** The one that is deployed to; another can take its place. */
  environment: Environment;
  /** API key and secret of the environment; a rotation writes new ones. */
  keys: Canary;
  readonly settings: Settings;
  readonly repository: UserRepository;
  readonly release: Release;
  readonly person: Person;
  readonly #stun: ChildProcess;
  #calls: Call[] = [];

  private constructor(parts: {
    config: SandboxConfig;
    environment: Environment;
    keys: Canary;
    repository: UserRepository;
    release: Release;
    person: Person;
    stun: ChildProcess;
  }) {
    this.config = parts.config;
    this.environment = parts.environment;
    this.keys = parts.keys;
    this.repository = parts.repository;
    this.release = parts.release;
    this.person = parts.person;
    this.#stun = parts.stun;
    this.settings = settingsOf(parts.config, parts.keys);
  }

  /** A sandbox from nothing, dev applied, and a repository with the payload. Nothing is deployed yet. */
  static async open(): Promise<Lab> {
    await down({ removeState: true });
    const [config, release] = await Promise.all([up(), Release.build()]);
    await Promise.all(MACHINES.map(openOwnAddress));
    const keys = newCanary();
    const environment = await Environment.open(config, 'dev');
    const [person, repository] = await Promise.all([
      Person.signIn(config, 'ada', 'admin'),
      UserRepository.create(config),
      environment.apply(keys),
    ]);
    // Last: from here on there is somebody who ends it.
    const stun = await startStun(config);
    try {
      const lab = new Lab({ config, environment, keys, repository, release, person, stun });
      repository.write(VALUES_FILE, stringify(SANDBOX_VALUES));
      return lab;
    } catch (error) {
      stun.kill('SIGKILL');
      throw error;
    }
  }

  /** Ends what the lab itself has started; the sandbox stays. */
  async close(): Promise<void> {
    try {
      await Promise.all(this.#calls.map((call) => call.leave()));
    } finally {
      this.#stun.kill('SIGKILL');
    }
    this.repository.remove();
    await Promise.all([this.release.remove(), this.environment.remove()]);
  }

  /** One run of helm-deploy as GitHub runs it, whatever its conclusion. `set` are lines of the input. */
  run(step: Step & { readonly set?: readonly string[] } = {}): Promise<StepResult> {
    const { set = [], inputs = {}, ...rest } = step;
    // Where a step has values of its own the sandbox's stand before them.
    const values = [VALUES_FILE, inputs['values'] ?? ''].filter((line) => line !== '').join('\n');
    const isLivekit = inputs['chart'] === undefined || /(^|\/)livekit-server$/.test(inputs['chart']);
    const all = { ...inputs, ...(isLivekit && { values }), ...(set.length > 0 && { set: set.join('\n') }) };
    return runStep(this, this.environment.name, { ...rest, inputs: all });
  }

  /** As `run`, which must succeed. */
  async deploy(step: Parameters<Lab['run']>[0] = {}): Promise<StepResult> {
    const result = await this.run(step);
    assert.equal(result.conclusion, 'success', `${result.errors.join('\n')}\n${result.log}`);
    return result;
  }

  /** As the cluster's administrator. */
  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.administrator, args);
  }

  async apply(...objects: object[]): Promise<void> {
    await kubectl(
      this.administrator,
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** Posts an object to a path of the API. */
  async create(path: string, object: object): Promise<void> {
    await kubectl(this.administrator, ['create', '--raw', path, '-f', '-'], JSON.stringify(object));
  }

  /** Who holds a deploy's Lease, by release. */
  async leases(): Promise<string[]> {
    const lease = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });
    return (await this.get(lease, 'leases')).items.map(({ metadata }) => metadata.name);
  }

  /** `kubectl get` in LiveKit's namespace. */
  async get<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
    return schema.parse(JSON.parse(await this.kubectl('get', '-n', NAMESPACE, '-o', 'json', ...args)));
  }

  /** LiveKit's pods, by name. */
  async pods(): Promise<PodFacts[]> {
    const { items } = await this.get(
      podsOf,
      'pods',
      '-l',
      'app.kubernetes.io/name=livekit-server',
      '--sort-by=.metadata.name',
    );
    return items.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName ?? '',
      ready: status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      ending: metadata.deletionTimestamp !== undefined,
      restarts: status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    }));
  }

  /** The same once none ends any more: a pod without calls serves on for a while after its deploy. */
  async stillPods(): Promise<PodFacts[]> {
    return eventually(async () => {
      const pods = await this.pods();
      assert.ok(
        pods.every(({ ready, ending }) => ready && !ending),
        JSON.stringify(pods),
      );
      return pods;
    }, 60);
  }

  /** Helm's history of a release, by Helm itself, oldest first. */
  async history(release = RELEASE): Promise<z.infer<typeof historyOf>> {
    const args = [
      'history',
      release,
      '-n',
      NAMESPACE,
      '-o',
      'json',
      '--kubeconfig',
      this.config.kubernetes.adminKubeconfig,
    ];
    return historyOf.parse(JSON.parse(await run(join(this.config.bin, 'helm'), args, { timeoutSeconds: 30 })));
  }

  /** Two people in a room, heard by each other. Their way in is the environment's domain. */
  async call(room: string, seconds = 600): Promise<Call> {
    const url = `wss://${this.environment.domain}`;
    const call = await Call.start(this.config, { url, keys: this.keys, room, seconds });
    this.#calls = [...this.#calls.filter(({ isOver }) => !isOver), call];
    return call;
  }

  /** Waits until the domain serves with a certificate that is trusted, as after an install. */
  async untilServed(seconds = 60): Promise<void> {
    const certificate = z.object({ status: z.object({ certificateStatus: z.string() }) });
    await eventually(async () => {
      const { status } = await this.get(certificate, 'managedcertificate', 'livekit-dev');
      assert.equal(status.certificateStatus, 'Active');
    }, seconds);
    await eventually(async () => (await this.call('first', 10)).leave(), seconds);
  }

  get administrator() {
    return { kubectl: join(this.config.bin, 'kubectl'), kubeconfig: this.config.kubernetes.adminKubeconfig };
  }
}

async function startStun({ directory }: SandboxConfig): Promise<ChildProcess> {
  const [command = '', ...prefix] = inWorld(directory);
  const file = join(import.meta.dirname, 'stun.ts');
  const child = spawn(command, [...prefix, process.execPath, file, WORLD_CLIENT, String(STUN_PORT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the STUN server ended with ${code}`)));
  ended.catch(() => undefined);
  const endsWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endsWithUs);
  child.once('exit', () => process.off('exit', endsWithUs));
  await Promise.race([once(child.stdout, 'data'), ended]);
  return child;
}

/** Tries until it holds; the last reason is what fails. */
export async function eventually<T>(work: () => Promise<T>, seconds = 30): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
