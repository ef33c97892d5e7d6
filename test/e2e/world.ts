import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SandboxConfig } from '../../sandbox/config.ts';
import { down } from '../../sandbox/down.ts';
import { POOL_LABEL } from '../../sandbox/kubernetes/cluster.ts';
import { kubectl } from '../../sandbox/kubernetes/kubectl.ts';
import { BRIDGE_ADDRESS, MACHINES, WORLD_CLIENT, WORLD_HEALTH_CHECK } from '../../sandbox/kubernetes/plan.ts';
import { type TerraformRun, terraformRun } from '../../sandbox/provider/terraform-run.ts';
import { up } from '../../sandbox/up.ts';
import type { Scenario } from './scenario.ts';
import { besideAnother } from './world/beside.ts';
import { Caller, Listeners, type Probe } from './world/outside.ts';
import { exchange, idToken, ownerSignIn, PLAN_WORKFLOW, post, signIn } from './world/sign-in.ts';

const MODULES = join(import.meta.dirname, '..', '..', 'terraform', 'modules');
const PORTS = { tcp: [80, 5349, 6789, 7880, 7881, 10_255], udp: [3478, 49_999, 50_000, 55_555, 60_000, 60_001] };
/** What the table of the network module opens to everybody. */
const OPEN = ['tcp 80', 'tcp 5349', 'tcp 7881', 'udp 3478', 'udp 50000', 'udp 55555', 'udp 60000'];

export const scenario: Scenario = {
  title: 'what Terraform applies is what the world becomes: firewall, addresses, DNS, identities',
  async run(check) {
    await down({ removeState: true });
    let config = await up();
    const terraform = await terraformRun(MODULES);
    const listeners = new Listeners();
    try {
      const world = new World(config, terraform);
      await listeners.start(PORTS);
      await check('before anything is applied, nothing of a node can be reached', () => nothingIsOpen(world));
      const applied = await check('the modules network and dns, a cluster and two pools are applied', async () => {
        await terraform.write('main.tf', rootModule(config));
        await world.terraform('init');
        await world.terraform('apply', '-auto-approve');
      });
      if (!applied) return;
      await check('open to the world is what the rules say, on the nodes that carry the tag, and nothing else', () =>
        world.expectOpen(OPEN),
      );
      await check('7880 is open to health checks and load balancers only, 6789 to the inside only', () =>
        sources(world),
      );
      await check('without the rule for 7881 in the module a TCP client is shut out', () => withoutRule(world));
      await check('with the rule back, and that for media switched off, UDP is shut out', () => withoutMedia(world));
      await check('the reserved addresses are what the public DNS answers, and a challenge is found by its CNAME', () =>
        answers(world),
      );
      await check('a token of another owner or another repository is refused', () => strangers(world));
      await check('the plan identity changes nothing', () => planIdentity(world));
      listeners.stop();
      await check('after down and up the world is as it was applied', async () => {
        await down();
        config = await up();
        await listeners.start(PORTS);
        await new World(config, terraform).expectOpen(OPEN.filter((port) => !/^udp 5|^udp 6/.test(port)));
      });
      await check('the condition of a provider that was applied decides who may sign in', () => ownCondition(config));
      await check('a sandbox of Google and GitHub alone lives beside it, and neither ends with the other', () =>
        besideAnother(config),
      );
    } finally {
      listeners.stop();
      await terraform.remove();
    }
    await check('down leaves nothing behind', () => down());
  },
};

/** The sandbox from both sides: Terraform inside, and somebody outside. */
class World {
  readonly config: SandboxConfig;
  readonly outside: Caller;
  readonly run: TerraformRun;

  constructor(config: SandboxConfig, run: TerraformRun) {
    this.config = config;
    this.run = run;
    this.outside = Caller.outside(config.directory);
  }

  /** Terraform as the identity, which must succeed. */
  async terraform(...args: string[]): Promise<string> {
    const { exitCode, text } = await this.attempt('livekit-cicd', ...args);
    assert.equal(exitCode, 0, text);
    return text;
  }

  async attempt(account: string, ...args: string[]) {
    return this.run.run(args, {
      PATH: `${this.config.bin}:${process.env['PATH'] ?? ''}`,
      LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: this.config.addresses.google }),
      GOOGLE_OAUTH_ACCESS_TOKEN: await signIn(this.config, account, account === 'livekit-plan' ? PLAN_WORKFLOW : {}),
    });
  }

  /** External address of the node of a pool. */
  async nodeOf(pool: string): Promise<string> {
    const administrator = {
      kubectl: join(this.config.bin, 'kubectl'),
      kubeconfig: this.config.kubernetes.adminKubeconfig,
    };
    const nodes = z.object({
      items: z.array(
        z.object({ status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })) }) }),
      ),
    });
    const json = await kubectl(administrator, ['get', 'nodes', '-l', `${POOL_LABEL}=${pool}`, '-o', 'json']);
    const addresses = nodes.parse(JSON.parse(json)).items.flatMap(({ status }) => status.addresses);
    const external = addresses.find(({ type }) => type === 'ExternalIP')?.address;
    assert.ok(external, `no node of ${pool} has an external address: ${json}`);
    return external;
  }

  /** All ports of the node that answer, by `protocol port`. */
  async openPorts(host: string): Promise<string[]> {
    const probes = (['tcp', 'udp'] as const).flatMap((protocol) =>
      PORTS[protocol].map((port): Probe => ({ protocol, host, port })),
    );
    const found = await this.outside.probe(probes);
    for (const answer of found) assert.ok(answer === null || answer === WORLD_CLIENT, `a node saw ${answer}`);
    return probes.filter((_, index) => found[index] !== null).map(({ protocol, port }) => `${protocol} ${port}`);
  }

  async expectOpen(ports: readonly string[]): Promise<void> {
    assert.deepEqual(await this.openPorts(await this.nodeOf('media')), ports);
    assert.deepEqual(await this.openPorts(await this.nodeOf('system')), []);
  }
}

function rootModule({ project }: SandboxConfig): string {
  const pool = (name: string, tags: string): string => `
resource "google_container_node_pool" "${name}" {
  name       = "${name}"
  cluster    = google_container_cluster.this.name
  location   = google_container_cluster.this.location
  node_count = 1

  node_config {
    machine_type    = "e2-medium"
    service_account = "livekit-dev-nodes@${project.id}.iam.gserviceaccount.com"
    tags            = ${tags}
  }
}
`;
  return `terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = "${project.id}"
  region  = "${project.region}"
}

variable "open_ports" {
  type    = map(bool)
  default = {}
}

module "network" {
  source      = "./network"
  environment = "dev"
  region      = "${project.region}"
  open_ports  = var.open_ports
}

module "dns" {
  source      = "./dns"
  environment = "dev"
  region      = "${project.region}"
  domain      = "livekit-dev.example.com"
  turn_domain = "turn-dev.example.com"
  zone        = { name = "example-com", dns_name = "example.com", create = true }
  acme_zone   = { dns_name = "acme-dev.example.com" }
}

resource "google_container_cluster" "this" {
  name                     = "world"
  location                 = "${project.region}"
  network                  = module.network.network_id
  subnetwork               = module.network.subnetwork_id
  initial_node_count       = 1
  remove_default_node_pool = true
  deletion_protection      = false

  node_config {
    service_account = "livekit-dev-nodes@${project.id}.iam.gserviceaccount.com"
  }
}
${pool('media', '[module.network.node_tag]')}${pool('system', '[]')}`;
}

async function nothingIsOpen(world: World): Promise<void> {
  const hosts = MACHINES.flatMap(({ address, externalAddress }) => [externalAddress, address]);
  assert.deepEqual((await Promise.all(hosts.map((host) => world.openPorts(host)))).flat(), []);
}

async function sources(world: World): Promise<void> {
  const host = await world.nodeOf('media');
  const from = WORLD_HEALTH_CHECK;
  assert.deepEqual(
    await world.outside.probe([
      { protocol: 'tcp', host, port: 7880, from },
      { protocol: 'tcp', host, port: 6789, from },
    ]),
    [from, null],
  );
  const machine = MACHINES.find(({ externalAddress }) => externalAddress === host);
  const internal = { protocol: 'tcp', host: machine?.address ?? '', port: 6789 } as const;
  assert.deepEqual(await Caller.inside().probe([internal]), [BRIDGE_ADDRESS]);
}

async function withoutRule(world: World): Promise<void> {
  const file = join('network', 'main.tf');
  const whole = await readFile(join(world.run.directory, file), 'utf8');
  const without = whole.replace(/^ *rtc_tcp += .*\n/m, '');
  assert.notEqual(without, whole);
  await world.run.write(file, without);
  await world.terraform('apply', '-auto-approve');
  await world.expectOpen(OPEN.filter((port) => port !== 'tcp 7881'));
  await world.run.write(file, whole);
}

async function withoutMedia(world: World): Promise<void> {
  await world.terraform('apply', '-auto-approve', '-var', 'open_ports={rtc_udp=false}');
  await world.expectOpen(OPEN.filter((port) => !/^udp [56]/.test(port)));
}

async function answers(world: World): Promise<void> {
  const { google } = world.config.addresses;
  const token = await signIn(world.config, 'livekit-cicd');
  const zone = `${google}/dns.googleapis.com/dns/v1/projects/${world.config.project.id}/managedZones/livekit-dev-acme`;
  const challenge = {
    name: 'turn-dev.example.com.acme-dev.example.com.',
    type: 'TXT',
    ttl: 60,
    rrdatas: ['"the-challenge"'],
  };
  assert.equal((await post(`${zone}/rrsets`, token, challenge)).status, 200);
  const questions = [
    { name: 'livekit-dev.example.com', type: 'A' },
    { name: 'turn-dev.example.com', type: 'A' },
    { name: 'livekit-dev.example.com', type: 'CAA' },
    { name: '_acme-challenge.turn-dev.example.com', type: 'CNAME' },
    { name: '_acme-challenge.turn-dev.example.com', type: 'TXT' },
    { name: 'nobody.example.com', type: 'A' },
  ];
  const expected = [
    ['198.51.100.1'],
    ['203.0.113.129'],
    [{ critical: 0, type: 'CAA', issue: 'pki.goog' }],
    ['turn-dev.example.com.acme-dev.example.com'],
    [['the-challenge']],
    null,
  ];
  // A server takes up to a second to see a change.
  for (let tries = 0; tries < 6; tries++) {
    if (JSON.stringify(await world.outside.resolve(questions)) === JSON.stringify(expected)) return;
    await sleep(500);
  }
  assert.deepEqual(await world.outside.resolve(questions), expected);
}

async function strangers({ config }: World): Promise<void> {
  assert.equal((await exchange(config, await idToken(config))).status, 200);
  for (const change of [{ repository_owner_id: '900002' }, { repository_id: '900101' }]) {
    const { status, text } = await exchange(config, await idToken(config, change));
    assert.equal(status, 401);
    assert.match(text, /rejected by the attribute condition/);
  }
}

async function planIdentity(world: World): Promise<void> {
  const closed = ['-var', 'open_ports={rtc_udp=false,rtc_tcp=false}'];
  const refused = await world.attempt('livekit-plan', 'apply', '-auto-approve', ...closed);
  assert.notEqual(refused.exitCode, 0);
  assert.match(refused.text, /Error 403: .*compute\.firewalls\.delete/);

  const token = await signIn(world.config, 'livekit-plan', PLAN_WORKFLOW);
  const { id } = world.config.project;
  const resources = `${world.config.addresses.google}/cloud/v1/resources`;
  const rule = { name: 'mine', network: 'livekit-dev', allow: [{ protocol: 'all' }], source_ranges: ['0.0.0.0/0'] };
  const key = encodeURIComponent(`projects/${id}/global/firewalls/livekit-dev-rtc-tcp`);
  for (const [method, path, body] of [
    ['POST', `google_compute_firewall/mine`, { attributes: rule }],
    ['PUT', `google_compute_firewall/${key}`, { attributes: rule }],
    ['DELETE', `google_compute_firewall/${key}`, undefined],
    [
      'POST',
      'google_project_iam_member/mine',
      { attributes: { project: id, role: 'roles/owner', member: 'allUsers' } },
    ],
  ] as const) {
    const { status } = await post(`${resources}/${path}`, token, body, method);
    assert.equal(status, 403, `${method} ${path}`);
  }
  await world.expectOpen(OPEN.filter((port) => !/^udp [56]/.test(port)));
}

async function ownCondition(config: SandboxConfig): Promise<void> {
  const token = await ownerSignIn(config);
  const pools = `projects/${config.project.id}/locations/global/workloadIdentityPools/github-pool`;
  const put = (method: string, type: string, key: string, attributes: object) => {
    const url = `${config.addresses.google}/cloud/v1/resources/${type}/${encodeURIComponent(key)}`;
    return post(url, token, { attributes }, method);
  };
  const provider = (owner: string) => ({
    workload_identity_pool_id: 'github-pool',
    workload_identity_pool_provider_id: 'github-provider',
    attribute_mapping: { 'google.subject': 'assertion.sub' },
    attribute_condition: `assertion.repository_owner_id == '${owner}'`,
    oidc: [{ issuer_uri: 'https://token.actions.githubusercontent.com' }],
  });
  const type = 'google_iam_workload_identity_pool';
  const status = async () => (await exchange(config, await idToken(config))).status;
  assert.equal((await put('POST', type, pools, { workload_identity_pool_id: 'github-pool' })).status, 201);
  assert.equal(await status(), 400, 'the seeded provider is still there');
  const key = `${pools}/providers/github-provider`;
  assert.equal((await put('POST', `${type}_provider`, key, provider('900002'))).status, 201);
  assert.equal(await status(), 401);
  assert.equal((await put('PUT', `${type}_provider`, key, provider(config.repository.ownerId))).status, 200);
  assert.equal(await status(), 200);
}
