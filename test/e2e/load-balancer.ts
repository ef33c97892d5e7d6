import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { run } from '../../sandbox/command.ts';
import type { SandboxConfig } from '../../sandbox/config.ts';
import { down } from '../../sandbox/down.ts';
import { issue, webAuthority } from '../../sandbox/gke/certificate/authority.ts';
import { kubectl } from '../../sandbox/kubernetes/kubectl.ts';
import { terraformRun } from '../../sandbox/provider/terraform-run.ts';
import { up } from '../../sandbox/up.ts';
import { inWorld } from '../../sandbox/world/outside.ts';
import {
  CERTIFICATE,
  DOMAIN,
  FRONTEND_CONFIG,
  joinToken,
  PLAIN,
  rootModule,
  tlsSecret,
  TURN_DOMAIN,
  values,
} from './load-balancer/environment.ts';
import type { Scenario } from './scenario.ts';
import { ownerSignIn, post, signIn } from './world/sign-in.ts';

const MODULES = join(import.meta.dirname, '..', '..', 'terraform', 'modules');
const SIGNAL = `https://${DOMAIN}/`;
const DRAINING_SECONDS = 5;

export const scenario: Scenario = {
  title: 'GKE’s own controllers: Ingress, certificate and TURN, from the reserved addresses to LiveKit',
  async run(check) {
    await down({ removeState: true });
    const cluster = new Cluster(await up());
    const applied = await check('Terraform applies network, addresses, DNS, a cluster and two nodes', () =>
      apply(cluster.config),
    );
    if (!applied) return;
    const deployed = await check('LiveKit is deployed before its address is reachable by TLS', () => deploy(cluster));
    if (!deployed) return;
    await check('an AAAA record and a strange CAA keep the certificate back, and without them it gets Active', () =>
      certify(cluster),
    );
    await check('the signal is served by HTTPS, HTTP is redirected, other hosts are not served', () => signal(cluster));
    await check('without a BackendConfig a WebSocket is cut after 30 s although it is used, with one it lives on', () =>
      sockets(cluster),
    );
    await check('TURN over TLS is reached by its reserved address, and the nodes’ own stay as the rules say', () =>
      turn(cluster),
    );
    await check('a Service that was made with a target pool does not change to a backend service', () =>
      migrate(cluster),
    );
    await check('a pod that ends gets no new connections, and loses its old ones after the draining time', () =>
      drain(cluster),
    );
    await check('without any healthy pod the answer is 502', () => unhealthy(cluster));
    await check('after down and up it serves as before', async () => {
      await cluster.kubectl('scale', 'deployment/livekit-server', '-n', 'livekit', '--replicas=2');
      await down();
      cluster.config = await up();
      await eventually(async () => assert.equal((await cluster.get(SIGNAL)).text, 'OK'), 90);
    });
    await check('down leaves nothing behind', () => down());
  },
};

class Cluster {
  config: SandboxConfig;

  constructor(config: SandboxConfig) {
    this.config = config;
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.administrator, args);
  }

  async applyObjects(...objects: object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await kubectl(this.administrator, ['apply', '-f', '-'], list);
  }

  async json<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
    return schema.parse(JSON.parse(await this.kubectl('get', '-n', 'livekit', '-o', 'json', ...args)));
  }

  /** The address that a load balancer has, from its object's status. */
  async addressOf(kind: string, name: string): Promise<string> {
    const balanced = z.object({
      status: z.object({ loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string() })) }) }),
    });
    return (await this.json(balanced, kind, name)).status.loadBalancer.ingress[0]?.ip ?? '';
  }

  /** What somebody on the internet meets. */
  async ask<T>(answer: z.ZodType<T>, ...asks: object[]): Promise<T[]> {
    const [command = '', ...prefix] = inWorld(this.config.directory);
    const file = join(import.meta.dirname, 'load-balancer', 'client.ts');
    const text = await run(command, [...prefix, process.execPath, file, JSON.stringify(asks)], {
      env: { NODE_EXTRA_CA_CERTS: webAuthority(this.config.directory) },
      timeoutSeconds: 90,
    });
    return z.array(answer).parse(JSON.parse(text));
  }

  async get(url: string): Promise<z.infer<typeof Got>> {
    return (await this.ask(Got, { kind: 'get', url }))[0] ?? {};
  }

  /** Changes what the project's DNS says, as its owner. */
  async putRecord(method: 'POST' | 'DELETE', type: string, rrdatas: readonly string[]): Promise<void> {
    const { addresses, project } = this.config;
    const zone = `${addresses.google}/dns.googleapis.com/dns/v1/projects/${project.id}/managedZones/example-com/rrsets`;
    const token = await ownerSignIn(this.config);
    const record = { name: `${DOMAIN}.`, type, ttl: 60, rrdatas };
    const { status, text } =
      method === 'POST'
        ? await post(zone, token, record)
        : await post(`${zone}/${DOMAIN}./${type}`, token, undefined, 'DELETE');
    assert.equal(status, 200, text);
  }

  private get administrator() {
    return { kubectl: join(this.config.bin, 'kubectl'), kubeconfig: this.config.kubernetes.adminKubeconfig };
  }
}

const Got = z.object({
  status: z.number().optional(),
  location: z.string().optional(),
  text: z.string().optional(),
  error: z.string().optional(),
});
const Lived = z.object({ code: z.number(), seconds: z.number(), messages: z.number(), pongs: z.number() });

async function apply(config: SandboxConfig): Promise<void> {
  const terraform = await terraformRun(MODULES);
  try {
    await terraform.write('main.tf', rootModule(config));
    const environment = {
      PATH: `${config.bin}:${process.env['PATH'] ?? ''}`,
      LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: config.addresses.google }),
      GOOGLE_OAUTH_ACCESS_TOKEN: await signIn(config, 'livekit-cicd'),
    };
    for (const args of [['init'], ['apply', '-auto-approve']]) {
      const { exitCode, text } = await terraform.run(args, environment);
      assert.equal(exitCode, 0, text);
    }
  } finally {
    await terraform.remove();
  }
}

async function deploy(cluster: Cluster): Promise<void> {
  const { config } = cluster;
  await cluster.putRecord('POST', 'AAAA', ['2001:db8::1']);
  await cluster.kubectl('create', 'namespace', 'livekit');
  await cluster.applyObjects(
    ...[FRONTEND_CONFIG, CERTIFICATE, ...PLAIN],
    tlsSecret(await issue(config.directory, [TURN_DOMAIN])),
  );
  const chart = [
    'livekit-server',
    '--repo',
    config.addresses.helmRepository,
    '--namespace',
    'livekit',
    '--values',
    '-',
  ];
  const kubeconfig = ['--kubeconfig', config.kubernetes.adminKubeconfig, '--wait', '--timeout', '90s'];
  await run(join(config.bin, 'helm'), ['install', 'livekit-server', ...chart, ...kubeconfig], {
    input: JSON.stringify(values(DRAINING_SECONDS)),
    timeoutSeconds: 120,
  });
  await eventually(async () => {
    assert.equal(await cluster.addressOf('ingress', 'livekit-server'), '198.51.100.1');
    assert.equal(await cluster.addressOf('service', 'livekit-server-turn'), '203.0.113.129');
  });
}

async function certify(cluster: Cluster): Promise<void> {
  await statusIs(cluster, 'Provisioning', 'FailedNotVisible');
  assert.match((await cluster.get(SIGNAL)).error ?? '', /handshake|alert/i);
  await cluster.putRecord('DELETE', 'AAAA', []);
  await statusIs(cluster, 'Active', 'Active');
  // Another certificate for the same name: Google may not issue it.
  await cluster.putRecord('DELETE', 'CAA', []);
  await cluster.putRecord('POST', 'CAA', ['0 issue "letsencrypt.org"']);
  await cluster.applyObjects({ ...CERTIFICATE, metadata: { name: 'another', namespace: 'livekit' } });
  await statusIs(cluster, 'Provisioning', 'FailedCaaForbidden', 'another');
  await cluster.putRecord('DELETE', 'CAA', []);
  await cluster.putRecord('POST', 'CAA', ['0 issue "pki.goog"']);
}

async function statusIs(cluster: Cluster, whole: string, domain: string, name = 'livekit-dev'): Promise<void> {
  const schema = z.object({
    status: z.object({
      certificateName: z.string().startsWith('mcrt-'),
      certificateStatus: z.string(),
      domainStatus: z.array(z.object({ domain: z.string(), status: z.string() })),
    }),
  });
  await eventually(async () => {
    const { status } = await cluster.json(schema, 'managedcertificate', name);
    assert.deepEqual([status.certificateStatus, status.domainStatus], [whole, [{ domain: DOMAIN, status: domain }]]);
  });
}

async function signal(cluster: Cluster): Promise<void> {
  await eventually(async () => assert.deepEqual(await cluster.get(SIGNAL), { status: 200, location: '', text: 'OK' }));
  const redirected = await cluster.get(`http://${DOMAIN}/rtc/validate?x=1`);
  assert.deepEqual([redirected.status, redirected.location], [308, `https://${DOMAIN}/rtc/validate?x=1`]);
  const [stranger] = await cluster.ask(Got, { kind: 'get', url: SIGNAL, host: 'other.example.com' });
  assert.equal(stranger?.status, 404);
  // Its own port on the nodes is shut to the internet: the way in is the load balancer.
  assert.match((await cluster.get('http://203.0.113.11:7880/')).error ?? '', /no answer/);
}

async function sockets(cluster: Cluster): Promise<void> {
  const plain = await cluster.addressOf('ingress', 'plain');
  const socket = (origin: string, identity: string) => ({
    ...{ kind: 'socket', url: `${origin}/rtc?protocol=15&sdk=js`, token: joinToken('room', identity), seconds: 40 },
  });
  const [without, with_] = await cluster.ask(Lived, socket(`ws://${plain}`, 'one'), socket(`wss://${DOMAIN}`, 'two'));
  assert.ok(without && with_);
  assert.equal(without.code, 1006, 'the connection was not cut');
  // It would have ended by itself, and with another code, after 40 s.
  assert.ok(without.seconds >= 30 && without.seconds < 40, `cut after ${without.seconds} s`);
  assert.equal(with_.code, 1000, `cut after ${with_.seconds} s although the BackendConfig allows hours`);
  // Both were used all the time: a time-out for silence would not have cut them.
  assert.ok(without.pongs > 40 && with_.pongs > 60 && without.messages > 0 && with_.messages > 0);
}

async function turn(cluster: Cluster): Promise<void> {
  const Names = z.object({ names: z.string().optional(), error: z.string().optional() });
  const ask = (host: string, port: number) => ({ kind: 'tls', host, port, name: TURN_DOMAIN });
  const [byName, ...others] = await cluster.ask(
    Names,
    ...[ask(TURN_DOMAIN, 443), ask('203.0.113.129', 5349), ask('203.0.113.130', 443), ask('203.0.113.11', 443)],
  );
  assert.deepEqual(byName, { names: `DNS:${TURN_DOMAIN}` });
  for (const other of others) assert.ok(other.error, 'a port that nobody opened answered');
}

async function migrate(cluster: Cluster): Promise<void> {
  const legacy = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'legacy', namespace: 'livekit' } },
    spec: { type: 'LoadBalancer', selector: { 'app.kubernetes.io/name': 'livekit-server' }, ports: [{ port: 7880 }] },
  };
  await cluster.applyObjects(legacy);
  await eventually(async () => assert.match(await cluster.addressOf('service', 'legacy'), /^203\.0\.113\./));
  const address = await cluster.addressOf('service', 'legacy');
  await cluster.kubectl('annotate', 'service', 'legacy', '-n', 'livekit', 'cloud.google.com/l4-rbs=enabled');
  const Found = z.object({ items: z.array(z.object({ reason: z.string(), message: z.string() })) });
  await eventually(async () => {
    const { items } = await cluster.json(Found, 'events', '--field-selector=involvedObject.name=legacy');
    const refused = items.find(({ reason }) => reason === 'SyncLoadBalancerFailed');
    assert.match(refused?.message ?? '', /based on a target pool.*only when a Service is created/);
  });
  assert.equal(await cluster.addressOf('service', 'legacy'), address);
  assert.equal((await cluster.get(`http://${address}:7880/`)).text, 'OK');
  await cluster.kubectl('delete', 'service', 'legacy', '-n', 'livekit');
  await eventually(async () => assert.ok((await cluster.get(`http://${address}:7880/`)).error));
}

async function drain(cluster: Cluster): Promise<void> {
  const Pods = z.object({
    items: z.array(z.object({ metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }) })),
  });
  const pods = ['pods', '-l', 'app.kubernetes.io/name=livekit-server'];
  // One pod only, so that it is known where the call is.
  await cluster.kubectl('scale', 'deployment/livekit-server', '-n', 'livekit', '--replicas=1');
  await eventually(async () => assert.equal((await cluster.json(Pods, ...pods)).items.length, 1), 60);
  const call = cluster.ask(Lived, {
    ...{ kind: 'socket', url: `wss://${DOMAIN}/rtc?protocol=15&sdk=js`, token: joinToken('drain', 'one'), seconds: 60 },
  });
  await sleep(3000);
  const [pod] = (await cluster.json(Pods, ...pods)).items;
  await cluster.kubectl('delete', 'pod', pod?.metadata.name ?? '', '-n', 'livekit', '--wait=false');
  const [lived] = await call;
  assert.ok(lived);
  assert.equal(lived.code, 1006, 'the connection outlived its draining time');
  assert.ok(lived.seconds > DRAINING_SECONDS + 2, `cut after ${lived.seconds} s, before its draining time was over`);
  await eventually(async () => assert.equal((await cluster.get(SIGNAL)).text, 'OK'), 60);
}

async function unhealthy(cluster: Cluster): Promise<void> {
  await cluster.kubectl('scale', 'deployment/livekit-server', '-n', 'livekit', '--replicas=0');
  await eventually(async () => assert.equal((await cluster.get(SIGNAL)).status, 502), 60);
}

/** Tries until it holds; the last reason is what fails. */
async function eventually(work: () => Promise<void>, seconds = 30): Promise<void> {
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
