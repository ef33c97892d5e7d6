import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../src/exec/run.ts';

/** helm/scripts/turn-cert.sh: which inputs it gives to the bundle. */
const bundle = `
const inputs = Object.entries(process.env).filter(([name, value]) => name.startsWith('INPUT_') && value !== '');
console.log(JSON.stringify(Object.fromEntries(inputs)));
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'turn-cert-script-'));
  for (const folder of ['helm/scripts', 'dist']) mkdirSync(join(root, folder), { recursive: true });
  cpSync('helm/scripts/turn-cert.sh', join(root, 'helm/scripts/turn-cert.sh'));
  chmodSync(join(root, 'helm/scripts/turn-cert.sh'), 0o755);
  writeFileSync(join(root, 'dist/turn-cert.js'), bundle);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function script(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const env = { PATH, GCP_PROJECT_ID: 'nova', ...variables };
  return run(join(root, 'helm/scripts/turn-cert.sh'), args, { env, timeoutSeconds: 30 });
}

test('it renews when it is due, from Let’s Encrypt', async () => {
  expect(JSON.parse((await script(['dev'])).stdout)).toEqual({
    INPUT_ENVIRONMENT: 'dev',
    INPUT_BUCKET: 'nova-terraform-state',
    INPUT_FORCE: 'false',
    INPUT_SOURCE: 'acme',
    INPUT_DIRECTORY: 'letsencrypt',
  });
});

test('by force, from elsewhere, with another bucket', async () => {
  const variables = { BUCKET: 'own', DIRECTORY: 'letsencrypt-staging', CONTACT: 'ada@nova.dev' };
  expect(JSON.parse((await script(['prd', 'force'], variables)).stdout)).toMatchObject({
    INPUT_ENVIRONMENT: 'prd',
    INPUT_BUCKET: 'own',
    INPUT_FORCE: 'true',
    INPUT_DIRECTORY: 'letsencrypt-staging',
    INPUT_CONTACT: 'ada@nova.dev',
  });
});

test.each([[[]], [['dev', 'now']], [['dev', 'force', 'more']]])('%j shows how it is used', async (args) => {
  const { exitCode, stderr } = await script(args);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('helm/scripts/turn-cert.sh dev')]);
});

test('without a project it asks for one', async () => {
  const { exitCode, stderr } = await script(['dev'], { GCP_PROJECT_ID: '' });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Set GCP_PROJECT_ID')]);
});
