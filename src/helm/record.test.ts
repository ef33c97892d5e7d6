import { gzipSync } from 'node:zlib';
import { recordedHistory, recordedManifest } from './record.ts';

/** As Helm and Kubernetes wrap it. */
const wrapped = (text: string) => Buffer.from(gzipSync(text).toString('base64')).toString('base64');
const record = {
  version: 3,
  manifest: 'kind: ConfigMap',
  info: { last_deployed: '2026-11-21T09:00:00Z', status: 'deployed', description: 'by a test' },
  chart: { metadata: { name: 'tiny', version: '1.2.3' } },
};
const clusterWith = (...data: string[]) => {
  const secrets = data.map((release) => ({ metadata: { name: 'x' }, data: { release } }));
  return { list: () => Promise.resolve(secrets as never[]), get: () => Promise.resolve(secrets[0] as never) };
};

test('a record is told as Helm tells it', async () => {
  const cluster = clusterWith(wrapped(JSON.stringify(record)));
  const { latest, revisions } = (await recordedHistory(cluster, 'livekit', 'tiny')) ?? {};
  expect(latest).toEqual({
    revision: 3,
    updated: '2026-11-21T09:00:00Z',
    status: 'deployed',
    chart: 'tiny-1.2.3',
    description: 'by a test',
  });
  expect(revisions).toHaveLength(1);
  expect(await recordedManifest(cluster, 'livekit', 'tiny', 3)).toBe('kind: ConfigMap');
});

test.each([
  ['none is there', []],
  ['one is no record', ['bm8gcmVjb3Jk']],
  ['one is not JSON', [wrapped('{"version": 3')]],
  ['one is of another form', [wrapped(JSON.stringify({ ...record, info: {} }))]],
  ['one of two is not as Helm writes it', [wrapped(JSON.stringify(record)), '']],
])('Helm is asked where %s', async (_what, data) => {
  expect(await recordedHistory(clusterWith(...data), 'livekit', 'tiny')).toBeUndefined();
});
