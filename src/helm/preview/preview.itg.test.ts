import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { fetchChart } from '../chart.ts';
import { change, type DeployOptions, preflight } from '../deploy.ts';
import { parseKeys } from '../livekit/keys.ts';
import { startApiServer } from './api-server.fixture.ts';
import { preview } from './preview.ts';
import { renderPreview } from './render.ts';

/** The preview beside a real API server, to which the real Helm has written the payload of an environment. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const root = process.cwd();
jest.setTimeout(240_000);

const namespace = 'livekit';
const outputs = {
  redis_host: '10.1.2.3',
  redis_port: 6379,
  domain: 'livekit-stg.nova.dev',
  turn_domain: 'turn-stg.nova.dev',
  node_pool_name: 'livekit',
  node_pool_max_nodes: 6,
  signal_address_name: 'livekit-stg-signal',
  turn_address_name: 'livekit-stg-turn',
} as unknown as EnvironmentOutputs;

let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const there = () => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster;
};
beforeAll(async () => {
  cluster = await startApiServer(bin);
  for (const [group, version, kind] of [
    ['cloud.google.com', 'v1', 'BackendConfig'],
    ['networking.gke.io', 'v1', 'ManagedCertificate'],
    ['networking.gke.io', 'v1beta1', 'FrontendConfig'],
    ['monitoring.googleapis.com', 'v1', 'PodMonitoring'],
    ['monitoring.googleapis.com', 'v1', 'Rules'],
  ] as const) {
    await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', customResource(group, version, kind));
  }
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const apiGroups = [
    'apps',
    'autoscaling',
    'batch',
    'policy',
    'networking.k8s.io',
    'cloud.google.com',
    'networking.gke.io',
  ];
  await create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'view-all-but-secrets' },
    rules: [
      {
        apiGroups: [''],
        resources: ['configmaps', 'services', 'serviceaccounts', 'persistentvolumeclaims', 'pods'],
        verbs: ['get', 'list'],
      },
      { apiGroups: [...apiGroups, 'monitoring.googleapis.com'], resources: ['*'], verbs: ['get', 'list'] },
    ],
  });
  await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view-all-but-secrets' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
  });
});
afterAll(() => cluster?.stop());

const create = (path: string, object: unknown) =>
  there().exchange({ method: 'POST', path, body: JSON.stringify(object), contentType: 'application/json' });

function customResource(group: string, version: string, kind: string) {
  const singular = kind.toLowerCase();
  const plural = singular === 'rules' ? 'rules' : `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

const SECRET = 'canary-canary-canary-canary-canary-canary';

async function options(more: { set?: readonly string[]; keys?: string } = {}): Promise<DeployOptions> {
  const keys = more.keys ?? `APIkey: ${SECRET}`;
  return {
    environment: 'stg',
    release: 'livekit-server',
    namespace,
    chart: { chart: './sandbox/helm-repository/livekit-server', version: undefined, repository: '' },
    values: [],
    set: more.set ?? [],
    workspace: root,
    suiteDirectory: root,
    description: 'a test',
    outputs,
    keys: keys === '' ? undefined : await parseKeys(keys, 'a test'),
    timeoutSeconds: 1,
    onFailure: 'keep',
    drain: 'wait',
    drainSeconds: 0,
    forward: undefined,
    signal: new AbortController().signal,
  } as unknown as DeployOptions;
}

const helm = (user: 'admin' | 'viewer') => there().helm(join(bin, 'helm'), user, namespace);

/** All that a deploy writes. */
async function deploy(given: DeployOptions): Promise<void> {
  const admin = helm('admin');
  const client = there().client('admin');
  const chart = await fetchChart(admin, given.chart, given.workspace);
  await change(admin, client, given, await preflight(client, given, chart), chart);
}

const look = async (given: DeployOptions, user: 'admin' | 'viewer' = 'admin') =>
  preview(helm(user), there().client(user), given);
const told = ({ changes }: Awaited<ReturnType<typeof look>>) =>
  changes.map(({ action, kind, name, differences, rollsPods }) => ({
    what: `${action} ${kind} ${name}${rollsPods ? ', pods roll' : ''}`,
    fields: differences.map(({ path }) => path.join('.')),
  }));

test('before the first deploy everything is created, by both charts', async () => {
  const found = await look(await options());
  expect(new Set(found.changes.map(({ action }) => action))).toEqual(new Set(['create']));
  expect(found.changes.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['PodDisruptionBudget', 'ManagedCertificate', 'Deployment', 'BackendConfig', 'Ingress']),
  );
  expect(found.rolls).toEqual([]);
});

describe('after a deploy', () => {
  beforeAll(async () => deploy(await options()));

  test('nothing is shown', async () => {
    const found = await look(await options());
    expect(told(found)).toEqual([]);
    expect(found.notes).toEqual([]);
  });

  test('nothing is shown to an identity that may only view, without the keys, and it is said what was not seen', async () => {
    const found = await look(await options({ keys: '' }), 'viewer');
    expect(told(found)).toEqual([]);
    expect(found.notes.join('\n')).toMatch(/API keys/);
    expect(found.notes.join('\n')).toMatch(/what Helm keeps of livekit-server:/);
  });

  test('a changed image rolls the pods, and is the only field', async () => {
    const found = await look(await options({ set: ['image.tag=v1.13.99'] }));
    expect(told(found)).toContainEqual({
      what: 'change Deployment livekit-server, pods roll',
      fields: [expect.stringMatching(/^spec\.template\.spec\.containers\.\[[\w-]+\]\.image$/)],
    });
    expect(found.rolls.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'DaemonSet livekit-server-pre-pull',
      'Deployment livekit-server',
    ]);
  });

  test('a changed configuration is shown by its keys, and that it rolls the pods', async () => {
    const found = await look(await options({ set: ['livekit.log_level=debug'] }));
    expect(told(found).map(({ what }) => what)).toEqual([
      'change ConfigMap livekit-server',
      'change Deployment livekit-server, pods roll',
    ]);
    expect(renderPreview(found)).toMatch(/-.*log_level: info\n\+.*log_level: debug/);
  });

  test('pods that end at once, since somebody took their last seconds, get them back in one row with all else', async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/livekit-server?fieldManager=kubectl`;
    const body = JSON.stringify([{ op: 'remove', path: '/spec/template/spec/containers/0/lifecycle' }]);
    await there().exchange({ method: 'PATCH', path, body, contentType: 'application/json-patch+json' });
    const fields = ['spec.template.spec.containers.[livekit-server].lifecycle'];
    const what = 'change Deployment livekit-server, pods roll';
    expect(told(await look(await options()))).toEqual([{ what, fields }]);
    const both = told(await look(await options({ set: ['image.tag=v1.13.99'] }))).filter((row) => row.what === what);
    expect(both).toEqual([{ what, fields: ['spec.template.spec.containers.[livekit-server].image', ...fields] }]);
    await deploy(await options());
    expect(told(await look(await options()))).toEqual([]);
  });

  test('a new key changes the digest on the pods, and no secret is shown', async () => {
    const other = 'another-canary-another-canary-another-canary';
    const found = await look(await options({ keys: `APIkey: ${SECRET}\nnew: ${other}` }));
    expect(told(found)).toEqual([
      {
        what: 'change Deployment livekit-server, pods roll',
        fields: ['spec.template.metadata.annotations.livekit-gke/keys-hash'],
      },
    ]);
    const text = renderPreview(found) + JSON.stringify(found);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(other);
  });

  test('an object and a field that the values have no more are removed', async () => {
    const set = [
      'autoscaling.enabled=false',
      'loadBalancer.annotations.networking\\.gke\\.io/v1beta1\\.FrontendConfig=null',
    ];
    const found = await look(await options({ set }));
    expect(told(found)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'delete HorizontalPodAutoscaler livekit-server' }),
        {
          what: 'change Ingress livekit-server',
          fields: ['metadata.annotations.networking.gke.io/v1beta1.FrontendConfig'],
        },
      ]),
    );
  });

  test('what was changed by hand is set back, and it is said by whom it was', async () => {
    const patch = { metadata: { annotations: { mine: 'stays' } }, spec: { ports: null } };
    await there().exchange({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/configmaps/livekit-server?fieldManager=kubectl-edit`,
      body: JSON.stringify({ ...patch, data: { 'config.yaml': 'port: 7880' } }),
      contentType: 'application/merge-patch+json',
    });
    const found = await look(await options());
    const [change] = found.changes;
    expect(found.changes).toHaveLength(1);
    expect(change?.differences.map(({ path, setBy }) => [path.join('.'), setBy])).toEqual([
      ['data.config.yaml', ['kubectl-edit']],
    ]);
  });
});

describe('another chart, written as Helm 3 writes', () => {
  let workspace: string;
  const other = async (set: readonly string[] = []): Promise<DeployOptions> => ({
    ...(await options({ set })),
    release: 'message-store',
    chart: { chart: './charts/message-store', version: undefined, repository: '' },
    workspace,
    outputs: undefined,
    keys: undefined,
  });
  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'another-chart-'));
    const folder = join(workspace, 'charts', 'message-store');
    mkdirSync(join(folder, 'templates'), { recursive: true });
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: message-store\nversion: 4.2.0\n');
    writeFileSync(join(folder, 'values.yaml'), 'cpu: 1000m\ngrace: 20\npassword: canary\ntag: "1"\n');
    writeFileSync(join(folder, 'templates', 'store.yaml'), STORE);
    const admin = helm('admin');
    const { exitCode, stderr } = await admin.command(['install', 'message-store', folder, '--server-side=false']);
    expect([exitCode, stderr]).toEqual([0, '']);
  });
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  test('nothing is shown, though the server has filled in much in Helm’s name', async () => {
    expect(told(await look(await other()))).toEqual([]);
  });

  test('the same quantity written otherwise is no change', async () => {
    expect(told(await look(await other(['cpu=1'])))).toEqual([]);
  });

  test('a field that is left out now is removed, and a Secret’s value is not shown', async () => {
    const found = await look(await other(['grace=null', 'password="another canary"']));
    expect(told(found)).toEqual([
      { what: 'change Secret message-store', fields: ['data.password'] },
      {
        what: 'change StatefulSet message-store, pods roll',
        fields: ['spec.template.spec.terminationGracePeriodSeconds'],
      },
    ]);
    const text = renderPreview(found);
    expect(text).toContain('! data.password: another value (hidden)');
    expect(text).not.toMatch(new RegExp(`canary|${Buffer.from('another canary').toString('base64')}`));
  });
});

const STORE = `
apiVersion: v1
kind: Secret
metadata: { name: message-store }
stringData: { password: {{ .Values.password | quote }} }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: message-store }
spec:
  serviceName: message-store
  selector: { matchLabels: { app: message-store } }
  template:
    metadata: { labels: { app: message-store } }
    spec:
      {{- with .Values.grace }}
      terminationGracePeriodSeconds: {{ . }}
      {{- end }}
      containers:
        - name: store
          image: store:{{ .Values.tag }}
          ports: [{ containerPort: 80 }]
          resources: { limits: { cpu: {{ .Values.cpu }}, memory: 0.5Gi } }
          livenessProbe: { httpGet: { path: /, port: 80 } }
---
apiVersion: v1
kind: Pod
metadata: { name: message-store-test, annotations: { helm.sh/hook: test } }
spec: { containers: [{ name: test, image: test }] }
`;
