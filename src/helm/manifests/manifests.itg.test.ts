import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { z } from 'zod';
import { resource } from '../../kubernetes/resources.ts';
import { startApiServer } from '../preview/api-server.fixture.ts';
import { preview, type PreviewOptions } from '../preview/preview.ts';
import { renderPreview } from '../preview/render.ts';
import { applyManifests } from './apply.ts';
import { collectManifests } from './manifests.ts';
import { readApplied, writeApplied } from './record.ts';
import { reviewManifests } from './rights.ts';
import { parseManifestSources } from './source.ts';

/** Argo CD's own manifests of 3.1.0, from a web server, beside a real API server; and the chart that needs them. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const root = process.cwd();
const namespace = 'gitops';
jest.setTimeout(600_000);
const signal = new AbortController().signal;

let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
let web: Server;
let url: string;
let text: string;
const there = () => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster;
};
/** Definitions of a megabyte take a busy server their time. */
const client = (user: 'admin' | 'viewer') => there().client(user, 150);
beforeAll(async () => {
  const module = join(root, 'sandbox', 'tools', 'modules', 'argo-cd');
  const of = ['list', '-mod=mod', '-m', '-f', '{{.Dir}}', 'github.com/argoproj/argo-cd/v3'];
  execFileSync('go', ['mod', 'download', 'github.com/argoproj/argo-cd/v3'], { cwd: module });
  const folder = execFileSync('go', of, { cwd: module, encoding: 'utf8' }).trim();
  text = readFileSync(join(folder, 'manifests', 'install.yaml'), 'utf8');
  web = createServer((_request, response) => response.end(text)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const digest = createHash('sha256').update(text).digest('hex');
  url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/install.yaml#sha256=${digest}`;
  cluster = await startApiServer(bin);
  await there()
    .client('admin')
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  await cluster?.stop();
});

const helm = () => there().helm(join(bin, 'helm'), 'admin', namespace);
const place = { release: 'gitops', namespace, workspace: root, suiteDirectory: root };
const sources = () => parseManifestSources([url, 'helm/addons/gitops/settings']);
const collect = (values: Record<string, unknown> = {}) =>
  collectManifests(helm(), sources(), place, values, { signal });
const options = (set: readonly string[] = []): PreviewOptions => ({
  ...place,
  environment: 'dev',
  chart: { chart: 'helm/addons/gitops', version: undefined, repository: '' },
  values: [],
  set: ['application.repository=https://github.com/nova/messaging.git', ...set],
  outputs: undefined,
  keys: undefined,
  manifests: sources(),
  forward: undefined,
  signal,
});
const look = async (set: readonly string[] = []) => preview(helm(), client('admin'), options(set));
const told = ({ changes }: Awaited<ReturnType<typeof look>>) =>
  changes.map(({ action, kind, name, differences }) =>
    `${action} ${kind} ${name} ${differences.map(({ path }) => path.join('.')).join(' ')}`.trim(),
  );

const anything = (apiVersion: string, kind: string, plural: string) =>
  resource(apiVersion, kind, plural, z.looseObject({}));

test('an identity that may only view is told before anything is applied', async () => {
  const sets = await collect();
  await expect(reviewManifests(client('viewer'), sets, namespace)).rejects.toMatchObject({
    code: 'LK-HELM-155',
    message: expect.stringMatching(/clusterroles\.rbac.*customresourcedefinitions.*deployments\.apps/) as unknown,
  });
});

test('before the first deploy a preview shows all of it as new, also what has a kind of its own', async () => {
  const found = await look();
  expect(new Set(found.changes.map(({ action }) => action))).toEqual(new Set(['create']));
  expect(told(found)).toEqual(
    expect.arrayContaining([
      'create CustomResourceDefinition applications.argoproj.io',
      'create Application messaging-service',
      'create AppProject messaging-service',
    ]),
  );
  // One row for an object that two lines have a part in.
  expect(told(found).filter((row) => row === 'create ConfigMap argocd-cm')).toHaveLength(1);
});

test('all of it is applied, definitions first, into another namespace than its author’s', async () => {
  const admin = client('admin');
  const sets = await collect();
  await reviewManifests(admin, sets, namespace);
  await applyManifests(admin, sets, { namespace, signal });
  await writeApplied(admin, namespace, 'gitops', sets);
  const binding = await admin.get(
    resource(
      'rbac.authorization.k8s.io/v1',
      'ClusterRoleBinding',
      'clusterrolebindings',
      z.object({ subjects: z.array(z.object({ namespace: z.string() })) }),
    ),
    undefined,
    'argocd-server',
  );
  expect(binding?.subjects.map((subject) => subject.namespace)).toEqual([namespace]);
  expect((await readApplied(admin, namespace, 'gitops'))?.objects).toContain(
    'StatefulSet argocd-application-controller',
  );
  // The chart's objects are of kinds that are served only now.
  const set = ['--set', 'application.repository=https://github.com/nova/messaging.git'];
  const { exitCode, stderr } = await helm().command(['install', 'gitops', 'helm/addons/gitops', ...set]);
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('afterwards nothing is shown, and another setting is one field', async () => {
  expect(told(await look())).toEqual([]);
  const found = await look(['settings.webhook.maxPayloadSizeMB=8', 'application.automated.selfHeal=false']);
  expect(told(found)).toEqual([
    'change ConfigMap argocd-cm data.webhook.maxPayloadSizeMB',
    'change Application messaging-service spec.syncPolicy.automated.selfHeal',
  ]);
  expect(renderPreview(found)).toContain('maxPayloadSizeMB');
});

test('the fields of settings, of Argo CD itself and of a person stay apart', async () => {
  const admin = client('admin');
  const path = `/api/v1/namespaces/${namespace}/configmaps/argocd-cm?fieldManager=kubectl-edit`;
  const body = JSON.stringify({ data: { 'dex.config': 'mine' } });
  await there().exchange({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  await applyManifests(admin, await collect({ settings: { webhook: { maxPayloadSizeMB: 8 } } }), {
    namespace,
    signal,
  });
  const config = await admin.get(
    resource('v1', 'ConfigMap', 'configmaps', z.object({ data: z.record(z.string(), z.string()) })),
    namespace,
    'argocd-cm',
  );
  expect(config?.data).toMatchObject({
    'dex.config': 'mine',
    'webhook.maxPayloadSizeMB': '8',
    'admin.enabled': 'true',
  });
});

test('a rollback’s pause is one field that goes without a trace', async () => {
  const admin = client('admin');
  const applications = anything('argoproj.io/v1alpha1', 'Application', 'applications');
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'messaging-service', namespace },
  };
  const automated = async () => {
    const found = (await admin.get(applications, namespace, 'messaging-service')) as {
      spec: { syncPolicy: { automated: unknown } };
    };
    return found.spec.syncPolicy.automated;
  };
  const how = { plural: 'applications' };
  await admin.apply({ ...object, spec: { syncPolicy: { automated: { enabled: false } } } }, 'livekit-gke-pause', how);
  expect(await automated()).toEqual({ enabled: false, prune: true, selfHeal: true });
  // A deploy of the chart meanwhile neither fails nor ends the pause.
  const set = ['--set', 'application.repository=https://github.com/nova/messaging.git'];
  const { exitCode, stderr } = await helm().command(['upgrade', 'gitops', 'helm/addons/gitops', ...set]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(await automated()).toEqual({ enabled: false, prune: true, selfHeal: true });
  await admin.apply(object, 'livekit-gke-pause', how);
  expect(await automated()).toEqual({ prune: true, selfHeal: true });
});
