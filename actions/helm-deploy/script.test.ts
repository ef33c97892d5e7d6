import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../src/exec/run.ts';

/** helm/scripts/deploy.sh: which inputs it gives to the bundle. */
const bundle = `
const inputs = Object.entries(process.env).filter(([name, value]) => name.startsWith('INPUT_') && value !== '');
console.log(JSON.stringify(Object.fromEntries(inputs)));
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'deploy-script-'));
  for (const folder of ['helm/scripts', 'dist']) mkdirSync(join(root, folder), { recursive: true });
  cpSync('helm/scripts/deploy.sh', join(root, 'helm/scripts/deploy.sh'));
  chmodSync(join(root, 'helm/scripts/deploy.sh'), 0o755);
  writeFileSync(join(root, 'dist/helm-deploy.js'), bundle);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function script(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH, GCP_PROJECT_ID: 'nova', ...variables };
  return run(join(root, 'helm/scripts/deploy.sh'), args, { env, timeoutSeconds: 30 });
}

const inputsOf = async (...given: Parameters<typeof script>) =>
  JSON.parse((await script(...given)).stdout) as Record<string, string>;

test.each([
  ['install', 'deploy'],
  ['upgrade', 'deploy'],
  ['diff', 'diff'],
  ['render', 'render'],
  ['status', 'status'],
  ['follow', 'follow'],
  ['rollback', 'rollback'],
  ['upgrade-nodes', 'upgrade-nodes'],
  ['uninstall', 'uninstall'],
])('%s is the mode %s', async (word, mode) => {
  expect(await inputsOf(['dev', word])).toEqual({
    INPUT_ENVIRONMENT: 'dev',
    INPUT_BUCKET: 'nova-terraform-state',
    INPUT_MODE: mode,
  });
});

test('a rollback may name its revision', async () => {
  expect(await inputsOf(['dev', 'rollback', '3'])).toMatchObject({ INPUT_MODE: 'rollback', INPUT_REVISION: '3' });
});

test('another chart is deployed with its own values', async () => {
  const variables = { CHART: './charts/store', RELEASE: 'store', NAMESPACE: 'messaging', VALUES: 'store.yaml' };
  expect(await inputsOf(['dev', 'upgrade'], variables)).toMatchObject({
    INPUT_CHART: './charts/store',
    INPUT_RELEASE: 'store',
    INPUT_NAMESPACE: 'messaging',
    INPUT_VALUES: 'store.yaml',
  });
});

test.each([[[]], [['dev']], [['dev', 'destroy']], [['dev', 'upgrade', '3']]])(
  '%j is answered by how to use it',
  async (args) => {
    const { exitCode, stderr } = await script(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'deploy.sh <environment> <install|upgrade|diff|render|status|follow|rollback|upgrade-nodes|uninstall>',
    );
    expect(stderr).not.toContain('set -euo');
  },
);

test('without a project or bucket it says which to set', async () => {
  const { exitCode, stderr } = await script(['dev', 'diff'], { GCP_PROJECT_ID: '' });
  expect([exitCode, stderr.trim()]).toEqual([2, expect.stringContaining('Set GCP_PROJECT_ID')]);
});
