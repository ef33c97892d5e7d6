import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeHelm } from '../helm.fixture.ts';
import { download } from './download.ts';
import { collectManifests } from './manifests.ts';
import { inNamespace } from './place.ts';
import { readManifests } from './read.ts';
import { leftOver } from './record.ts';
import { type ManifestSource, parseManifestSources } from './source.ts';

const SHA = 'a'.repeat(64);
const signal = new AbortController().signal;

describe('a line of the input', () => {
  test('is a pinned URL, a file or the folder of a chart', () => {
    expect(
      parseManifestSources([
        `https://example.com/v3.1.0/install.yaml#sha256=${SHA}`,
        './deploy/crds.yml',
        'helm/addons/gitops/settings/',
      ]),
    ).toEqual([
      { kind: 'download', name: 'install.yaml', url: new URL('https://example.com/v3.1.0/install.yaml'), sha256: SHA },
      { kind: 'file', name: 'crds.yml', path: 'deploy/crds.yml' },
      { kind: 'chart', name: 'settings', path: 'helm/addons/gitops/settings' },
    ]);
  });

  test.each([
    ['a URL without its digest', 'https://example.com/install.yaml', /has no SHA-256/],
    ['a digest that is cut', `https://example.com/install.yaml#sha256=${SHA.slice(1)}`, /has no SHA-256/],
    ['a digest in capitals', `https://example.com/install.yaml#sha256=${'A'.repeat(64)}`, /has no SHA-256/],
    ['plain HTTP elsewhere', `http://example.com/install.yaml#sha256=${SHA}`, /not fetched by https/],
    ['another protocol', `ftp://example.com/install.yaml#sha256=${SHA}`, /not fetched by https/],
    ['a path that leads out', '../other/install.yaml', /leads out/],
    ['an absolute path', '/etc/passwd.yaml', /leads out/],
  ])('is refused: %s', (_what, line, words) => {
    expect(() => parseManifestSources([line])).toThrow(words);
  });

  test('with a password is refused without telling it', () => {
    const line = `https://me:canary@example.com/install.yaml#sha256=${SHA}`;
    expect(() => parseManifestSources([line])).toThrow(/^(?!.*canary).*no URL that can be used/);
  });

  test('of a name that is there already is refused, since the name owns fields', () => {
    expect(() => parseManifestSources(['a/settings.yaml', 'b/settings.yaml'])).toThrow(/end in settings\.yaml/);
  });
});

describe('a download', () => {
  let server: Server;
  let asked = 0;
  let answer: (response: ServerResponse, asked: number) => void;
  const text = 'kind: ConfigMap\n';
  const source = (sha256 = createHash('sha256').update(text).digest('hex')) => {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/install.yaml`);
    return { kind: 'download', name: 'install.yaml', url, sha256 } as const;
  };
  beforeAll(async () => {
    server = createServer((_request, response) => answer(response, ++asked)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => (asked = 0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const quick = { signal, baseSeconds: 0.01 };

  test('is tried again when the server stumbles', async () => {
    answer = (response, time) => (time < 3 ? response.writeHead(503).end() : response.end(text));
    expect(await download(source(), quick)).toBe(text);
    expect(asked).toBe(3);
  });

  test('is tried again when it breaks off', async () => {
    answer = (response, time) => {
      if (time > 1) return response.end(text);
      response.writeHead(200, { 'content-length': 100 }).write('kind');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await download(source(), quick)).toBe(text);
  });

  test('that is not there is not waited for', async () => {
    answer = (response) => response.writeHead(404).end();
    await expect(download(source(), quick)).rejects.toMatchObject({
      code: 'LK-HELM-151',
      message: expect.stringMatching(/it answers 404/) as unknown,
    });
    expect(asked).toBe(1);
  });

  test('of another content is refused with both digests', async () => {
    answer = (response) => response.end('kind: Secret\n');
    await expect(download(source(SHA), quick)).rejects.toMatchObject({
      code: 'LK-HELM-152',
      message: expect.stringMatching(new RegExp(`has the SHA-256 [0-9a-f]{64}, and ${SHA} is wanted`)) as unknown,
    });
  });

  test('that has no end is cut off', async () => {
    answer = (response) => {
      const more = () => void response.write('x'.repeat(10_000), () => setImmediate(more));
      more();
      response.on('error', () => undefined);
    };
    await expect(download(source(), { ...quick, mostBytes: 100_000 })).rejects.toMatchObject({
      message: expect.stringMatching(/is larger than/) as unknown,
    });
    server.closeAllConnections();
  });

  test('that gives no answer ends in time', async () => {
    answer = () => undefined;
    await expect(download(source(), { ...quick, timeoutSeconds: 0.05 })).rejects.toMatchObject({
      message: expect.stringMatching(/not there within 0\.05 s/) as unknown,
    });
    server.closeAllConnections();
  });

  test('ends when the job is cancelled', async () => {
    answer = () => undefined;
    const cancel = new AbortController();
    const begun = download(source(), { signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(begun).rejects.toThrow('cancelled');
  });
});

describe('reading', () => {
  test('takes documents and lists in their order, and leaves empty ones out', async () => {
    const objects = await readManifests(
      'x.yaml',
      '---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n',
    );
    expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['ConfigMap a', 'Secret b']);
  });

  test.each([
    ['what is no YAML', 'a: [1', /x\.yaml is not YAML/],
    [
      'what is no object',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\na: 1\n',
      /Document 2 of x\.yaml is no object/,
    ],
    ['a page of a web site', '<!doctype html><html></html>', /Document 1 of x\.yaml is no object/],
    ['nothing', '# only words\n', /has no object/],
  ])('refuses %s', async (_what, text, words) => {
    await expect(readManifests('x.yaml', text)).rejects.toMatchObject({
      code: 'LK-HELM-153',
      message: expect.stringMatching(words) as unknown,
    });
  });
});

test('bindings follow the manifests’ own accounts into the namespace, and no other', async () => {
  const objects = await readManifests(
    'x.yaml',
    `apiVersion: v1
kind: ServiceAccount
metadata: {name: server}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: server}
roleRef: {kind: ClusterRole, name: server, apiGroup: rbac.authorization.k8s.io}
subjects:
- {kind: ServiceAccount, name: server, namespace: argocd}
- {kind: ServiceAccount, name: prometheus, namespace: monitoring}
- {kind: Group, name: server}
`,
  );
  expect(inNamespace(objects, 'gitops')[1]?.value['subjects']).toEqual([
    { kind: 'ServiceAccount', name: 'server', namespace: 'gitops' },
    { kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' },
    { kind: 'Group', name: 'server' },
  ]);
});

describe('collecting', () => {
  let workspace: string;
  beforeEach(() => (workspace = mkdtempSync(join(tmpdir(), 'manifests-'))));
  afterEach(() => rmSync(workspace, { recursive: true, force: true }));
  const collect = (sources: ManifestSource[], values = {}, render = '') => {
    const { helm, calls } = fakeHelm({ template: { stdout: render } });
    const place = { release: 'gitops', namespace: 'argocd', workspace, suiteDirectory: workspace };
    return { calls, sets: collectManifests({ ...helm, directory: workspace }, sources, place, values, { signal }) };
  };

  test('a file and a chart, each with an owner of its fields', async () => {
    mkdirSync(join(workspace, 'settings'));
    writeFileSync(join(workspace, 'settings', 'Chart.yaml'), 'name: settings\nversion: 1.0.0\n');
    writeFileSync(join(workspace, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    const { sets, calls } = collect(
      parseManifestSources(['a.yaml', 'settings']),
      { settings: { x: 1 } },
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n',
    );
    expect((await sets).map(({ fieldManager, objects }) => [fieldManager, objects.map(({ name }) => name)])).toEqual([
      ['livekit-gke-manifests/a.yaml', ['a']],
      ['livekit-gke-manifests/settings', ['argocd-cm']],
    ]);
    expect(calls.join('\n')).toContain(`template gitops ${join(workspace, 'settings')}`);
  });

  test('what is not there is refused by its name', async () => {
    await expect(collect(parseManifestSources(['b.yaml'])).sets).rejects.toMatchObject({ code: 'LK-HELM-150' });
    await expect(collect(parseManifestSources(['folder'])).sets).rejects.toThrow(/neither a YAML file nor the folder/);
  });
});

test('what an earlier version had and this one has not is told', async () => {
  const objects = await readManifests('x.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
  const set = { name: 'x.yaml', origin: 'x.yaml', fieldManager: 'm', objects };
  const sets = [set];
  const before = { origins: ['x.yaml'], objects: ['ConfigMap a', 'Deployment old'], digest: '' };
  expect(leftOver(before, sets, 'argocd')).toEqual(['Deployment old']);
  expect(leftOver(undefined, sets, 'argocd')).toEqual([]);
  // Written with the release's namespace it is the same object.
  const named = await readManifests(
    'x.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: argocd}\n',
  );
  expect(leftOver(before, [{ ...set, objects: named }], 'argocd')).toEqual(['Deployment old']);
});
