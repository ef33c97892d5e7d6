import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

/** helm/scripts/add-ons.sh with the real program; in place of helm-deploy one that prints its inputs, and fails where it is told to. */
const HELM_DEPLOY = `
const inputs = Object.entries(process.env).filter(([name, value]) => name.startsWith('INPUT_') && value !== '').sort();
console.log('RAN ' + inputs.map(([name, value]) => name.slice(6) + '=' + value).join(' '));
process.exitCode = process.env.FAILING === process.env.INPUT_RELEASE ? 1 : 0;
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'add-ons-script-'));
  for (const folder of ['helm/scripts', 'helm/addons', 'node_modules/.bin', 'dist'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync('helm/scripts/add-ons.sh', join(root, 'helm/scripts/add-ons.sh'));
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'dist/add-ons.js'),
    `import { start } from '${resolve('actions/index.ts')}';\nawait start('add-ons');\n`,
  );
  writeFileSync(join(root, 'dist/helm-deploy.js'), HELM_DEPLOY);
  const addOns = [
    { name: 'gitops', namespace: 'argocd', environments: ['dev'] },
    { name: 'ingress-tls', namespace: 'ingress-nginx', secrets: { a: { B: 'secret-manager:c' } } },
  ];
  writeFileSync(join(root, 'helm/addons/add-ons.json'), JSON.stringify({ addOns }));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function script(args: readonly string[], variables: Readonly<Record<string, string>> = { GCP_PROJECT_ID: 'nova' }) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(
      'bash',
      [join(root, 'helm/scripts/add-ons.sh'), ...args],
      { env: { PATH: process.env['PATH'], ...variables }, timeout: 60_000 },
      (error, stdout, stderr) => done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
const ran = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('RAN '));

test('each add-on by helm-deploy, in turn, with its inputs and the bucket', async () => {
  const { code, stdout } = await script(['dev']);
  expect(ran(stdout)).toEqual([
    'RAN BUCKET=nova-terraform-state CHART=helm/addons/ingress-tls ENVIRONMENT=dev MODE=deploy NAMESPACE=ingress-nginx ' +
      'RELEASE=ingress-tls SECRETS={"a":{"B":"secret-manager:c"}}',
    'RAN BUCKET=nova-terraform-state CHART=helm/addons/gitops ENVIRONMENT=dev MODE=deploy NAMESPACE=argocd RELEASE=gitops',
  ]);
  expect(stdout).toMatch(/✓ ingress-tls\n✓ gitops\n$/);
  expect(code).toBe(0);
}, 60_000);

test('the core is LiveKit: no chart is named; what needs one that failed is left alone', async () => {
  const core = await script(['prd', 'diff', 'core', 'ingress-tls'], { BUCKET: 'own' });
  expect(ran(core.stdout)[0]).toBe('RAN BUCKET=own ENVIRONMENT=prd MODE=diff');
  expect(ran(core.stdout)).toHaveLength(2);
  const failed = await script(['dev'], { GCP_PROJECT_ID: 'nova', FAILING: 'ingress-tls' });
  expect(ran(failed.stdout)).toHaveLength(1);
  expect(failed.stdout).toMatch(/✗ ingress-tls\n✗ gitops: left alone, because it needs ingress-tls\n$/);
  expect(failed.code).toBe(1);
}, 60_000);

test('a name that the list lacks is refused with its code', async () => {
  const { code, stderr, stdout } = await script(['prd', 'deploy', 'gitops']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^LK-HELM-145 helm\/addons\/add-ons\.json lists no add-on gitops for prd: add it there first\./,
  );
  expect(ran(stdout)).toEqual([]);
}, 60_000);

test.each([
  [['dev', 'explode'], /one of: deploy, diff, status, uninstall/],
  [['Dev'], /name of an environment/],
  [[], /helm\/scripts\/add-ons\.sh <environment>/],
])(
  '%j shows what it takes',
  async (args, words) => {
    const { code, stderr } = await script(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  },
  60_000,
);

test('without a project or a bucket it asks for one', async () => {
  const { code, stderr } = await script(['dev'], {});
  expect([code, stderr]).toEqual([2, expect.stringContaining('Set GCP_PROJECT_ID')]);
});
