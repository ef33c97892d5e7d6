import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

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
