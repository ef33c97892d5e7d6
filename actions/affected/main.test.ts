import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

let inputs: Record<string, string>;
let outputs: Record<string, string>;
let lines: string[];

jest.unstable_mockModule('@actions/core', () => ({
  getInput: (name: string) => inputs[name] ?? '',
  setOutput: (name: string, value: unknown) => (outputs[name] = String(value)),
  setSecret: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
  ...Object.fromEntries(
    ['info', 'debug', 'notice', 'warning', 'error'].map((level) => [
      level,
      (text: string) => void lines.push(`${level}: ${text}`),
    ]),
  ),
}));

const { action } = await import('./main.ts');
const run = () => action.main(new AbortController().signal);

let directory: string;
let server: Server;
let answer: { status: number; body: unknown };
const before = { ...process.env };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'affected-'));
  server = createServer((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: fileURLToPath(new URL('../..', import.meta.url)),
    GITHUB_REPOSITORY: 'nova/livekit',
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    GITHUB_EVENT_PATH: join(directory, 'event.json'),
  });
  inputs = { 'github-token': 'ghs_token' };
  outputs = {};
  lines = [];
});
afterEach(async () => {
  process.env = { ...before };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

async function on(name: string, event: object): Promise<void> {
  process.env['GITHUB_EVENT_NAME'] = name;
  await writeFile(join(directory, 'event.json'), JSON.stringify(event));
}

test('a pull request: what it touches, with the reason in the log', async () => {
  await on('pull_request', { pull_request: { number: 7, changed_files: 1 } });
  answer = { status: 200, body: [{ filename: 'terraform/environments/stg/main.tf' }] };
  await run();
  expect(outputs).toEqual({ environments: '["stg"]', any: 'true' });
  expect(lines).toContain('info: stg: terraform/environments/stg/main.tf');
  expect(lines.at(-1)).toMatch(/^info: ✓ Touched: stg \(/);
});

test('a pull request that touches none gives an empty list', async () => {
  await on('pull_request', { pull_request: { number: 7, changed_files: 1 } });
  answer = { status: 200, body: [{ filename: 'README.md' }] };
  await run();
  expect(outputs).toEqual({ environments: '[]', any: 'false' });
});

test('helm: by its values files', async () => {
  inputs['kind'] = 'helm';
  await on('pull_request', { pull_request: { number: 7, changed_files: 1 } });
  answer = { status: 200, body: [{ filename: 'helm/values/prd.yaml' }] };
  await run();
  expect(outputs['environments']).toBe('["prd"]');
});

test('when GitHub refuses, all environments, and a warning that says why', async () => {
  const commit = (digit: string) => digit.repeat(40);
  await on('push', { before: commit('a'), after: commit('b') });
  answer = { status: 403, body: { message: 'Resource not accessible by integration' } };
  await run();
  expect(outputs).toEqual({ environments: '["dev","stg","prd"]', any: 'true' });
  expect(lines.filter((line) => line.startsWith('warning: '))).toEqual([
    expect.stringMatching(
      /^warning: All environments are taken, since what changed is not known: The job’s token may not/,
    ),
  ]);
});

test('started by hand, all environments, without a warning', async () => {
  await on('workflow_dispatch', {});
  delete inputs['github-token'];
  await run();
  expect(outputs['environments']).toBe('["dev","stg","prd"]');
  expect(lines.some((line) => line.startsWith('warning: '))).toBe(false);
});

test('a kind that there is not is refused', async () => {
  inputs['kind'] = 'ansible';
  await on('workflow_dispatch', {});
  await expect(run()).rejects.toThrow('ansible');
});

describe('add-ons', () => {
  const file = async (path: string, text: string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  };
  beforeEach(async () => {
    process.env['GITHUB_WORKSPACE'] = directory;
    inputs = { kind: 'add-ons', environment: 'dev' };
    await on('workflow_dispatch', {});
    const addOns = ['monitoring', 'ingress-tls', 'turn-server'].map((name) => ({
      name,
      namespace: name,
      values: ['a.yaml'],
    }));
    await file('helm/addons/add-ons.json', JSON.stringify({ addOns }));
    await file('a.yaml', 'a: 1\n');
  });
  const given = () => (JSON.parse(outputs['add-ons'] ?? '') as { name: string }[]).map(({ name }) => name);

  test('in their turn, as inputs of helm-deploy', async () => {
    await run();
    expect(given()).toEqual(['ingress-tls', 'turn-server', 'monitoring']);
    expect(outputs['any']).toBe('true');
    expect((JSON.parse(outputs['add-ons'] ?? '') as object[])[0]).toEqual({
      ...{ name: 'ingress-tls', chart: 'helm/addons/ingress-tls', release: 'ingress-tls', namespace: 'ingress-tls' },
      ...{ values: 'a.yaml', set: '', manifests: '', secrets: '' },
    });
  });

  test('those that are named; for an uninstall the last first', async () => {
    Object.assign(inputs, { 'add-on': 'ingress-tls  monitoring', mode: 'uninstall' });
    await file('a.yaml', 'a: CHANGEME\n');
    await run();
    expect(given()).toEqual(['monitoring', 'ingress-tls']);
  });

  test('none where something was never filled in', async () => {
    await file('a.yaml', 'a: 1\nb: CHANGEME\n');
    await expect(run()).rejects.toMatchObject({ code: 'LK-HELM-146' });
    expect(outputs).toEqual({});
    expect(lines).toContain('error: `b` holds the placeholder CHANGEME (from a.yaml).');
  });

  test('none without a list, and without an environment a sentence', async () => {
    await rm(join(directory, 'helm'), { recursive: true });
    await run();
    expect(outputs).toEqual({ 'add-ons': '[]', any: 'false' });
    delete inputs['environment'];
    await expect(run()).rejects.toThrow('environment');
  });

  test('terraform: a TODO of an environment that is touched is a warning, once for all', async () => {
    delete inputs['kind'];
    for (const name of ['dev', 'prd'])
      await file(`terraform/environments/${name}/main.tf`, 'module "a" {\n  source = "../../modules/a"\n}\n');
    await file('terraform/modules/a/a.tf', 'locals {\n  a = "TODO: a size"\n}\n');
    await run();
    expect(outputs['environments']).toBe('["dev","prd"]');
    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([
      'warning: terraform/modules/a/a.tf line 2 has a `TODO:` that is to be set before an apply: a = "TODO: a size"',
    ]);
  });
});
