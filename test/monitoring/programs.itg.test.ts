import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Receiver } from '../../sandbox/notifications/slack.ts';
import { MailServer } from '../../sandbox/notifications/smtp.ts';
import { objectsOf, renderText, unpack } from '../../src/helm/addons/monitoring/rendered.fixture.ts';
import { parseAddon } from '../../src/verify/addons.ts';
import type { Result } from '../../src/verify/check.ts';
import { monitoringChecks } from '../../src/verify/checks/addons/monitoring/index.ts';
import { fakeWorld, livekitPod } from '../../src/verify/world.fixture.ts';
import type { World } from '../../src/verify/world.ts';

/** The real Prometheus and Alertmanager with the chart's rules and receivers, and every check of the add-on against them. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(240_000);

const HOST = '127.0.0.1';
const PASSWORD = 'of-the-mail-account';
const vector = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

let directory: string;
let receiver: Receiver;
let mail: MailServer;
let service: Server;
let ports: { prometheus: number; alertmanager: number };
const started: ChildProcess[] = [];

/** The messaging service's page; its counters rise from scrape to scrape. */
function serveMetrics(): Server {
  let scrapes = 0;
  return createServer((_request, response) => {
    scrapes++;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(
      `http_requests_total{method="GET",path="/health",status="200"} ${scrapes * 10}\nwebsocket_connections_active 3\n` +
        'livekit_room_total{node_id="a"} 0\n',
    );
  });
}

async function freePort(): Promise<number> {
  const listener = createListener().listen(0, HOST);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

function start(program: string, ...args: string[]): void {
  started.push(spawn(join(bin, program), args, { stdio: 'ignore', cwd: directory }));
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'monitoring-programs-'));
  receiver = await Receiver.start(HOST, 'right-token', '#alerts');
  mail = await MailServer.start(HOST, { user: 'nova', password: PASSWORD }, 'nova.example');
  service = serveMetrics().listen(0, HOST);
  await once(service, 'listening');
  ports = { prometheus: await freePort(), alertmanager: await freePort() };

  const objects = objectsOf(
    await renderText(bin, directory, {
      interval: '1s',
      alertmanager: {
        ...{ groupWait: '1s', groupInterval: '3s', slack: { enabled: true } },
        email: {
          ...{ enabled: true, to: 'team@nova.example', from: 'alerts@nova.example', username: 'nova' },
          ...{ smarthost: `${HOST}:${mail.port}`, requireTls: false },
        },
        deadMansSwitch: { enabled: true, interval: '3s' },
      },
    }),
  );
  unpack(objects, 'prometheus-rules', join(directory, 'rules'));
  const [file = ''] = unpack(objects, 'alertmanager-config', directory);
  const secrets = join(directory, 'secrets');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/etc/alertmanager/secrets', secrets));
  mkdirSync(secrets);
  webhook('right-token');
  writeFileSync(join(secrets, 'smtp-password'), PASSWORD);
  writeFileSync(join(secrets, 'dead-mans-switch-url'), `http://${HOST}:${receiver.port}/ping/right-token`);

  const target = (port: number) => [{ targets: [`${HOST}:${port}`] }];
  const { port } = service.address() as AddressInfo;
  const scrapes = { prometheus: ports.prometheus, alertmanager: ports.alertmanager, messaging: port, livekit: port };
  writeFileSync(
    join(directory, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules/*.yaml'],
      alerting: { alertmanagers: [{ static_configs: target(ports.alertmanager) }] },
      scrape_configs: Object.entries(scrapes).map(([job_name, each]) => ({ job_name, static_configs: target(each) })),
    }),
  );
  const listen = (at: number) => `--web.listen-address=${HOST}:${at}`;
  start(
    'alertmanager',
    `--config.file=${file}`,
    '--storage.path=am',
    listen(ports.alertmanager),
    '--cluster.listen-address=',
  );
  const tsdb = ['--storage.tsdb.path=data', '--storage.tsdb.retention.time=1d', '--storage.tsdb.retention.size=512MB'];
  start('prometheus', '--config.file=prometheus.yml', ...tsdb, listen(ports.prometheus));
});

afterAll(async () => {
  for (const child of started) {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  receiver.close();
  mail.close();
  service.closeAllConnections();
  service.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Alertmanager reads the file anew for each message. */
function webhook(token: string): void {
  const url = `http://${HOST}:${receiver.port}/services/T0NOVA/B0NOVA/${token}`;
  writeFileSync(join(directory, 'secrets', 'slack-api-url'), url);
}

/** The add-on's namespace: a pod of each program at its real port, and Prometheus' claim. */
function world(): World {
  const get = ({ kind }: { kind: string }) =>
    Promise.resolve(
      kind === 'Pod'
        ? {
            metadata: { name: 'prometheus-1' },
            spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'prometheus' } }] },
          }
        : { metadata: { name: 'prometheus' }, status: { capacity: { storage: '1Gi' } } },
    );
  const list = (_kind: unknown, _namespace: string, { labels }: { labels: Record<string, string> }) => {
    const program = labels['app.kubernetes.io/name'] as keyof typeof ports;
    return Promise.resolve([livekitPod(`${program}-1`, { ports: { http: ports[program] } })]);
  };
  return fakeWorld({
    addons: [parseAddon('monitoring test-alert=send')],
    kubernetes: { get: get as never, list: list as never },
  });
}

/** As the scheduler does with a check that converges: until it passes, and with all of the evidence that is wanted. */
async function settled(id: string, seconds = 60, wanted = /^/): Promise<Result> {
  const check = monitoringChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  for (let left = seconds; ; left--) {
    const result = await check
      .run(world(), AbortSignal.timeout(90_000))
      .catch((error: unknown): Result => ({ verdict: 'fail', evidence: String(error) }));
    // A query has an answer as soon as one target was scraped twice; the other may have been scraped once.
    const isDone = result.verdict === 'pass' && wanted.test(result.evidence);
    if (isDone || result.final === true || left === 0) return result;
    await sleep(1000);
  }
}

test.each([
  ['monitoring-ready', /Prometheus and Alertmanager are ready/],
  ['monitoring-targets', /^alertmanager 1, livekit 1, messaging 1, prometheus 1: all up\.$/],
  ['monitoring-queries', /^`rate\(http_requests_total\[5m\]\)` 2, `livekit_room_total` 2 series\.$/],
  ['monitoring-rules', /^\d+ alerts and \d+ recorded series in \d groups are evaluated; none fires but the switch\.$/],
  ['monitoring-alertmanager', /notifies by email and slack\.$/],
  ['monitoring-dead-mans-switch', /goes out by webhook\.$/],
  ['monitoring-notifications', /^A test alert was sent and accepted by email and slack\.$/],
  ['monitoring-storage', /^The volume prometheus has 1\.0 GiB; Prometheus holds \d+ MiB and keeps 1d and at most 512/],
])('%s passes', async (id, evidence) => {
  const result = await settled(id, 60, evidence);
  expect(result).toMatchObject({ verdict: 'pass' });
  expect(result.evidence).toMatch(evidence);
});

test('Slack, mail and the switch got theirs', () => {
  expect(receiver.messages.map(({ channel, title }) => [channel, title])).toContainEqual([
    '#alerts',
    'WARNING: VerifyTestAlert',
  ]);
  expect(mail.mails[0]).toMatchObject({ from: 'alerts@nova.example', to: 'team@nova.example' });
  expect(mail.mails[0]?.text).toMatch(/^Subject: FIRING: VerifyTestAlert$/m);
  expect(receiver.pings).toBeGreaterThan(0);
});

test('a database from a snapshot of its volume is served by another Prometheus, with what was measured before', async () => {
  const query = async (port: number) => {
    const asked = new URLSearchParams({ query: 'max_over_time(http_requests_total{job="messaging"}[1h])' });
    const answer = await fetch(`http://${HOST}:${port}/api/v1/query?${asked.toString()}`);
    return vector.parse(await answer.json()).data.result.map(({ value: [, number] }) => Number(number));
  };
  const [before = 0] = await query(ports.prometheus);
  expect(before).toBeGreaterThan(10);
  // As a disk is found that nobody has unmounted: Prometheus writes on. Of two files that are not of one moment the log decides.
  cpSync(join(directory, 'data'), join(directory, 'restored'), { recursive: true });
  rmSync(join(directory, 'restored', 'lock'), { force: true });
  writeFileSync(join(directory, 'restored.yml'), stringify({ global: { scrape_interval: '1m' } }));
  const port = await freePort();
  const tsdb = ['--storage.tsdb.path=restored', '--storage.tsdb.retention.time=1d'];
  start('prometheus', '--config.file=restored.yml', ...tsdb, `--web.listen-address=${HOST}:${port}`);
  for (let left = 60; ; left--) {
    const isReady = await fetch(`http://${HOST}:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    if (left === 0) throw new Error('the restored Prometheus does not start');
    await sleep(500);
  }
  // It scrapes nobody: whatever it has comes from the copy.
  const [after = 0] = await query(port);
  expect(after).toBeGreaterThanOrEqual(before);
});

test('a webhook that was revoked is named', async () => {
  webhook('revoked');
  expect(await settled('monitoring-notifications', 0)).toMatchObject({
    verdict: 'fail',
    evidence: 'The test alert was refused by slack.',
    fix: expect.stringMatching(/`slack-api-url`/) as unknown,
  });
});

test('a target that ended is named, with the cause', async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  // The next scrape of each of the two sees it.
  let result = await settled('monitoring-targets', 0);
  for (let left = 30; left > 0 && !result.evidence.startsWith('2 of 4'); left--) {
    await sleep(1000);
    result = await settled('monitoring-targets', 0);
  }
  expect(result).toMatchObject({
    verdict: 'fail',
    evidence: expect.stringMatching(/^2 of 4 targets are down: (livekit|messaging) .*connection refused/) as unknown,
    cause: 'The pod runs, but nothing listens on this port.',
  });
});
