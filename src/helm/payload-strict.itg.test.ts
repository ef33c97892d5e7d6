import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { resourcePath } from '../kubernetes/resources.ts';
import { jsonSchemas } from './json-schemas.fixture.ts';
import { kubeconform } from './kubeconform.fixture.ts';
import { autoscalerBehavior } from './livekit/autoscaler.ts';
import { keysSecret } from './livekit/keys.ts';
import { COMPANION_CHART_FOLDER, LIVEKIT_CHART_FOLDER, payloadValues, template } from './payload.fixture.ts';
import { startApiServer } from './preview/api-server.fixture.ts';
import { merge, type Values } from './values/tree.ts';

/**
 * Each object that the charts render is held to a real API server, which writes nothing and takes no field that it does not
 * know, and to kubeconform with the schemas of that server. Both must refuse a field with a typo.
 */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const NAMESPACE = 'livekit';
jest.setTimeout(240_000);

let directory: string;
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const ask = (...request: Parameters<NonNullable<typeof cluster>['exchange']>) => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster.exchange(...request);
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'payload-strict-'));
  cluster = await startApiServer(bin);
  const definitions = ['gke', 'prometheus-operator'].flatMap((name) =>
    documents(readFileSync(`sandbox/kubernetes/manifests/${name}.yaml`, 'utf8')),
  );
  for (const definition of definitions) {
    await ask({
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict',
      body: definition,
      contentType: 'application/yaml',
    });
  }
  for (const definition of definitions) await untilServed(definitionSchema.parse(parse(definition)).spec);
  const create = (path: string, kind: string, name: string) =>
    ask({
      method: 'POST',
      path,
      body: JSON.stringify({ apiVersion: 'v1', kind, metadata: { name } }),
      contentType: 'application/json',
    });
  await create('/api/v1/namespaces', 'Namespace', NAMESPACE);
  // Its own controller makes it, which does not run here; no pod is admitted without.
  await create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, 'ServiceAccount', 'default');
  const schemas = join(directory, 'schemas');
  mkdirSync(schemas);
  for (const [name, text] of await jsonSchemas(ask)) writeFileSync(join(schemas, name), text);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const definitionSchema = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ plural: z.string() }),
    versions: z.tuple([z.object({ name: z.string() })]),
  }),
});

/** A definition is not served, nor described, as soon as it is written. */
async function untilServed({ group, names, versions: [version] }: z.infer<typeof definitionSchema>['spec']) {
  const described = async () => {
    const text = await ask({ method: 'GET', path: `/openapi/v3/apis/${group}/${version.name}` });
    return text.includes(`/${names.plural}`);
  };
  for (let left = 60; !(await described().catch(() => false)); left--) {
    if (left === 0) throw new Error(`${names.plural}.${group} is not served`);
    await sleep(500);
  }
}

const documents = (text: string) => text.split(/^---$/m).filter((each) => parse(each) !== null);
const objectSchema = z.object({ apiVersion: z.string(), kind: z.string(), metadata: z.object({ name: z.string() }) });
const listSchema = z.object({ resources: z.array(z.object({ kind: z.string(), name: z.string() })) });

/** Server-side apply as a dry run: the whole admission of the real server, and nothing is kept. */
async function dryRun(text: string, fieldManager = 'helm'): Promise<string> {
  const { apiVersion, kind, metadata } = objectSchema.parse(parse(text));
  const list = await ask({ method: 'GET', path: apiVersion.includes('/') ? `/apis/${apiVersion}` : '/api/v1' });
  const plural = listSchema
    .parse(JSON.parse(list))
    .resources.find((each) => each.kind === kind && !each.name.includes('/'))?.name;
  if (plural === undefined) throw new Error(`the cluster has no ${kind} of ${apiVersion}`);
  const path = resourcePath({ apiVersion, plural }, NAMESPACE, metadata.name);
  await ask({
    method: 'PATCH',
    path: `${path}?dryRun=All&fieldValidation=Strict&force=true&fieldManager=${fieldManager}`,
    body: text,
    contentType: 'application/apply-patch+yaml',
  });
  return `${kind}/${metadata.name}`;
}

const conforms = (text: string) => kubeconform(bin, directory, text);

/** Gives the names of the objects; throws for the first that one of the two refuses. */
async function holds(text: string): Promise<string[]> {
  const found = documents(text);
  const { resources, summary } = await conforms(text);
  expect(resources).toEqual([]);
  expect(summary).toEqual({ valid: found.length, invalid: 0, errors: 0, skipped: 0 });
  const names: string[] = [];
  for (const each of found) names.push(await dryRun(each));
  return names;
}

describe.each([
  ['dev', 3],
  ['stg', 5],
  ['prd', 10],
])('%s', (environment, nodes) => {
  const given = () => payloadValues(bin, directory, environment, nodes);

  test('all of LiveKit’s objects are taken, with and without a TURN certificate', async () => {
    const { livekit } = await given();
    const names = await holds(await template(bin, directory, 'livekit-server', LIVEKIT_CHART_FOLDER, livekit));
    expect(names).toEqual(expect.arrayContaining(['Deployment/livekit-server', 'Service/livekit-server-turn']));
    const without = merge(livekit, { livekit: { turn: { tls_port: null } } });
    const fewer = await holds(await template(bin, directory, 'livekit-server', LIVEKIT_CHART_FOLDER, without));
    expect(fewer).toEqual(names.filter((name) => name !== 'Service/livekit-server-turn'));
  });

  test('all of the companion’s objects are taken', async () => {
    const { forCompanion } = await given();
    const names = await holds(
      await template(bin, directory, 'livekit-server-gke', COMPANION_CHART_FOLDER, forCompanion),
    );
    expect(names).toContain(`ManagedCertificate/livekit-${environment}`);
  });

  test('so is the autoscaler’s behaviour, beside what the chart says of it', async () => {
    const { livekit, seen, companion } = await given();
    const behavior = autoscalerBehavior('livekit-server', NAMESPACE, seen, companion);
    const rendered = documents(await template(bin, directory, 'livekit-server', LIVEKIT_CHART_FOLDER, livekit));
    const scaler = rendered.find((text) => objectSchema.parse(parse(text)).kind === 'HorizontalPodAutoscaler');
    expect(behavior === undefined).toBe(scaler === undefined);
    if (behavior === undefined || scaler === undefined) return;
    const whole = merge(parse(scaler) as Values, behavior);
    expect(await holds(JSON.stringify(whole))).toEqual(['HorizontalPodAutoscaler/livekit-server']);
  });
});

test('the Secret of the API keys is taken', async () => {
  const keys = new Map([['APIkey', 'k'.repeat(40)]]);
  expect(await holds(JSON.stringify(keysSecret(keys, 'livekit-keys', NAMESPACE)))).toEqual(['Secret/livekit-keys']);
});

const operator = { monitoring: { operator: { enabled: true, rules: true, labels: { release: 'prometheus' } } } };
const certificate = { managedCertificate: { enabled: true, name: 'livekit', domains: ['livekit.nova.dev'] } };

describe('the companion chart by its switches', () => {
  test.each<{ switches: string; values: Values; kinds: string[] }>([
    { switches: 'nothing given', values: {}, kinds: ['FrontendConfig', 'PodMonitoring', 'Rules'] },
    {
      switches: 'everything off',
      values: { frontendConfig: { enabled: false }, monitoring: { google: { enabled: false, rules: false } } },
      kinds: [],
    },
    {
      switches: 'everything on',
      values: {
        ...operator,
        ...certificate,
        podDisruptionBudget: { minAvailable: 2 },
        frontendConfig: { sslPolicy: 'modern' },
        prePull: { enabled: true, image: 'livekit/livekit-server:v1.13.11' },
      },
      kinds: [
        'DaemonSet',
        'FrontendConfig',
        'ManagedCertificate',
        'PodDisruptionBudget',
        'PodMonitor',
        'PodMonitoring',
        'PrometheusRule',
        'Rules',
      ],
    },
    {
      switches: 'a budget in percent, and no redirect',
      values: { podDisruptionBudget: { minAvailable: '60%' }, frontendConfig: { redirectToHttps: false } },
      kinds: ['FrontendConfig', 'PodDisruptionBudget', 'PodMonitoring', 'Rules'],
    },
    {
      switches: 'the operator’s monitoring alone',
      values: merge(operator, {
        frontendConfig: { enabled: false },
        monitoring: { port: 6789, google: { enabled: false, rules: false } },
      }),
      kinds: ['PodMonitor', 'PrometheusRule'],
    },
  ])('$switches', async ({ values, kinds }) => {
    const text = await template(bin, directory, 'livekit-server-gke', COMPANION_CHART_FOLDER, values);
    expect((await holds(text)).map((name) => name.split('/')[0]).sort()).toEqual(kinds);
  });
});

describe('both refuse', () => {
  const metadata = { name: 'x' };
  test.each<{ what: string; object: Values; words: RegExp }>([
    {
      what: 'an unknown field of a pod',
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { containers: [{ name: 'x', image: 'x', resorces: {} }] },
          },
        },
      },
      words: /resorces/,
    },
    {
      what: 'an unknown field of a BackendConfig',
      object: { apiVersion: 'cloud.google.com/v1', kind: 'BackendConfig', metadata, spec: { timeoutSecs: 36_000 } },
      words: /timeoutSecs/,
    },
    {
      what: 'an unknown field of a PodMonitoring',
      object: {
        apiVersion: 'monitoring.googleapis.com/v1',
        kind: 'PodMonitoring',
        metadata,
        spec: { selector: {}, endpoints: [{ port: 'metrics', intervall: '30s' }] },
      },
      words: /intervall/,
    },
    {
      what: 'a wrong type',
      object: {
        apiVersion: 'networking.gke.io/v1',
        kind: 'ManagedCertificate',
        metadata,
        spec: { domains: 'livekit.nova.dev' },
      },
      words: /domains/,
    },
  ])('$what', async ({ object, words }) => {
    const text = JSON.stringify(object);
    const { resources, summary } = await conforms(text);
    expect(summary).toMatchObject({ valid: 0, invalid: 1 });
    expect(resources[0]?.msg).toMatch(words);
    await expect(dryRun(text)).rejects.toThrow(words);
  });

  test('a kind that the cluster does not know', async () => {
    const text = JSON.stringify({ apiVersion: 'nova.dev/v1', kind: 'Unknown', metadata });
    expect((await conforms(text)).summary).toMatchObject({ valid: 0, errors: 1 });
    await expect(dryRun(text)).rejects.toThrow();
  });
});

test('kubeconform refuses a key that stands twice', async () => {
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n  a: c\n';
  expect((await conforms(text)).summary).toMatchObject({ valid: 0 });
});
