import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Acme, startAcme } from '../../../sandbox/acme/start.ts';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { newCanary } from '../../../sandbox/demo/canary.ts';
import { UserRepository } from '../../../sandbox/demo/repository.ts';
import { type Settings, settingsOf } from '../../../sandbox/demo/settings.ts';
import { down } from '../../../sandbox/down.ts';
import { createCredentials } from '../../../sandbox/kubernetes/certificates.ts';
import { applyManifests } from '../../../sandbox/kubernetes/cluster.ts';
import { type ClusterSettings, startApiServer, startEtcd, token } from '../../../sandbox/kubernetes/control-plane.ts';
import { kubectl } from '../../../sandbox/kubernetes/kubectl.ts';
import { up } from '../../../sandbox/up.ts';
import { Person } from '../../../sandbox/workflow/github.ts';
import { readBundle } from '../../../src/certificate/bundle.ts';
import { checkPair, type Pair, readPair } from '../../../src/certificate/pair.ts';
import { Answer, type Transport, transport } from '../../../src/kubernetes/transport.ts';
import { announceNothing } from '../../../src/runner/mask.ts';
import { Environment } from '../deploy/environment.ts';
import { type Home, runStep, type Step, type StepResult } from '../deploy/job.ts';
import { Release } from '../deploy/release.ts';
import { ownerSignIn } from '../world/sign-in.ts';
import { Gate } from './gate.ts';

export const NAMESPACE = 'livekit';
const SECRET_PATH = `/api/v1/namespaces/${NAMESPACE}/secrets/livekit-turn-tls-dev`;
const FOLDER = 'livekit/dev/turn-cert';
export const DOMAIN = 'turn-dev.nova.example';

const tlsSecret = z.object({ data: z.object({ 'tls.crt': z.base64(), 'tls.key': z.base64() }) });
const versionsOf = z.object({ versions: z.array(z.object({ name: z.string(), state: z.string() })).default([]) });
const recordSets = z.object({ rrsets: z.array(z.object({ name: z.string(), type: z.string() })).default([]) });
const listing = z.object({ items: z.array(z.object({ name: z.string() })).default([]) });

/** What is where between two runs. */
export interface Found {
  /** Of the Kubernetes Secret; `undefined` when there is none. */
  readonly installed: Pair | undefined;
  /** Of Secret Manager's newest enabled version. */
  readonly stored: Pair | undefined;
  /** Names of TXT records in the zone for challenges. */
  readonly challenges: readonly string[];
  /** Contents of the bucket's objects for certificates, by their names in the folder. */
  readonly objects: ReadonlyMap<string, string>;
}

/**
 * Google's and GitHub's stand-ins with what Terraform makes of dev, a real certificate authority that refuses every second
 * nonce, real name servers, and a real API server with its etcd. There are no nodes, so nothing is rolled here. Everything
 * that a run talks to is behind a gate.
 */
export class CloudLab {
  readonly config: SandboxConfig;
  readonly acme: Acme;
  readonly gate: Gate;
  readonly #home: Home;
  readonly #environment: Environment;
  /** As the cluster's administrator. */
  readonly #exchange: Transport;
  #token = '';

  private constructor(parts: {
    config: SandboxConfig;
    acme: Acme;
    gate: Gate;
    home: Home;
    environment: Environment;
    exchange: Transport;
  }) {
    this.config = parts.config;
    this.acme = parts.acme;
    this.gate = parts.gate;
    this.#home = parts.home;
    this.#environment = parts.environment;
    this.#exchange = parts.exchange;
  }

  static async open(acmeOptions: Parameters<typeof startAcme>[1] = {}): Promise<CloudLab> {
    // What is read here is compared, and goes into no log.
    announceNothing();
    await down({ removeState: true });
    const [config, release] = await Promise.all([up({ only: 'cloud' }), Release.build()]);
    const keys = newCanary();
    const environment = await Environment.open(config, 'dev');
    const [acme, cluster, person, repository] = await Promise.all([
      startAcme(config, { nonceRejectPercent: 50, retryAfterSeconds: 0, ...acmeOptions }),
      startCluster(config),
      Person.signIn(config, 'ada', 'admin'),
      UserRepository.create(config),
      environment.apply(keys, { acme_zone: { dns_name: 'acme-dev.nova.example' } }),
    ]);
    const tls = join(config.directory, 'acme', 'tls');
    const gate = await Gate.open({
      google: config.addresses.google,
      storage: config.addresses.storage,
      kubernetes: { address: config.addresses.kubernetes, ...cluster.tls },
      acme: {
        address: new URL(acme.directoryUrl).origin,
        certificateAuthority: acme.certificateAuthority,
        certificate: join(tls, 'server.crt'),
        key: join(tls, 'server.key'),
      },
    });
    const settings = behind(settingsOf(config, keys), gate, cluster.tls.certificateAuthority);
    const home = { config, person, repository, settings, release };
    return new CloudLab({ config, acme, gate, home, environment, exchange: cluster.exchange });
  }

  async close(): Promise<void> {
    await this.gate.close();
    await this.acme.stop();
    this.#home.repository.remove();
    await Promise.all([this.#home.release.remove(), this.#environment.remove()]);
  }

  /** One run of turn-cert as GitHub runs it, whatever its conclusion. */
  run({ inputs, ...step }: Step = {}): Promise<StepResult> {
    const given = {
      directory: `${this.gate.addresses.acme}/dir`,
      'ca-bundle': readFileSync(this.acme.certificateAuthority, 'utf8'),
      'dns-resolvers': this.acme.resolvers.join('\n'),
      profile: 'tlsserver',
      roll: 'none',
      ...inputs,
    };
    return runStep(this.#home, 'dev', { ...step, action: 'turn-cert', inputs: given });
  }

  /** As `run`, which must succeed. */
  async renew(step: Step = {}): Promise<StepResult> {
    const result = await this.run(step);
    assert.equal(result.conclusion, 'success', `${result.errors.join('\n')}\n${result.log}`);
    return result;
  }

  /** Sends a signal to the run that is under way. */
  signal(name: NodeJS.Signals): void {
    const pid = actionOf(process.pid);
    if (pid !== undefined) process.kill(pid, name);
  }

  /** Looks at everything; throws when a pair is not whole. */
  async find(): Promise<Found> {
    const [installed, stored, challenges, objects] = await Promise.all([
      this.#installed(),
      this.#stored(),
      this.#challenges(),
      this.#objects(),
    ]);
    return { installed, stored, challenges, objects };
  }

  /** As before the first run: nothing is kept, installed or remembered. */
  async empty(): Promise<void> {
    await this.#exchange({ method: 'DELETE', path: SECRET_PATH }).catch(ifAbsent);
    for (const secret of ['livekit-dev-turn-certificate', 'livekit-dev-acme-account']) {
      const { versions } = versionsOf.parse(await this.#ask(`${this.#secretUrl(secret)}/versions?pageSize=1000`));
      for (const { name, state } of versions) {
        const url = `${this.config.addresses.google}/secretmanager.googleapis.com/v1/${name}:destroy`;
        if (state !== 'DESTROYED') await this.#ask(url, 'POST');
      }
    }
    for (const name of (await this.#objects()).keys()) await this.#remove(name);
  }

  /** The lease of a run that is no more; that there is none is fine. */
  async removeLease(): Promise<void> {
    await this.#remove('lease.json');
  }

  async #installed(): Promise<Pair | undefined> {
    const text = await this.#exchange({ method: 'GET', path: SECRET_PATH }).catch(ifAbsent);
    if (text === undefined) return undefined;
    const { data } = tlsSecret.parse(JSON.parse(text));
    const entry = (name: 'tls.crt' | 'tls.key') => Buffer.from(data[name], 'base64').toString('utf8');
    return whole(readPair(entry('tls.crt'), entry('tls.key'), 'The Kubernetes Secret'), 'The Kubernetes Secret');
  }

  /** As the cluster's administrator. */
  kubectl(...args: string[]): Promise<string> {
    const { bin, kubernetes } = this.config;
    return kubectl({ kubectl: join(bin, 'kubectl'), kubeconfig: kubernetes.adminKubeconfig }, args);
  }

  /** Certificate and key of any Secret, which belong together. */
  async secret(namespace: string, name: string): Promise<Pair> {
    const { data } = tlsSecret.parse(
      JSON.parse(await this.kubectl('get', 'secret', name, '-n', namespace, '-o', 'json')),
    );
    const entry = (key: 'tls.crt' | 'tls.key') => Buffer.from(data[key], 'base64').toString('utf8');
    return readPair(entry('tls.crt'), entry('tls.key'), `The Secret ${name}`);
  }

  /** A record in the main zone, as its owner sets it. */
  async setRecord(record: { name: string; type: string; ttl: number; rrdatas: readonly string[] }): Promise<void> {
    const { addresses, project } = this.config;
    const url = `${addresses.google}/dns.googleapis.com/dns/v1/projects/${project.id}/managedZones/nova-example/rrsets`;
    await this.#ask(url, 'POST', record);
  }

  /** Key of the environment's account at the certificate authority. */
  async accountKey(): Promise<string> {
    const newest = await this.#newest('livekit-dev-acme-account');
    assert.ok(newest !== undefined, 'there is no account yet');
    return newest.value;
  }

  async #stored(): Promise<Pair | undefined> {
    const newest = await this.#newest('livekit-dev-turn-certificate');
    if (newest === undefined) return undefined;
    const source = `Version ${newest.number} of Secret Manager`;
    return whole(readBundle(newest.value, source), source);
  }

  /** A secret's newest enabled version. */
  async #newest(name: string): Promise<{ number: number; value: string } | undefined> {
    const secret = this.#secretUrl(name);
    const { versions } = versionsOf.parse(await this.#ask(`${secret}/versions?pageSize=1000`));
    const enabled = versions.filter(({ state }) => state === 'ENABLED');
    const [number] = enabled.map((version) => Number(version.name.split('/').at(-1))).sort((a, b) => b - a);
    if (number === undefined) return undefined;
    const answer = z.object({ payload: z.object({ data: z.base64() }) });
    const { payload } = answer.parse(await this.#ask(`${secret}/versions/${number}:access`));
    return { number, value: Buffer.from(payload.data, 'base64').toString('utf8') };
  }

  async #challenges(): Promise<string[]> {
    const { addresses, project } = this.config;
    const url = `${addresses.google}/dns.googleapis.com/dns/v1/projects/${project.id}/managedZones/livekit-dev-acme/rrsets`;
    const { rrsets } = recordSets.parse(await this.#ask(url));
    return rrsets.filter(({ type }) => type === 'TXT').map(({ name }) => name);
  }

  async #objects(): Promise<Map<string, string>> {
    const { items } = listing.parse(await (await fetch(`${this.#bucket}?prefix=${FOLDER}/`)).json());
    const contents = items.map(async ({ name }): Promise<[string, string]> => {
      const answer = await fetch(`${this.#bucket}/${encodeURIComponent(name)}?alt=media`);
      return [name.slice(FOLDER.length + 1), await answer.text()];
    });
    return new Map(await Promise.all(contents));
  }

  async #remove(name: string): Promise<void> {
    await fetch(`${this.#bucket}/${encodeURIComponent(`${FOLDER}/${name}`)}`, { method: 'DELETE' });
  }

  get #bucket(): string {
    return `${this.config.addresses.storageUpstream}/storage/v1/b/${this.config.bucket}/o`;
  }

  #secretUrl(name: string): string {
    const { addresses, project } = this.config;
    return `${addresses.google}/secretmanager.googleapis.com/v1/projects/${project.id}/secrets/${name}`;
  }

  async #ask(url: string, method = 'GET', body?: object): Promise<unknown> {
    for (let isFresh = false; ; isFresh = true) {
      if (this.#token === '') this.#token = await ownerSignIn(this.config);
      const answer = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      // The owner's token lives an hour.
      if (answer.status === 401 && !isFresh) {
        this.#token = '';
        continue;
      }
      assert.equal(answer.status, 200, text);
      return JSON.parse(text) as unknown;
    }
  }
}

/** Etcd and API server beside the stand-ins, in the sandbox's directory: `down` ends them, too. */
async function startCluster(config: SandboxConfig) {
  const { directory, bin, addresses } = config;
  const file = readFileSync(join(directory, 'ports.json'), 'utf8');
  const ports = JSON.parse(file) as ClusterSettings['ports'];
  const credentials = await createCredentials(join(directory, 'kubernetes', 'pki'));
  const settings: ClusterSettings = {
    ...{ directory, bin, ports, credentials, apiServerPort: ports.apiServer },
    tokenReview: `${addresses.google}/sandbox/kubernetes/tokenreview`,
  };
  await startEtcd(settings);
  await startApiServer(settings);
  const administrator = { kubectl: join(bin, 'kubectl'), kubeconfig: config.kubernetes.adminKubeconfig };
  await applyManifests(administrator);
  await kubectl(administrator, ['create', 'namespace', NAMESPACE]);
  const { certificateAuthority, server } = credentials;
  const access = {
    server: addresses.kubernetes,
    certificateAuthority: readFileSync(certificateAuthority, 'utf8'),
    tlsServerName: undefined,
  };
  const exchange = transport(access, { token: () => Promise.resolve(token(settings, 'admin')) });
  return { exchange, tls: { certificateAuthority, ...server } };
}

function behind(settings: Settings, { addresses }: Gate, certificateAuthority: string): Settings {
  const endpoints = {
    googleapis: addresses.google,
    storage: addresses.storage,
    kubernetes: { server: addresses.kubernetes, certificateAuthority },
  };
  return { ...settings, env: { ...settings.env, LIVEKIT_GKE_ENDPOINTS: JSON.stringify(endpoints) } };
}

function ifAbsent(error: unknown): undefined {
  if (error instanceof Answer && error.status === 404) return undefined;
  throw error;
}

/** Certificate, issuers and key that belong together, for the domain, now. */
function whole(pair: Pair, source: string): Pair {
  checkPair(pair, { names: [DOMAIN], allowSelfSigned: false, now: new Date() }, source);
  return pair;
}

/** The process of an action that this one has started. */
function actionOf(parent: number): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('turn-cert.js'))
        return Number(pid);
    } catch {
      // It is gone.
    }
  }
  return undefined;
}
