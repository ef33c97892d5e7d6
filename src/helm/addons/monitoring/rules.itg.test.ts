import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { dashboards } from '../../../../scripts/dashboards/index.ts';
import { run } from '../../../exec/run.ts';
import { EVERYTHING, objectsOf, type Rendered, renderText, unpack } from './rendered.fixture.ts';
import { HEALTHY, type Trial, trials } from './rule-trials.fixture.ts';

/** The rules and configurations that the chart renders, held to the real promtool and amtool. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
jest.setTimeout(180_000);

const groupsSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          record: z.string().optional(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        }),
      ),
    }),
  ),
});

let directory: string;
let objects: Rendered[];
let files: string[];
let rules: z.infer<typeof groupsSchema>['groups'][number]['rules'];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rules-'));
  objects = objectsOf(await renderText(bin, directory, EVERYTHING));
  files = unpack(objects, 'prometheus-rules', join(directory, 'rules'));
  rules = files.flatMap((file) =>
    groupsSchema.parse(parse(readFileSync(file, 'utf8'))).groups.flatMap((one) => one.rules),
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const tool = (name: string, ...args: string[]) =>
  run(join(bin, name), args, { timeoutSeconds: 120, env: { PATH: process.env['PATH'] ?? '', HOME: directory } });

/** One trial as promtool's two tests: it fires, and it does not. */
function promtoolTests({ rule, at, fires, labels, value, quiet = {} }: Trial) {
  const isRecord = rule.includes(':');
  const severity = rules.find(({ alert }) => alert === rule)?.labels['severity'] ?? '';
  const all = isRecord
    ? { __name__: rule, ...labels }
    : { __name__: 'ALERTS', alertname: rule, alertstate: 'firing', severity, ...labels };
  const text = `${String(all['__name__'])}{${Object.entries(all)
    .filter(([name]) => name !== '__name__')
    .map(([name, each]) => `${name}=${JSON.stringify(each)}`)
    .join(', ')}}`;
  const own = Object.entries(isRecord ? {} : { alertname: rule, alertstate: 'firing' });
  const matchers = [...own, ...(isRecord && 'source' in labels ? [['source', labels['source']] as const] : [])];
  const expr = `${isRecord ? rule : 'ALERTS'}{${matchers.map(([name, each]) => `${name}="${each ?? ''}"`).join(',')}}`;
  const trial = (name: string, series: Trial['fires'], samples: object[]) => ({
    name: `${rule} ${name}`,
    interval: '1m',
    input_series: Object.entries(series).map(([metric, values]) => ({ series: metric, values })),
    promql_expr_test: [{ expr, eval_time: `${at}m`, exp_samples: samples }],
  });
  return [
    trial('fires', fires, [{ labels: text, value: isRecord ? value : 1 }]),
    // The switch always fires.
    ...(rule === 'DeadMansSwitch' ? [] : [trial('stays quiet', quiet, [])]),
  ];
}

function testFile(name: string, tests: object[]): string {
  const file = join(directory, name);
  writeFileSync(file, stringify({ rule_files: files, evaluation_interval: '1m', fuzzy_compare: true, tests }));
  return file;
}

test('promtool takes every rule', async () => {
  const { exitCode, stdout, stderr } = await tool('promtool', 'check', 'rules', ...files);
  expect([exitCode, stderr]).toEqual([0, '']);
  const found = [...stdout.matchAll(/SUCCESS: (\d+) rules found/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  expect(found).toBe(rules.length);
});

test('every rule has its trial, and no trial is of a rule that is not there', () => {
  const named = rules.map(({ alert, record }) => alert ?? record ?? '');
  expect(trials.map(({ rule }) => rule).sort()).toEqual(named.sort());
});

test('each fires in the one world and stays quiet in the other', async () => {
  const { stdout, stderr } = await tool(
    'promtool',
    'test',
    'rules',
    testFile('trials.yaml', trials.flatMap(promtoolTests)),
  );
  expect(stderr + stdout).toMatch(/SUCCESS/);
  expect(stderr + stdout).not.toMatch(/FAILED/);
});

test('a wrong expectation is found: the trials can fail', async () => {
  const [joins] = trials.filter(({ rule }) => rule === 'LivekitJoinsFail');
  const wrong = promtoolTests({ ...(joins ?? trials[0]!), fires: HEALTHY });
  const { exitCode, stdout, stderr } = await tool('promtool', 'test', 'rules', testFile('wrong.yaml', wrong));
  expect(exitCode).not.toBe(0);
  expect(stderr + stdout).toMatch(/FAILED/);
});

test('each alert has a severity, a summary, a cause and a runbook', () => {
  for (const { alert, labels, annotations } of rules.filter((rule) => rule.alert !== undefined)) {
    expect([alert, labels['severity']]).toEqual([alert, expect.stringMatching(/^(critical|warning|none)$/)]);
    expect(annotations['summary']).toMatch(/\.$/);
    expect(annotations['description']).toMatch(/\.$/);
    expect(annotations['runbook_url']).toMatch(new RegExp(`/docs/runbooks/alerts\\.md#${alert?.toLowerCase() ?? ''}$`));
  }
});

test.each(['30s', '5s', '1m'])('promtool takes the configuration with an interval of %s', async (interval) => {
  const rendered = objectsOf(await renderText(bin, directory, { ...EVERYTHING, interval }));
  const [file = ''] = unpack(rendered, 'prometheus-config', directory);
  // What it names lies in the container.
  const text = readFileSync(file, 'utf8')
    .replace('/etc/prometheus/rules', join(directory, 'rules'))
    .replaceAll(/\/var\/run\/secrets\/\S+/g, file);
  writeFileSync(file, text);
  const { exitCode, stdout, stderr } = await tool('promtool', 'check', 'config', file);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/SUCCESS/);
});

test('promtool takes every query of the dashboards', async () => {
  const queries = dashboards.flatMap(({ panels }) =>
    panels.flatMap((panel) => ('targets' in panel ? panel.targets.map(({ expr }) => expr) : [])),
  );
  const file = (name: string, expressions: readonly string[]) => {
    const path = join(directory, name);
    const recorded = expressions.map((expr, index) => ({ record: `query:${index}`, expr }));
    writeFileSync(path, stringify({ groups: [{ name, rules: recorded }] }));
    return path;
  };
  const taken = await tool('promtool', 'check', 'rules', file('queries.yaml', queries));
  expect([taken.exitCode, taken.stderr]).toEqual([0, '']);
  const refused = await tool('promtool', 'check', 'rules', file('wrong-query.yaml', ['sum by (a (b)']));
  expect(refused.exitCode).not.toBe(0);
});

test('promtool refuses a field with a typo', async () => {
  const file = join(directory, 'typo.yml');
  writeFileSync(file, 'scrape_configs: [{ job_name: a, scrape_intervall: 10s }]\n');
  expect((await tool('promtool', 'check', 'config', file)).exitCode).not.toBe(0);
});

describe('amtool', () => {
  const receivers = async (): Promise<string> => unpack(objects, 'alertmanager-config', directory)[0] ?? '';

  test('takes the configuration', async () => {
    const { exitCode, stdout, stderr } = await tool('amtool', 'check-config', await receivers());
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/SUCCESS[\s\S]*2 receivers/);
  });

  test('takes one without any receiver that notifies', async () => {
    const bare = objectsOf(await renderText(bin, directory, {}));
    const [file = ''] = unpack(bare, 'alertmanager-config', join(directory, 'bare'));
    expect((await tool('amtool', 'check-config', file)).exitCode).toBe(0);
  });

  test.each([
    ['DeadMansSwitch', 'none', 'dead-mans-switch'],
    ['LivekitDown', 'critical', 'team'],
    ['LivekitJoinsFail', 'warning', 'team'],
  ])('routes %s (%s) to %s', async (alert, severity, receiver) => {
    const asked = ['config', 'routes', 'test', `--config.file=${await receivers()}`, `alertname=${alert}`];
    const { stdout } = await tool('amtool', ...asked, `severity=${severity}`);
    expect(stdout.trim()).toBe(receiver);
  });

  test('finds no secret in it: all come from files', async () => {
    const text = readFileSync(await receivers(), 'utf8');
    expect(text).toMatch(/api_url_file: \/etc\/alertmanager\/secrets\/slack-api-url/);
    expect(text).toMatch(/auth_password_file: \/etc\/alertmanager\/secrets\/smtp-password/);
    expect(text).toMatch(/url_file: \/etc\/alertmanager\/secrets\/dead-mans-switch-url/);
    expect(text).not.toMatch(/api_url:|auth_password:|\burl:/);
  });
});
