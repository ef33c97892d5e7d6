import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { parseMetrics } from '../../../../livekit/metrics.ts';
import { livekitPod } from '../../../world.fixture.ts';
import { fakeWorld } from '../../../world.fixture.ts';
import { judgeWay, receiversOf } from './alertmanager.ts';
import { judgeSwitch } from './dead-mans-switch.ts';
import { monitoringChecks } from './index.ts';
import { deliveries, judgePast, judgeTest, notifications } from './notifications.ts';
import { judgeAnswers } from './queries.ts';
import { judgePods } from './ready.ts';
import { judgeRules } from './rules.ts';
import { judgeStorage, sizeBytes } from './storage.ts';
import { judgeTargets, type Target } from './targets.ts';

test('each check bears the add-on’s name, as id and as tag', () => {
  for (const { id, tags } of monitoringChecks) {
    expect(id).toMatch(/^monitoring-/);
    expect(tags).toContain('monitoring');
  }
  expect(new Set(monitoringChecks.map(({ id }) => id)).size).toBe(monitoringChecks.length);
});

describe('pods', () => {
  const whose = { program: 'alertmanager', namespace: 'nova-monitoring', release: 'monitoring' } as const;
  test('a ready one is fine', () => expect(judgePods([livekitPod('a')], whose)).toBeUndefined());
  test('none is a deploy that did not happen', () =>
    expect(judgePods([], whose)).toMatchObject({
      verdict: 'fail',
      final: true,
      cause: expect.stringMatching(/not deployed/),
    }));
  test('a missing Secret is named', () => {
    const message = 'MountVolume.SetUp failed for volume "secrets": references non-existent secret key: slack-api-url';
    const pod = livekitPod('alertmanager-1', {
      status: {
        phase: 'Pending',
        containerStatuses: [
          {
            ...{ name: 'alertmanager', image: '', imageID: '', ready: false, restartCount: 0 },
            state: { waiting: { reason: 'ContainerCreating', message } },
          },
        ],
      },
    });
    expect(judgePods([pod], whose)).toMatchObject({
      verdict: 'fail',
      evidence: `alertmanager-1 is not Ready: ContainerCreating (${message}).`,
      cause: 'The Secret of the receivers, or a key of it, is missing.',
    });
  });
});

describe('targets', () => {
  const target = (scrapePool: string, health: Target['health'], lastError = ''): Target => ({
    ...{ scrapePool, health, lastError, scrapeUrl: 'http://10.0.0.1:8080/metrics' },
    labels: { pod: `${scrapePool}-1` },
  });

  test('all up pass, with their number by job', () =>
    expect(judgeTargets(['a', 'b'], [target('a', 'up'), target('b', 'up'), target('b', 'up')])).toEqual({
      verdict: 'pass',
      evidence: 'a 1, b 2: all up.',
    }));

  test('no job at all is no pass', () =>
    expect(judgeTargets([], [])).toMatchObject({
      verdict: 'inconclusive',
      evidence: 'Prometheus scrapes nothing yet.',
    }));

  test('a job without targets is named', () =>
    expect(judgeTargets(['a', 'turn'], [target('a', 'up')])).toMatchObject({
      verdict: 'fail',
      evidence: 'The job turn has no target.',
      fix: expect.stringMatching(/`targets\.turn`/),
    }));

  test.each([
    ['Get "http://10.0.0.1:8080/metrics": dial tcp 10.0.0.1:8080: connect: connection refused', /nothing listens/],
    ['Get "http://10.0.0.1:8080/metrics": context deadline exceeded', /dropped/],
    ['server returned HTTP status 403 Forbidden', /may not read/],
    ['server returned HTTP status 404 Not Found', /no metrics at this path/],
    ['tls: failed to verify certificate: x509: certificate signed by unknown authority', /not trusted/],
    ['sample limit exceeded', /sampleLimit/],
    ['strconv.ParseFloat: parsing "x": invalid syntax', /as a target should/],
  ])('one that is down says why: %s', (error, cause) => {
    const result = judgeTargets(['a'], [target('a', 'up'), target('a', 'down', error)]);
    expect(result).toMatchObject({ verdict: 'fail', cause: expect.stringMatching(cause) });
    expect(result.evidence).toMatch(/^1 of 2 targets is down: a a-1 \(http:\/\/10\.0\.0\.1:8080\/metrics\): /);
    expect(result.evidence).not.toMatch(/Get "/);
  });

  test('one that was not scraped yet is no verdict', () =>
    expect(judgeTargets(['a'], [target('a', 'unknown')])).toMatchObject({ verdict: 'inconclusive' }));
});

describe('queries', () => {
  const seed = { job: 'messaging', expression: 'rate(http_requests_total[5m])' };
  test('answers pass', () =>
    expect(judgeAnswers([{ ...seed, series: 3 }])).toEqual({
      verdict: 'pass',
      evidence: '`rate(http_requests_total[5m])` 3 series.',
    }));
  test('one without an answer fails by its words', () =>
    expect(judgeAnswers([{ ...seed, series: 0 }])).toMatchObject({
      verdict: 'fail',
      evidence: '`rate(http_requests_total[5m])` has no answer.',
    }));
  test('nothing to ask is a skip', () => expect(judgeAnswers([])).toMatchObject({ verdict: 'skip' }));
});

describe('rules', () => {
  const rule = (name: string, more: object = {}) => ({
    ...{ name, health: 'ok', type: 'alerting' as const, state: 'inactive', lastError: '' },
    ...more,
  });
  const group = (...rules: ReturnType<typeof rule>[]) => [
    { name: 'g', rules: [rule('DeadMansSwitch', { state: 'firing' }), ...rules] },
  ];

  test('all evaluated pass', () =>
    expect(judgeRules(group(rule('A')))).toEqual({
      verdict: 'pass',
      evidence: '2 alerts and 0 recorded series in 1 groups are evaluated; none fires but the switch.',
    }));
  test('rules that are not this add-on’s fail', () =>
    expect(judgeRules([{ name: 'g', rules: [rule('A')] }])).toMatchObject({ verdict: 'fail', final: true }));
  test('an error is told in Prometheus’ words', () =>
    expect(judgeRules(group(rule('A', { health: 'err', lastError: 'many-to-many matching.' })))).toMatchObject({
      verdict: 'fail',
      evidence: '1 of 2 rules cannot be evaluated: A (g): many-to-many matching.',
    }));
  test('one that was not evaluated yet is no verdict', () =>
    expect(judgeRules(group(rule('A', { health: 'unknown' })))).toMatchObject({ verdict: 'inconclusive' }));
  test('an alert that fires is a warning with its runbook', () =>
    expect(judgeRules(group(rule('TargetDown', { state: 'firing' })))).toMatchObject({
      verdict: 'warn',
      fix: 'Follow docs/runbooks/alerts.md, TargetDown.',
    }));
});

const CONFIGURATION = `
route: { receiver: team }
receivers:
  - name: team
    slack_configs: [{ api_url_file: /x, channel: '#alerts' }]
    email_configs: [{ to: a@nova.com }]
  - name: dead-mans-switch
    webhook_configs: [{ url_file: /y }]
`;

describe('the way out', () => {
  const judge = async (more: object = {}, configuration = CONFIGURATION) =>
    judgeWay({ known: 1, sent: 4, errors: 0, configuration, receivers: await receiversOf(configuration), ...more });

  test('two receivers pass by name', async () =>
    expect(await judge()).toEqual({
      verdict: 'pass',
      evidence: 'Alertmanager gets the alerts and notifies by slack and email.',
    }));
  test('no Alertmanager', async () => expect(await judge({ known: 0 })).toMatchObject({ verdict: 'fail' }));
  test('one that takes nothing', async () =>
    expect(await judge({ sent: 0, errors: 3 })).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringMatching(/3 errors/),
    }));
  test.each(['to: "TODO: your address"', 'to: alerts@example.com', 'smarthost: CHANGE_ME:587', 'to: <ADMIN-EMAIL>'])(
    'a placeholder: %s',
    async (line) =>
      expect(await judge({}, `receivers:\n  - name: team\n    email_configs:\n      - ${line}\n`)).toMatchObject({
        verdict: 'fail',
        final: true,
        evidence: expect.stringMatching(/has a placeholder/),
      }),
  );
  test('nobody to tell is a warning', async () =>
    expect(await judge({}, 'receivers: [{ name: team }]')).toMatchObject({ verdict: 'warn' }));
});

describe('the dead-man’s switch', () => {
  const alert = { receivers: [{ name: 'dead-mans-switch' }], status: { state: 'active' } };
  test('passes when it goes out', async () =>
    expect(judgeSwitch([alert], await receiversOf(CONFIGURATION))).toEqual({
      verdict: 'pass',
      evidence: 'DeadMansSwitch is in Alertmanager and goes out by webhook.',
    }));
  test('not there', () => expect(judgeSwitch([], new Map())).toMatchObject({ verdict: 'fail' }));
  test('silenced', () =>
    expect(judgeSwitch([{ ...alert, status: { state: 'suppressed' } }], new Map())).toMatchObject({
      verdict: 'fail',
      final: true,
    }));
  test('to nobody is a warning', () => expect(judgeSwitch([alert], new Map())).toMatchObject({ verdict: 'warn' }));
});

describe('notifications', () => {
  const page = (sent: number, failed: number) => `
alertmanager_notification_requests_total{integration="slack",receiver_name="team"} ${sent}
alertmanager_notification_requests_failed_total{integration="slack",receiver_name="team"} ${failed}
alertmanager_notification_requests_total{integration="email",receiver_name="team"} 0
`;
  const of = (sent: number, failed: number) => deliveries(parseMetrics(page(sent, failed)));

  test('only ways that were used count', () => expect(of(2, 1)).toEqual([{ way: 'slack', sent: 2, failed: 1 }]));
  test('a test alert that was accepted', () =>
    expect(judgeTest(['slack'], of(2, 1), of(3, 1))).toEqual({
      verdict: 'pass',
      evidence: 'A test alert was sent and accepted by slack.',
    }));
  test('one that was refused, with what to do', () =>
    expect(judgeTest(['slack'], [], of(1, 1))).toMatchObject({
      verdict: 'fail',
      evidence: 'The test alert was refused by slack.',
      fix: expect.stringMatching(/slack-api-url/),
    }));
  test('one that is not out yet', () => expect(judgeTest(['slack'], of(2, 1), of(2, 1))).toBeUndefined());
  test('one that is out by one of two ways only', () =>
    expect(judgeTest(['slack', 'email'], of(2, 1), of(3, 1))).toBeUndefined());
  test('the switch’s own POST is no test alert', () =>
    expect(judgeTest(['slack'], [], [{ way: 'webhook', sent: 3, failed: 0 }])).toBeUndefined());
  test.each([
    [0, 0, 'skip'],
    [4, 0, 'pass'],
    [4, 1, 'warn'],
    [4, 4, 'fail'],
  ])('of %i sent %i refused: %s', (sent, failed, verdict) =>
    expect(judgePast(of(sent, failed))).toMatchObject({ verdict }),
  );

  test('a test alert is posted when it is asked for, and seen to go out', async () => {
    const posted: unknown[] = [];
    const server = createServer((request, response) => {
      if (request.url === '/api/v2/status') {
        const original = 'receivers: [{ name: team, slack_configs: [{ channel: a }] }]';
        return response.end(JSON.stringify({ config: { original } }));
      }
      if (request.method !== 'POST') return response.end(page(posted.length, 0));
      let body = '';
      request.on('data', (text: Buffer) => (body += text.toString()));
      request.on('end', () => {
        posted.push(...(JSON.parse(body) as unknown[]));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const target = { name: 'monitoring', namespace: 'nova-monitoring', release: 'monitoring' } as const;
    const world = fakeWorld({
      addons: [{ ...target, options: new Map([['test-alert', 'send']]) }],
      kubernetes: {
        get: () => Promise.reject(new Error('nothing to get')),
        list: (() => Promise.resolve([livekitPod('alertmanager-1', { ports: { http: port } })])) as never,
      },
    });
    try {
      expect(await notifications.run(world, AbortSignal.timeout(10_000))).toMatchObject({ verdict: 'pass' });
      expect(posted).toEqual([
        expect.objectContaining({
          labels: expect.objectContaining({ alertname: 'VerifyTestAlert', severity: 'warning' }),
        }),
      ]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('storage', () => {
  const claim = { name: 'prometheus', bytes: 100 * 2 ** 30 };
  const retention = { time: '30d', size: '85GB' };

  test.each([
    ['85GB', 85 * 2 ** 30],
    ['85GiB', 85 * 2 ** 30],
    ['512MB', 512 * 2 ** 20],
    ['0B', 0],
  ])('%s', (text, bytes) => expect(sizeBytes(text)).toBe(bytes));

  test('room is left', () =>
    expect(judgeStorage({ claim, held: 2 ** 30, retention })).toEqual({
      verdict: 'pass',
      evidence: 'The volume prometheus has 100.0 GiB; Prometheus holds 1.0 GiB and keeps 30d and at most 85GB.',
    }));
  test('nearly full', () =>
    expect(judgeStorage({ claim, held: 95 * 2 ** 30, retention })).toMatchObject({ verdict: 'fail' }));
  test.each(['0B', '100GB'])('a retention of %s ends after the volume does', (size) =>
    expect(judgeStorage({ claim, held: 0, retention: { time: '30d', size } })).toMatchObject({ verdict: 'warn' }),
  );
  test('no volume is a warning', () =>
    expect(judgeStorage({ claim: undefined, held: 5 * 2 ** 20, retention })).toMatchObject({
      verdict: 'warn',
      evidence: 'Prometheus holds 5 MiB in a folder of its pod, and keeps 30d and at most 85GB.',
    }));
});
