import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../exec/run.ts';
import { fetchChart } from './chart.ts';
import { openHelm } from './helm.ts';

/** What is read of a package, beside what the real Helm says of it. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const source = join(process.cwd(), 'sandbox/helm-repository/livekit-server');
const environment = { PATH: process.env['PATH'] ?? '' };

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'chart-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const helm = () =>
  openHelm({ path: join(bin, 'helm'), version: '', kubeconfig: '', namespace: 'livekit', directory, environment });
const said = async (...args: string[]) => (await helm().command(args)).stdout;

test('a package’s name, version and values are those that Helm reads', async () => {
  await said('package', source, '--destination', directory);
  const path = join(directory, 'livekit-server-1.9.0.tgz');
  // A file:// repository is none for Helm, so the package is put where pull would leave it.
  const puller = { ...helm(), command: pulls(path) };
  const chart = await fetchChart(puller, { chart: 'livekit-server', version: '1.9.0', repository: '' }, directory);
  expect(chart).toMatchObject({ name: 'livekit-server', version: '1.9.0' });
  expect(chart.defaults).toEqual(parse(await said('show', 'values', path)));
  expect(chart.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('a folder’s are the same', async () => {
  const chart = await fetchChart(helm(), { chart: source, version: undefined, repository: '' }, '/');
  expect(chart).toMatchObject({ name: 'livekit-server', version: '1.9.0', sha256: undefined });
  expect(chart.defaults).toEqual(parse(await said('show', 'values', source)));
});

test('what is no package is named', async () => {
  const path = join(directory, 'broken.tgz');
  writeFileSync(path, 'no archive');
  const puller = { ...helm(), command: pulls(path) };
  const reading = fetchChart(puller, { chart: 'broken', version: '1.0.0', repository: '' }, directory);
  await expect(reading).rejects.toMatchObject({
    code: 'LK-HELM-001',
    message: expect.stringContaining('cannot be read') as string,
  });
});

/** A Helm that finds this package in its repository. */
function pulls(path: string): ReturnType<typeof helm>['command'] {
  return async (args) => {
    const folder = args[args.indexOf('--destination') + 1] ?? '';
    return run('cp', [path, folder], { env: environment, timeoutSeconds: 10 });
  };
}
