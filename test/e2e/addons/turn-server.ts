import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { attempt, run } from '../../../sandbox/command.ts';
import { MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import { Progress } from '../../../sandbox/progress.ts';
import { installPackages } from '../../../sandbox/tools/packages.ts';
import type { Report } from '../../../src/verify/report.ts';
import { signIn } from '../world/sign-in.ts';
import { type AddonLab, assertFindings, eventually, findingOf, type Part } from './lab.ts';

const NAMESPACE = 'nova-turn';
const WHERE = { addon: 'turn-server', namespace: NAMESPACE };
const VALUES_FILE = 'helm/turn-server.yaml';
/** Debian's coturn plays the image's: it is older than what the chart pins, and built without Prometheus. */
const COTURN = '4.6.1';
const BUSYBOX = '1.37.0';
const SANDBOX_VALUES = {
  image: { tag: COTURN },
  setupImage: { tag: BUSYBOX },
  metrics: { enabled: false },
  resources: { requests: { cpu: '50m', memory: '64Mi' } },
  drainSeconds: 0,
};

const podsOf = z.object({
  items: z.array(
    z.object({ metadata: z.object({ name: z.string() }), spec: z.object({ nodeName: z.string().optional() }) }),
  ),
});

/** coturn as a user deploys it, on nodes of its own, with people outside who relay over it. */
export const part: Part = async (lab, check) => {
  await buildImages(lab);
  const metadata = await Promise.all(MACHINES.map(startMetadata));
  const secret = randomBytes(24).toString('hex');
  const ephemeral = stringify({ 'turn-server-secret': { TURN_AUTH_SECRET: secret, REALM: 'plain:turn.nova.local' } });
  try {
    lab.write(VALUES_FILE, stringify(SANDBOX_VALUES));
    await addVersion(lab, secret);
    const isUp = await check(
      'helm-deploy brings coturn up on a node of its own, with the node’s external address',
      async () => {
        await lab.deploy({ ...WHERE, values: [VALUES_FILE], secrets: ephemeral });
        const words = await lab.kubectl('-n', NAMESPACE, 'logs', '-l', 'component=turn-server', '-c', 'setup');
        assert.match(words, /relays at 203\.0\.113\.1[123] /);
        assert.ok(!words.includes(secret));
      },
    );
    if (!isUp) return;
    await check('every check passes but for the age of Debian’s coturn', async () => {
      const report = await lab.verify(['turn-server']);
      show(report);
      assertFindings(report, { 'turn-server-pods': 'warn' });
      assert.match(findingOf(report, 'turn-server-pods').cause ?? '', /CVE-2026-27624/);
      assert.match(
        findingOf(report, 'turn-server-relay').evidence,
        /udp \d+\/20, tcp \d+\/20; relays at 203\.0\.113\.1/,
      );
    });
    await check('the secret is no argument of any program, and in no ConfigMap', async () => {
      const arguments_ = await run('ps', ['-eww', '-o', 'args=']);
      assert.ok(arguments_.includes('turnserver -c /run/turn/turnserver.conf'));
      assert.ok(!arguments_.includes(secret));
      assert.ok(!(await lab.kubectl('-n', NAMESPACE, 'get', 'configmaps', '-o', 'yaml')).includes(secret));
    });
    await check('a secret that is not the pods’ is named', async () => {
      await addVersion(lab, randomBytes(24).toString('hex'));
      const report = await lab.verify(['turn-server'], ['turn-server-relay']);
      await addVersion(lab, secret);
      assertFindings(report, { 'turn-server-pods': 'warn', 'turn-server-relay': 'fail' });
      assert.match(findingOf(report, 'turn-server-relay').cause ?? '', /not the one that the pods run with/);
    });
    await check('a relay range that is closed is named', async () => {
      const rule = ['ip', 'daddr', '10.77.0.0/24', 'udp', 'dport', '49152-49407', 'drop'];
      await run('nft', ['add', 'table', 'inet', 'turn_closed']);
      try {
        await run('nft', [
          'add',
          'chain',
          'inet',
          'turn_closed',
          'forward',
          '{ type filter hook forward priority -10 ; }',
        ]);
        await run('nft', ['add', 'rule', 'inet', 'turn_closed', 'forward', ...rule]);
        const report = await lab.verify(['turn-server'], ['turn-server-relay']);
        assertFindings(report, { 'turn-server-pods': 'warn', 'turn-server-relay': 'fail' });
        assert.match(findingOf(report, 'turn-server-relay').cause ?? '', /relay range is closed/);
      } finally {
        await run('nft', ['delete', 'table', 'inet', 'turn_closed']);
      }
    });
    await check(
      'preflight refuses another relay range than the firewall’s, credentials that are mixed, and placeholders',
      async () => {
        const refused = async (more: { set?: string[]; secrets?: string; values?: string[] }) => {
          const result = await lab.run({ ...WHERE, values: [VALUES_FILE], secrets: ephemeral, ...more });
          assert.equal(result.conclusion, 'failure');
          return result.errors.join('\n');
        };
        assert.match(await refused({ set: ['relay.maxPort=50000'] }), /LK-HELM-141/);
        const mixed = stringify({ 'turn-server-secret': { TURN_AUTH_SECRET: secret, TURN_PASSWORD: `${secret}-too` } });
        assert.match(await refused({ secrets: mixed }), /LK-HELM-143/);
        lab.write('helm/turn-todo.yaml', 'auth: { realm: "TODO: your realm" }\n');
        assert.match(
          await refused({ values: [VALUES_FILE, 'helm/turn-todo.yaml'] }),
          /placeholder TODO[^]*turn-todo\.yaml/,
        );
      },
    );
    await check(
      'a static user as in the seed: deployed over it, pods roll, and verify warns that it never ends',
      async () => {
        const password = randomBytes(12).toString('hex');
        const seed = { TURN_USER: 'plain:nova', TURN_PASSWORD: password, REALM: 'plain:turn.nova.local' };
        const before = await podNames(lab);
        await lab.deploy({
          ...WHERE,
          values: ['helm/addons/turn-server/values-messaging.yaml', VALUES_FILE],
          secrets: stringify({ 'turn-server-secret': seed }),
        });
        assert.notDeepEqual(await podNames(lab), before);
        await addVersion(lab, password);
        const report = await lab.verify(['turn-server user=nova'], ['turn-server-relay', 'turn-server-credentials']);
        show(report);
        assertFindings(report, { 'turn-server-pods': 'warn', 'turn-server-credentials': 'warn' });
      },
    );
    await check('without a node of its own it does not start, and why is told', async () => {
      const [node = ''] = (await podsIn(lab)).map(({ spec }) => spec.nodeName ?? '');
      await lab.kubectl('label', 'node', node, 'livekit-gke/pool=gone', '--overwrite');
      try {
        await lab.kubectl('-n', NAMESPACE, 'delete', 'pods', '-l', 'component=turn-server', '--wait=true');
        await eventually(async () => {
          const report = await lab.verify(['turn-server'], ['turn-server-pods']);
          assert.match(findingOf(report, 'turn-server-pods').cause ?? '', /No node takes it/);
        }, 30);
      } finally {
        await lab.kubectl('label', 'node', node, 'livekit-gke/pool=turn-server', '--overwrite');
      }
    });
    await check('it goes without a trace', () => lab.remove(WHERE));
  } finally {
    for (const server of metadata) server.kill('SIGKILL');
  }
};

async function podsIn(lab: AddonLab) {
  const text = await lab.kubectl('-n', NAMESPACE, 'get', 'pods', '-l', 'component=turn-server', '-o', 'json');
  return podsOf.parse(JSON.parse(text)).items;
}

const podNames = async (lab: AddonLab) => (await podsIn(lab)).map(({ metadata }) => metadata.name);

/** A new version of the environment's secret, as its owner writes it. */
async function addVersion(lab: AddonLab, value: string): Promise<void> {
  const { config, environment } = lab.lab;
  const { secret_id: id } = z.object({ secret_id: z.string() }).parse(environment.outputs['turn_server']);
  const answer = await fetch(`${config.addresses.google}/secretmanager.googleapis.com/v1/${id}:addVersion`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await signIn(config, 'livekit-cicd')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ payload: { data: Buffer.from(value).toString('base64') } }),
  });
  assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
}

async function buildImages(lab: AddonLab): Promise<void> {
  const busybox = (await run('sh', ['-c', 'command -v busybox'])).trim();
  const applets = (await run('busybox', ['--list-full'])).trim().split('\n');
  const links = applets.map((applet) => `/${applet.replace(/^\//, '')}`);
  // Debian's static busybox ends with a segmentation fault wherever it asks for an address, and its shell prefers its own wget.
  const [wget, shell] = ['/usr/bin/wget', '/usr/bin/dash'];
  await installPackages(new Progress(), [
    { name: 'wget', proof: 'wget' },
    { name: 'coturn', proof: 'turnutils_uclient', service: 'coturn' },
  ]);
  await lab.image({
    reference: `docker.io/library/busybox:${BUSYBOX}`,
    executable: busybox,
    path: '/bin/busybox',
    links: links.filter((link) => link !== wget && link !== '/bin/sh'),
    files: {
      ...Object.fromEntries([wget, ...(await librariesOf(wget))].map((file) => [file, file])),
      '/bin/sh': shell,
    },
  });
  const [turnserver, stunclient] = ['/usr/bin/turnserver', '/usr/bin/turnutils_stunclient'];
  const libraries = [...new Set((await Promise.all([turnserver, stunclient].map(librariesOf))).flat())];
  await lab.image({
    reference: `docker.io/coturn/coturn:${COTURN}`,
    executable: turnserver,
    path: turnserver,
    beside: { executable: busybox, path: '/bin/busybox', links: ['/bin/sh'] },
    files: Object.fromEntries([stunclient, ...libraries].map((file) => [file, file])),
  });
}

async function librariesOf(program: string): Promise<string[]> {
  const lines = (await run('ldd', [program])).split('\n');
  return lines.flatMap((line) => /(\/\S+\.so\S*)/.exec(line)?.[1] ?? []);
}

/** On a node's own network, where Google's is; the node's loopback device gets the address. */
async function startMetadata({ namespace, externalAddress }: (typeof MACHINES)[number]): Promise<ChildProcess> {
  await attempt('ip', ['-n', namespace, 'address', 'add', '169.254.169.254/32', 'dev', 'lo']);
  const file = join(import.meta.dirname, 'metadata.ts');
  const node = realpathSync(process.execPath);
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', node, file, externalAddress], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

function show(report: Report): void {
  for (const { verdict, id, durationSeconds, evidence } of report.checks) {
    console.log(`  ${verdict} ${id} (${durationSeconds} s) ${evidence}`);
  }
}
