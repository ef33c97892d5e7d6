import type { X509Certificate } from 'node:crypto';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { run } from '../../../exec/run.ts';
import type { Access, Kubernetes } from '../../../kubernetes/client.ts';
import { kubernetesFailures } from '../../../kubernetes/failures.ts';
import { nodes as nodeKind } from '../../../kubernetes/resources.ts';
import { tlsSecrets } from '../../../kubernetes/tls-secret.ts';
import { effective, type Values } from '../../values/tree.ts';
import { livekitValuesSchema } from '../rule.ts';

jest.unstable_mockModule('@actions/core', () => ({ debug: () => undefined, setSecret: () => undefined }));
const { askCluster } = await import('./ask.ts');
const { dns } = await import('./dns.ts');
const { danglingNames } = await import('./dangling-names.ts');
const { keysOwner } = await import('./keys-owner.ts');
const { missingKinds } = await import('./missing-kinds.ts');
const { nodes } = await import('./nodes.ts');
const { permissions } = await import('./permissions.ts');
const { turnPair } = await import('./turn-pair.ts');
const { quantity } = await import('./quantity.ts');

const values: Values = {
  replicaCount: 1,
  podHostNetwork: true,
  nodeSelector: { 'livekit-gke/pool': 'livekit' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'livekit', effect: 'NoSchedule' }],
  resources: { requests: { cpu: '3', memory: '8Gi' } },
  livekit: {
    port: 7880,
    rtc: {},
    turn: { enabled: true, tls_port: 5349, secretName: 'turn-tls', domain: 'turn.nova.dev' },
  },
  storeKeysInSecret: { enabled: true, existingSecret: 'livekit-keys' },
  loadBalancer: {
    type: 'gke-vpc-native',
    annotations: {
      'networking.gke.io/managed-certificates': 'livekit-dev',
      'networking.gke.io/v1beta1.FrontendConfig': 'livekit-server',
    },
  },
  autoscaling: { enabled: false, maxReplicas: 5 },
};
const companion: Values = {
  podDisruptionBudget: { minAvailable: null },
  managedCertificate: { enabled: true, name: 'livekit-dev' },
  frontendConfig: { enabled: true, name: 'livekit-server' },
  monitoring: { google: { enabled: true, rules: true }, operator: { enabled: false, rules: false } },
};
const outputs = {
  node_pool_name: 'livekit',
  node_pool_max_nodes: 3,
  domain: 'livekit.nova.dev',
  turn_domain: 'turn.nova.dev',
  signal_address: '203.0.113.1',
  turn_address: '203.0.113.2',
};

interface World {
  readonly objects?: Readonly<Record<string, unknown>>;
  readonly nodes?: readonly unknown[];
  readonly forbidden?: (access: Access) => boolean;
  readonly unknownKinds?: readonly string[];
  readonly addresses?: Readonly<Record<string, string[]>>;
  readonly given?: Values;
}

function contextOf(world: World) {
  const client = {
    get: async ({ kind }: { kind: string }, _namespace: string, name: string) => world.objects?.[`${kind}/${name}`],
    list: async () => world.nodes ?? [],
    mayDo: async (access: Access) => world.forbidden?.(access) !== true,
    serves: async ({ kind }: { kind: string }) => world.unknownKinds?.includes(kind) !== true,
  } as unknown as Kubernetes;
  return {
    values: livekitValuesSchema.parse(effective(values, world.given ?? {})),
    layers: [],
    given: {},
    outputs,
    client,
    namespace: 'livekit',
    companion,
    dns: { addresses: async (name: string, family: 4 | 6) => world.addresses?.[`${name}/${family}`] ?? [] },
    now: new Date('2026-11-21T12:00:00Z'),
  };
}

describe('how it is asked', () => {
  test('what cannot be read is a warning, and hides no other answer', async () => {
    const forbidden = kubernetesFailures.failure('forbidden', { what: 'The cluster does not allow it.' });
    const found = await askCluster(contextOf({}), [
      { question: 'whether the moon is full', ask: () => Promise.reject(forbidden) },
      { question: 'x', ask: async () => [{ kind: 'dns', level: 'error', what: 'y', path: [] }] },
    ]);
    expect(found).toMatchObject([
      {
        kind: 'unanswered',
        level: 'warning',
        what: 'It is not known whether the moon is full: The cluster does not allow it.',
      },
      { kind: 'dns' },
    ]);
  });

  test('what takes too long is given up', async () => {
    const never = { question: 'whether it ends', ask: () => new Promise<never>(() => undefined) };
    expect(await askCluster(contextOf({}), [never], 0.01)).toMatchObject([
      { kind: 'unanswered', what: 'It is not known whether it ends: no answer within 0.01 s.' },
    ]);
  });
});

describe('rights', () => {
  test('an identity that may do all has no finding', async () => {
    expect(await permissions.ask(contextOf({}))).toEqual([]);
  });

  test('all that is missing stands in one sentence', async () => {
    const forbidden = ({ verb, resource }: Access) =>
      resource === 'secrets' || resource === 'configmaps' || (resource === 'podmonitorings' && verb === 'create');
    const found = await permissions.ask(contextOf({ forbidden }));
    expect(found).toMatchObject([
      {
        kind: 'permission',
        level: 'error',
        what: 'In the namespace livekit this identity may not get/list/create/update/patch/delete secrets, configmaps; create podmonitorings.',
      },
    ]);
  });

  test('what a deploy can do without only warns', async () => {
    const found = await permissions.ask(contextOf({ forbidden: ({ subresource }) => subresource === 'portforward' }));
    expect(found).toMatchObject([{ level: 'warning', what: expect.stringContaining('pods/portforward') as string }]);
  });

  test('namespaces and nodes are asked for without a namespace', async () => {
    const asked: Access[] = [];
    await permissions.ask(contextOf({ forbidden: (access) => asked.push(access) === 0 }));
    const wide = asked.filter(({ namespace }) => namespace === undefined).map(({ resource }) => resource);
    expect(new Set(wide)).toEqual(new Set(['namespaces', 'nodes']));
  });

  test('only what the values make is asked for', async () => {
    const forbidden = ({ resource }: Access) => /horizontal|ingresses|backendconfigs/.test(resource);
    expect(await permissions.ask(contextOf({ forbidden, given: { loadBalancer: { type: 'disable' } } }))).toEqual([]);
    const scaled = { autoscaling: { enabled: true } };
    expect(await permissions.ask(contextOf({ forbidden, given: scaled }))).toHaveLength(1);
  });
});

describe('kinds of objects', () => {
  test('a cluster without managed Prometheus is told how to get it', async () => {
    const found = await missingKinds.ask(contextOf({ unknownKinds: ['PodMonitoring'] }));
    expect(found).toMatchObject([
      {
        level: 'error',
        path: ['companion', 'monitoring', 'google', 'enabled'],
        fix: expect.stringContaining('managed_prometheus') as string,
      },
    ]);
  });

  test('what is switched off is not asked for', async () => {
    expect(await missingKinds.ask(contextOf({ unknownKinds: ['PodMonitor', 'DaemonSet'] }))).toEqual([]);
  });

  test('the chart’s own BackendConfig counts', async () => {
    expect(await missingKinds.ask(contextOf({ unknownKinds: ['BackendConfig'] }))).toHaveLength(1);
  });
});

describe('nodes', () => {
  const node = (name: string, more: { labels?: object; taints?: object[]; cpu?: string; cordoned?: boolean } = {}) =>
    nodeKind.schema.parse({
      metadata: {
        name,
        uid: name,
        creationTimestamp: '2026-11-21T09:00:00Z',
        labels: { 'cloud.google.com/gke-nodepool': 'livekit', 'livekit-gke/pool': 'livekit', ...more.labels },
      },
      spec: {
        unschedulable: more.cordoned,
        taints: more.taints ?? [{ key: 'dedicated', value: 'livekit', effect: 'NoSchedule' }],
      },
      status: {
        allocatable: { cpu: more.cpu ?? '3920m', memory: '13Gi' },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    });
  const ask = (list: unknown[], given?: Values) => nodes.ask(contextOf({ nodes: list, given: given ?? {} }));

  test('a node that fits, and a pool that may grow for the surge pod', async () => {
    expect(await ask([node('a')])).toEqual([]);
  });

  test.each([
    ['another label', node('a', { labels: { 'livekit-gke/pool': 'system' } }), 'livekit-gke/pool=livekit is missing'],
    ['another taint', node('a', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] }), 'the taint gpu is not tolerated'],
    ['a small machine', node('a', { cpu: '1930m' }), 'cpu 3 is asked for and 1930m can be had'],
  ])('%s: no node of the pool will ever do, since new ones are made alike', async (_name, given, words) => {
    expect(await ask([given])).toMatchObject([
      { kind: 'nodes', level: 'error', what: expect.stringContaining(words) as string },
    ]);
  });

  test('a cordoned node is a state that passes', async () => {
    const found = await ask([node('a'), node('b'), node('c', { cordoned: true })], { replicaCount: 3 });
    expect(found).toMatchObject([{ level: 'warning', what: expect.stringContaining('1: cordoned') as string }]);
  });

  test('nodes of other pools do not count, and a pool at zero says nothing', async () => {
    expect(await ask([node('a', { labels: { 'cloud.google.com/gke-nodepool': 'system' } })])).toEqual([]);
  });

  test('the surge pod wants a node, too', async () => {
    const list = [node('a'), node('b'), node('c', { cordoned: true })];
    expect(await ask(list, { replicaCount: 2 })).toMatchObject([
      { level: 'warning', what: expect.stringContaining('additional pod finds no node') as string },
    ]);
  });

  test.each([
    ['3920m', 3.92],
    ['8Gi', 8 * 2 ** 30],
    [3, 3],
    ['2Zi', undefined],
    [undefined, undefined],
  ])('the amount %s', (text, amount) => {
    expect(quantity(text)).toBe(amount);
  });
});

describe('the key Secret', () => {
  const secret = (metadata: object) => ({
    objects: { 'Secret/livekit-keys': { metadata: { labels: {}, ownerReferences: [], ...metadata } } },
  });

  test.each([
    ['its own', { labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' } }, []],
    ['made by hand', {}, ['warning']],
    ['of a Helm release', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, ['error']],
    ['of an operator', { ownerReferences: [{ kind: 'ExternalSecret', name: 'keys', uid: 'u' }] }, ['error']],
  ])('%s', async (_name, metadata, levels) => {
    const found = await keysOwner.ask(contextOf(secret(metadata)));
    expect(found.map(({ level }) => level)).toEqual(levels);
  });

  test('not there yet', async () => {
    expect(await keysOwner.ask(contextOf({}))).toEqual([]);
  });
});

describe('the TURN certificate', () => {
  const pair = (certificate: Partial<X509Certificate> | undefined, keyMatches = true) => ({
    objects: { 'Secret/turn-tls': { type: 'kubernetes.io/tls', data: { certificate, keyMatches } } },
  });
  const certificate = (until: string, host = 'turn.nova.dev') => ({
    validToDate: new Date(until),
    subjectAltName: `DNS:${host}`,
    checkHost: (name: string) => (name === host ? name : undefined),
  });

  test.each([
    ['good', pair(certificate('2027-01-15T00:00:00Z')), []],
    ['for another domain', pair(certificate('2027-01-15T00:00:00Z', 'x.nova.dev')), ['error: for x.nova.dev, not for']],
    ['with another key', pair(certificate('2027-01-15T00:00:00Z'), false), ['error: does not belong']],
    ['over', pair(certificate('2026-11-20T00:00:00Z')), ['error: ended on 2026-11-20']],
    ['soon over', pair(certificate('2026-11-30T00:00:00Z')), ['warning: ends on 2026-11-30, in 8 days']],
    ['no certificate', pair(undefined), ['error: no PEM certificate']],
    ['not there', {}, []],
  ])('%s', async (_name, world, expected) => {
    const found = await turnPair.ask(contextOf(world));
    expect(found.map(({ level, what }) => `${level}: ${what}`)).toEqual(
      expected.map((words) => expect.stringMatching(new RegExp(words.replace(': ', ': .*'))) as string),
    );
  });

  test('a key is known to belong to its certificate, or not', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'turn-pair-'));
    const make = (name: string) =>
      run(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
          ...['-subj', '/CN=turn.nova.dev', '-addext', 'subjectAltName=DNS:turn.nova.dev'],
          ...['-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.crt`)],
        ],
        { env: {}, timeoutSeconds: 30 },
      );
    await make('one');
    await make('two');
    const read = async (crt: string, key: string) => {
      const entry = async (file: string) => (await readFile(join(directory, file))).toString('base64');
      const data = { 'tls.crt': await entry(`${crt}.crt`), 'tls.key': await entry(`${key}.key`) };
      return tlsSecrets.schema.parse({ type: 'kubernetes.io/tls', data }).data;
    };
    try {
      const own = await read('one', 'one');
      expect(own.keyMatches).toBe(true);
      expect(own.certificate?.checkHost('turn.nova.dev')).toBe('turn.nova.dev');
      expect(JSON.stringify(own)).not.toContain('PRIVATE');
      expect((await read('one', 'two')).keyMatches).toBe(false);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('of a private key only whether it fits is kept', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const read = tlsSecrets.schema.parse({
      type: 'kubernetes.io/tls',
      data: { 'tls.key': Buffer.from(pem).toString('base64'), 'tls.crt': Buffer.from('no PEM').toString('base64') },
    });
    expect(read).toEqual({ type: 'kubernetes.io/tls', data: { certificate: undefined, keyMatches: false } });
  });
});

describe('names on the Ingress', () => {
  test('what the companion makes is there in time', async () => {
    expect(await danglingNames.ask(contextOf({}))).toEqual([]);
  });

  test('what nobody makes and nobody made is named', async () => {
    const given = { loadBalancer: { annotations: { 'networking.gke.io/managed-certificates': 'other,livekit-dev' } } };
    expect(await danglingNames.ask(contextOf({ given }))).toMatchObject([
      { level: 'warning', what: expect.stringContaining('ManagedCertificate other') as string },
    ]);
    expect(await danglingNames.ask(contextOf({ given, objects: { 'ManagedCertificate/other': {} } }))).toEqual([]);
  });
});

describe('DNS', () => {
  const right = { 'livekit.nova.dev/4': ['203.0.113.1'], 'turn.nova.dev/4': ['203.0.113.2'] };

  test.each([
    ['right', right, []],
    ['no record yet', { ...right, 'turn.nova.dev/4': [] }, ['turn.nova.dev has no address yet']],
    ['elsewhere', { ...right, 'livekit.nova.dev/4': ['198.51.100.9'] }, ['leads to 198.51.100.9, not to']],
    ['a stray AAAA', { ...right, 'livekit.nova.dev/6': ['2001:db8::1'] }, ['blocks its managed certificate']],
  ])('%s', async (_name, addresses, expected) => {
    const found = await dns.ask(contextOf({ addresses }));
    expect(found.every(({ level }) => level === 'warning')).toBe(true);
    expect(found.map(({ what }) => what)).toEqual(expected.map((words) => expect.stringContaining(words) as string));
  });
});
