import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { readManifest } from './manifest.ts';
import { startApiServer } from './preview/api-server.fixture.ts';
import { recordedHistory, recordedManifest } from './record.ts';
import { readHistory, rollBack, upgrade } from './release.ts';

/** What is read from Helm's own records is what each Helm says itself. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const NAMESPACE = 'livekit';
jest.setTimeout(240_000);

let directory: string;
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const there = () => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster;
};
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'record-'));
  mkdirSync(join(directory, 'chart', 'templates'), { recursive: true });
  writeFileSync(join(directory, 'chart', 'Chart.yaml'), 'apiVersion: v2\nname: tiny\nversion: 1.2.3-rc.1\n');
  const template =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {size: "{{ .Values.size }}"}\n';
  writeFileSync(join(directory, 'chart', 'templates', 'map.yaml'), template);
  cluster = await startApiServer(bin);
  await there()
    .client('admin')
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test.each(['helm', 'helm3'])('history and manifests of a release that %s wrote and rolled back', async (program) => {
  const helm = there().helm(join(bin, program), 'admin', NAMESPACE);
  const client = there().client('admin');
  const release = `of-${program}`;
  expect(await recordedHistory(client, NAMESPACE, release)).toBeUndefined();
  const written = [];
  for (const size of [1, 2]) {
    const valuesFile = join(directory, 'values.yaml');
    writeFileSync(valuesFile, `size: ${size}\n`);
    const labels = { 'livekit-gke/companion-content': `c${size}` };
    const chartPath = join(directory, 'chart');
    written.push(await upgrade(helm, { release, chartPath, valuesFile, description: `by a test, ${size}`, labels }));
  }
  await rollBack(helm, release, 1);

  const history = await recordedHistory(client, NAMESPACE, release);
  expect(history).toEqual(await readHistory(helm, release));
  expect(history?.revisions.map(({ revision, status }) => `${revision} ${status}`)).toEqual([
    '1 superseded',
    '2 superseded',
    '3 deployed',
  ]);
  for (const revision of [1, 2, 3]) {
    const manifest = await recordedManifest(client, NAMESPACE, release, revision);
    expect(manifest?.trim()).toBe((await readManifest(helm, release, revision))?.trim());
    expect(manifest).toContain(`size: "${revision === 2 ? 2 : 1}"`);
  }
  expect(await recordedManifest(client, NAMESPACE, release, 9)).toBeUndefined();
  // What an upgrade says of itself is what stands in the history.
  expect(written.map(({ revision, updated }) => [revision, Date.parse(updated)])).toEqual(
    history?.revisions.slice(0, 2).map(({ revision, updated }) => [revision, Date.parse(updated)]),
  );
  expect(written.map(({ manifest }) => manifest.trim())).toEqual(
    await Promise.all(
      [1, 2].map(async (revision) => (await recordedManifest(client, NAMESPACE, release, revision))?.trim()),
    ),
  );
});
