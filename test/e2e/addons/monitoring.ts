import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { run } from '../../../sandbox/command.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';
import { importImages } from '../../../sandbox/kubernetes/node.ts';
import { BRIDGE_ADDRESS, MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import {
  buildMessagingImage,
  deployMessagingService,
  MESSAGING_NAMESPACE,
} from '../../../sandbox/messaging-service/messaging-service.ts';
import { Receiver } from '../../../sandbox/notifications/slack.ts';
import { MailServer } from '../../../sandbox/notifications/smtp.ts';
import { ALERTMANAGER } from '../../../sandbox/tools/catalogue.ts';
import type { Report } from '../../../src/verify/report.ts';
import { integrationTests } from '../integration-tests.ts';
import type { Check } from '../scenario.ts';
import { type AddonLab, assertFindings, eventually, findingOf } from './lab.ts';

const ADDON = 'monitoring';
const NAMESPACE = 'nova-monitoring';
const WHERE = { addon: ADDON, namespace: NAMESPACE };
const VALUES_FILE = 'helm/monitoring.yaml';
const CHANNEL = '#alerts';
const TEAM = 'team@nova.example';

/** Prometheus and Alertmanager as a user deploys them, with LiveKit and the messaging service before them and people behind them. */
export async function part(lab: AddonLab, check: Check): Promise<void> {
  await check('rules, configurations, dashboards and checks hold before the real programs', async () => {
    for (const tool of ['helm3', 'promtool', 'amtool', 'prometheus', 'alertmanager']) await lab.tool(tool);
    const { bin } = lab.lab.config;
    await integrationTests('**/src/helm/addons/monitoring/*.itg.test.ts', bin);
    await integrationTests('**/test/monitoring/*.itg.test.ts', bin);
    await integrationTests('**/sandbox/messaging-service/*.itg.test.ts', bin);
  });
  const stage = await Stage.open(lab);
  try {
    const isUp = await check('helm-deploy brings Prometheus, Alertmanager and the probes up, on volumes', async () => {
      await lab.deploy({ ...WHERE, values: [VALUES_FILE], secrets: stage.secrets() });
      const pods = await lab.kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'name');
      assert.equal(pods.trim().split('\n').length, 3, pods);
    });
    if (!isUp) return;
    await check(
      'every check of verify passes: targets, queries of the seed, rules, receivers, a test alert, storage',
      async () => {
        const report = await lab.verify(['monitoring test-alert=send']);
        show(report);
        assertFindings(report, {});
        assert.match(findingOf(report, 'monitoring-targets').evidence, /livekit 1, messaging 2, nodes [23],/);
        assert.match(
          findingOf(report, 'monitoring-notifications').evidence,
          /accepted by (slack and email|email and slack)/,
        );
      },
    );
    await check('Slack, mail and the dead-man’s switch got theirs', async () => {
      await eventually(async () => {
        assert.ok(stage.receiver.pings > 0, 'nobody asked the dead-man’s switch');
        assert.ok(stage.receiver.messages.some(({ title }) => title.includes('VerifyTestAlert')));
        assert.ok(stage.mail.mails.some(({ to, text }) => to === TEAM && text.includes('VerifyTestAlert')));
      }, 60);
    });
    await check('Redis goes away: an alert with its runbook reaches Slack, and so does its end', () =>
      redisGone(stage),
    );
    await check('a target that does not listen is named by verify, with the cause', () => targetDown(lab));
    await check('a wrong webhook in the Secret is named by verify, and Slack’s refusal is the reason', () =>
      wrongSlack(stage),
    );
  } finally {
    await stage.close();
  }
}

function show(report: Report): void {
  for (const { verdict, id, durationSeconds, evidence } of report.checks) {
    console.log(`  ${verdict} ${id} (${durationSeconds} s) ${evidence}`);
  }
}

async function redisGone(stage: Stage): Promise<void> {
  const about = () => stage.receiver.messages.filter(({ title }) => title.includes('RedisUnreachable'));
  assert.deepEqual(about(), []);
  stage.stopRedis();
  await eventually(async () => assert.equal(about().length, 1), 240);
  const [message] = about();
  assert.match(message?.title ?? '', /^CRITICAL: RedisUnreachable$/);
  assert.match(
    message?.text ?? '',
    /^Redis at 10\.77\.0\.1:\d+ does not answer\. .*alerts\.md#redisunreachable\|Runbook>/,
  );
  await stage.startRedis();
  await eventually(async () => assert.match(about()[1]?.title ?? '', /^Over: RedisUnreachable$/), 60);
}

async function targetDown(lab: AddonLab): Promise<void> {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: 'messaging-service-mute', namespace: MESSAGING_NAMESPACE, labels: { app: 'messaging-service' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...{ name: 'mute', image: 'docker.io/library/busybox:latest', imagePullPolicy: 'IfNotPresent' },
          ...{ command: ['sleep', '3600'], ports: [{ name: 'http', containerPort: 8080 }] },
        },
      ],
    },
  };
  await lab.lab.apply(pod);
  try {
    await lab.kubectl(
      'wait',
      '-n',
      MESSAGING_NAMESPACE,
      '--for=condition=Ready',
      'pod/messaging-service-mute',
      '--timeout=60s',
    );
    await eventually(async () => {
      const report = await lab.verify(['monitoring'], ['monitoring-targets']);
      const { verdict, evidence, cause } = findingOf(report, 'monitoring-targets');
      assert.equal(verdict, 'fail', evidence);
      assert.match(evidence, /^1 of \d+ targets is down: messaging messaging-service-mute \(http:.*connection refused/);
      assert.equal(cause, 'The pod runs, but nothing listens on this port.');
    }, 60);
  } finally {
    await lab.kubectl('delete', 'pod', '-n', MESSAGING_NAMESPACE, 'messaging-service-mute', '--wait=false');
  }
}

async function wrongSlack(stage: Stage): Promise<void> {
  const { lab } = stage;
  const pod = () =>
    lab.kubectl(
      'get',
      'pods',
      '-n',
      NAMESPACE,
      '-l',
      'app.kubernetes.io/name=alertmanager',
      '-o',
      'jsonpath={.items[*].metadata.uid}',
    );
  const before = await pod();
  await lab.deploy({ ...WHERE, values: [VALUES_FILE], secrets: stage.secrets('revoked') });
  assert.notEqual(await pod(), before, 'the pod did not roll when its Secret changed');
  const report = await lab.verify(['monitoring test-alert=send'], ['monitoring-notifications']);
  const { verdict, evidence, fix } = findingOf(report, 'monitoring-notifications');
  assert.deepEqual([verdict, evidence], ['fail', 'The test alert was refused by slack.']);
  assert.match(fix ?? '', /`slack-api-url`/);
}

const chartValues = z.object({
  prometheus: z.object({ image: z.object({ repository: z.string(), tag: z.string() }) }),
  alertmanager: z.object({ image: z.object({ repository: z.string() }) }),
  probes: z.object({ image: z.object({ repository: z.string(), tag: z.string() }) }),
});

/** What monitoring looks at, and whom it tells. */
class Stage {
  readonly lab: AddonLab;
  readonly receiver: Receiver;
  readonly mail: MailServer;
  readonly #token: string;
  readonly #password: string;
  readonly #directory: string;
  readonly #redisPort: number;
  #redis: ChildProcess | undefined;

  private constructor(
    lab: AddonLab,
    parts: {
      receiver: Receiver;
      mail: MailServer;
      token: string;
      password: string;
      directory: string;
      redisPort: number;
    },
  ) {
    this.lab = lab;
    this.receiver = parts.receiver;
    this.mail = parts.mail;
    this.#token = parts.token;
    this.#password = parts.password;
    this.#directory = parts.directory;
    this.#redisPort = parts.redisPort;
  }

  static async open(lab: AddonLab): Promise<Stage> {
    const [token, password] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')];
    const receiver = await Receiver.start(BRIDGE_ADDRESS, token, CHANNEL);
    const mail = await MailServer.start(BRIDGE_ADDRESS, { user: 'nova', password }, 'nova.example');
    const directory = mkdtempSync(join(tmpdir(), 'monitoring-'));
    const stage = new Stage(lab, { receiver, mail, token, password, directory, redisPort: receiver.port + 1 });
    try {
      await Promise.all([stage.#images(), stage.startRedis()]);
      await Promise.all([lab.lab.deploy({ set: ['replicaCount=1'] }), stage.#messaging()]);
      await stage.#volumes();
      lab.write(VALUES_FILE, stringify(stage.#values()));
      await stage.#rights();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.receiver.close();
    this.mail.close();
    this.stopRedis();
    await this.lab.kubectl('delete', 'namespace', MESSAGING_NAMESPACE, '--ignore-not-found', '--wait=false');
    await this.lab.remove(WHERE).catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The input `secrets`; with another token the webhook is one that Slack does not know. */
  secrets(token = this.#token): string {
    const hooks = `http://${BRIDGE_ADDRESS}:${this.receiver.port}`;
    return stringify({
      'alertmanager-secrets': {
        'slack-api-url': `${hooks}/services/T0NOVA/B0NOVA/${token}`,
        'smtp-password': this.#password,
        'dead-mans-switch-url': `${hooks}/ping/${this.#token}`,
      },
    });
  }

  /** A Redis of its own: the one that LiveKit uses stays. */
  async startRedis(): Promise<void> {
    const args = ['--port', String(this.#redisPort), '--bind', BRIDGE_ADDRESS, '--protected-mode', 'no', '--save', ''];
    this.#redis = spawn('redis-server', args, { stdio: 'ignore', cwd: this.#directory });
    const ping = ['-h', BRIDGE_ADDRESS, '-p', String(this.#redisPort), 'ping'];
    await eventually(async () => assert.equal((await run('redis-cli', ping)).trim(), 'PONG'), 20);
  }

  stopRedis(): void {
    this.#redis?.kill('SIGKILL');
  }

  /** The real programs under the names that the chart has. */
  async #images(): Promise<void> {
    const file = join(suiteDirectory, 'helm/addons/monitoring/values.yaml');
    const { prometheus, alertmanager, probes } = chartValues.parse(parse(readFileSync(file, 'utf8')));
    const images = [
      ['prometheus', `${prometheus.image.repository}:${prometheus.image.tag}`, '/bin/prometheus'],
      ['alertmanager', `${alertmanager.image.repository}:v${ALERTMANAGER}`, '/bin/alertmanager'],
      ['blackbox_exporter', `${probes.image.repository}:${probes.image.tag}`, '/bin/blackbox_exporter'],
    ] as const;
    for (const [tool, reference, path] of images) {
      await this.lab.image({ reference, executable: await this.lab.tool(tool), path, entrypoint: [path] });
    }
  }

  async #messaging(): Promise<void> {
    const { directory } = this.lab.lab.config;
    const image = await buildMessagingImage(directory);
    await Promise.all(MACHINES.map((machine) => importImages(directory, machine, [image])));
    await deployMessagingService(this.lab.lab.administrator);
  }

  /** The sandbox has no storage classes: two volumes that are there already. */
  async #volumes(): Promise<void> {
    const volumes = ['one', 'other'].map((name) => {
      const path = join(this.#directory, name);
      mkdirSync(path);
      // What kubelet does for a disk's owner it does not for a folder of the machine.
      chmodSync(path, 0o777);
      return {
        ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `monitoring-${name}` } },
        spec: {
          ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'sandbox' },
          ...{ persistentVolumeReclaimPolicy: 'Retain', hostPath: { path } },
        },
      };
    });
    chmodSync(this.#directory, 0o755);
    await this.lab.lab.apply(...volumes);
  }

  #values(): object {
    const storage = { size: '1Gi', className: 'sandbox' };
    return {
      interval: '5s',
      // Rights over the whole cluster are not the deploy identity's to give.
      rbac: { create: false },
      // The DNS of the sandbox's cluster knows no name of the outside, such as LiveKit's: the API server shows a certificate, too.
      targets: { livekit: { domain: '', turnDomain: '', redisAddress: `${BRIDGE_ADDRESS}:${this.#redisPort}` } },
      probes: {
        targets: [{ address: 'kubernetes.default.svc:443', module: 'tls' }],
        authorities: readFileSync(this.lab.lab.config.kubernetes.certificateAuthority, 'utf8'),
      },
      prometheus: {
        ...{ storage, retention: { time: '1d', size: '512MB' } },
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
      },
      alertmanager: {
        ...{ storage, image: { tag: `v${ALERTMANAGER}` }, groupWait: '1s', groupInterval: '5s' },
        slack: { enabled: true, channel: CHANNEL },
        email: {
          ...{ enabled: true, to: TEAM, from: 'alerts@nova.example', username: 'nova', requireTls: false },
          smarthost: `${BRIDGE_ADDRESS}:${this.mail.port}`,
        },
        deadMansSwitch: { enabled: true, interval: '10s' },
      },
    };
  }

  /** What an administrator of the cluster applies once: the chart's own rbac.yaml. */
  async #rights(): Promise<void> {
    const { config, release } = this.lab.lab;
    const chart = join(release.directory, 'helm/addons/monitoring');
    const values = join(this.#directory, 'values.yaml');
    await run('cp', [join(this.lab.lab.repository.directory, VALUES_FILE), values]);
    const args = ['template', ADDON, chart, '--namespace', NAMESPACE, '--values', values, '--set', 'rbac.create=true'];
    await this.lab.apply(await run(join(config.bin, 'helm'), [...args, '--show-only', 'templates/rbac.yaml']));
  }
}
