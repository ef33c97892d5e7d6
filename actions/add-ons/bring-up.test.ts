import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

let said: string[];
jest.unstable_mockModule('@actions/core', () => ({
  ...Object.fromEntries(
    ['info', 'notice', 'warning', 'error'].map((level) => [
      level,
      (text: string, at?: { file?: string; startLine?: number }) =>
        void said.push(`${level} ${at?.file ?? ''}:${at?.startLine ?? ''} ${text}`),
    ]),
  ),
  setSecret: () => undefined,
}));
const { bringUp } = await import('./bring-up.ts');

let workspace: string;
let ran: Readonly<Record<string, string>>[];
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
};
beforeEach(() => {
  said = [];
  ran = [];
  workspace = mkdtempSync(join(tmpdir(), 'bring-up-'));
  const addOns = ['gitops', 'monitoring', 'ingress-tls'].map((name) => ({ name, namespace: `nova-${name}` }));
  write('helm/addons/add-ons.json', JSON.stringify({ addOns }, null, 1));
});
afterEach(() => rmSync(workspace, { recursive: true }));

/** The run, in which these fail. */
const run = (names: readonly string[], mode = 'deploy', failing: readonly string[] = []) =>
  bringUp({ workspace, environment: 'dev', names, mode }, (inputs) => {
    ran.push(inputs);
    return Promise.resolve({ exitCode: failing.includes(inputs['release'] ?? 'core') ? 1 : 0 });
  });
const order = () => ran.map(({ release }) => release ?? 'core');

test('all that the list has, in turn, each with its inputs', async () => {
  expect(await run([])).toEqual(['ingress-tls', 'monitoring', 'gitops'].map((name) => ({ name, status: 'done' })));
  expect(ran[0]).toMatchObject({
    ...{ environment: 'dev', mode: 'deploy', chart: 'helm/addons/ingress-tls' },
    namespace: 'nova-ingress-tls',
  });
});

test('the core first, and without a chart of its own; it alone needs no list', async () => {
  await run(['monitoring', 'core']);
  expect(order()).toEqual(['core', 'monitoring']);
  expect(ran[0]).toEqual({ environment: 'dev', mode: 'deploy' });
  rmSync(join(workspace, 'helm'), { recursive: true });
  expect(await run(['core'])).toEqual([{ name: 'core', status: 'done' }]);
});

test('what fails takes along what needs it, and nothing else', async () => {
  expect(await run([], 'deploy', ['ingress-tls'])).toEqual([
    { name: 'ingress-tls', status: 'failed' },
    { name: 'monitoring', status: 'done' },
    { name: 'gitops', status: 'left-out', because: 'ingress-tls' },
  ]);
  expect(order()).toEqual(['ingress-tls', 'monitoring']);
  expect((await run(['core', 'gitops'], 'deploy', ['core'])).map(({ status }) => status)).toEqual([
    'failed',
    'left-out',
  ]);
});

test('an uninstall begins with the last, and goes on', async () => {
  await run(['core', 'gitops', 'ingress-tls'], 'uninstall', ['gitops']);
  expect(order()).toEqual(['gitops', 'ingress-tls', 'core']);
});

test('a TODO anywhere stops the deploy of all, with file and line of each', async () => {
  const values = ['helm/mine.yaml', 'helm/addons/turn-server/values-messaging.yaml'];
  const list = {
    addOns: [
      { name: 'monitoring', namespace: 'a', values, set: ['cluster=TODO'] },
      { name: 'a', namespace: 'a' },
    ],
  };
  write('helm/addons/add-ons.json', JSON.stringify(list, null, 1));
  write('helm/addons/turn-server/values-messaging.yaml', 'z: 1\n');
  write('helm/mine.yaml', '# TODO: a note\na: 1 # TODO: how many\nb:\n  - CHANGEME\n');
  write('terraform/environments/dev/terraform.tfvars', 'domain = "TODO: your domain"\n');
  write('terraform/environments/dev/main.tf', 'locals {}\n');
  write(
    '.github/workflows/a.yml',
    'jobs:\n  a:\n    uses: org/livekit-gke/.github/workflows/add-ons.yml@v1 # TODO: your fork\n',
  );
  await expect(run(['a'])).rejects.toThrow(/^Nothing was deployed: terraform.* \(and 1 more, above\)$/);
  await expect(run([])).rejects.toMatchObject({ code: 'LK-HELM-146' });
  expect(ran).toEqual([]);
  const places = said.filter((line) => line.startsWith('error')).map((line) => line.split(' ')[1]);
  expect(places.slice(2)).toEqual([
    'terraform/environments/dev/terraform.tfvars:1',
    '.github/workflows/a.yml:3',
    'helm/mine.yaml:2',
    'helm/mine.yaml:4',
    'helm/addons/add-ons.json:',
  ]);
  await run([], 'diff');
  expect(order()).toEqual(['monitoring', 'a']);
});
