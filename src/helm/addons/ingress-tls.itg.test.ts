import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { run } from '../../exec/run.ts';
import { resourcePath } from '../../kubernetes/resources.ts';
import { jsonSchemas } from '../json-schemas.fixture.ts';
import { kubeconform } from '../kubeconform.fixture.ts';
import { startApiServer } from '../preview/api-server.fixture.ts';

/**
 * What the chart renders is held to a real API server, to kubeconform with the schemas of that server, and to cert-manager's own
 * definitions, which come from its Go module (pinned and checked like those that tools are built from).
 */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const CHART = 'helm/addons/ingress-tls';
const NAMESPACES = ['ingress-nginx', 'nova-messaging', 'livekit'];
jest.setTimeout(240_000);

let directory: string;
let cluster: Awaited<ReturnType<typeof startApiServer>> | undefined;
const ask = (...request: Parameters<NonNullable<typeof cluster>['exchange']>) => {
  if (cluster === undefined) throw new Error('the API server did not start');
  return cluster.exchange(...request);
};
const documents = (text: string) =>
  text
    .split(/^---$/m)
    .filter((each) => parse(each) !== null)
    .map((each) => each.trim());

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ingress-tls-'));
  cluster = await startApiServer(bin);
  const definitions = [
    ...(await certManagerDefinitions()),
    ...['gke', 'prometheus-operator'].map((name) => readFileSync(`sandbox/kubernetes/manifests/${name}.yaml`, 'utf8')),
  ].flatMap(documents);
  for (const body of definitions) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await ask({ method: 'POST', path, body, contentType: 'application/yaml' });
  }
  for (const name of NAMESPACES) {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await ask({ method: 'POST', path: '/api/v1/namespaces', body, contentType: 'application/json' });
  }
  await untilDescribed('/openapi/v3/apis/cert-manager.io/v1', '/clusterissuers');
  await untilDescribed('/openapi/v3/apis/monitoring.coreos.com/v1', '/podmonitors');
  mkdirSync(join(directory, 'schemas'));
  for (const [name, text] of await jsonSchemas(ask)) writeFileSync(join(directory, 'schemas', name), text);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A definition is not served, nor described, as soon as it is written. */
async function untilDescribed(path: string, words: string): Promise<void> {
  for (let left = 60; ; left--) {
    const text = await ask({ method: 'GET', path }).catch(() => '');
    if (text.includes(words)) return;
    if (left === 0) throw new Error(`${words} is not served`);
    await sleep(500);
  }
}

async function certManagerDefinitions(): Promise<string[]> {
  const module = 'sandbox/tools/modules/cert-manager';
  const [, version = ''] = /cert-manager (v\S+)/.exec(readFileSync(join(module, 'go.mod'), 'utf8')) ?? [];
  const args = ['-C', module, 'mod', 'download', '-json', `github.com/cert-manager/cert-manager@${version}`];
  const { stdout, stderr } = await run('go', args, {
    timeoutSeconds: 120,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', GOFLAGS: '-mod=readonly' },
  });
  const parsed = z.object({ Dir: z.string() }).safeParse(JSON.parse(stdout === '' ? '{}' : stdout));
  if (!parsed.success) throw new Error(stderr);
  const folder = join(parsed.data.Dir, 'deploy', 'crds');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** What the real Helm renders, with lines of `--set`. */
async function render(files: readonly string[], set: readonly string[]) {
  const { exitCode, stdout, stderr } = await run(
    join(bin, 'helm'),
    [
      ...['template', 'ingress-tls', CHART, '--namespace', 'ingress-nginx'],
      ...files.flatMap((file) => ['--values', join(CHART, file)]),
      ...set.flatMap((line) => ['--set', line]),
    ],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  return { exitCode, stderr, objects: documents(stdout) };
}

const objectSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
});
const listSchema = z.object({
  resources: z.array(z.object({ kind: z.string(), name: z.string(), namespaced: z.boolean() })),
});

/** Server-side apply as a dry run: the whole admission of the real server, and nothing is kept. */
async function dryRun(text: string): Promise<string> {
  const { apiVersion, kind, metadata } = objectSchema.parse(parse(text));
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : '/api/v1';
  const kinds = listSchema.parse(JSON.parse(await ask({ method: 'GET', path }))).resources;
  const found = kinds.find((each) => each.kind === kind && !each.name.includes('/'));
  if (found === undefined) throw new Error(`the cluster has no ${kind} of ${apiVersion}`);
  const where = found.namespaced ? metadata.namespace : undefined;
  await ask({
    method: 'PATCH',
    path: `${resourcePath({ apiVersion, plural: found.name }, where, metadata.name)}?dryRun=All&fieldValidation=Strict&force=true&fieldManager=helm`,
    body: text,
    contentType: 'application/apply-patch+yaml',
  });
  return `${kind}/${metadata.name}`;
}

const conforms = (text: string) => kubeconform(bin, directory, text);

const BOTH = ['values-messaging.yaml', 'values-livekit.yaml'];
const HOST = 'ingresses.livekit-ingress.host=livekit.nova.dev';
const source = (what: string) => `ingresses.messaging-service-ingress.certificate.source=${what}`;

describe.each([
  ['the messaging service with a Secret that is there', ['values-messaging.yaml'], [], []],
  [
    'both, with a self-signed certificate by cert-manager',
    BOTH,
    [HOST, source('self-signed')],
    ['Issuer', 'Certificate'],
  ],
  [
    'both, with Let’s Encrypt and all kinds of monitoring',
    BOTH,
    [
      ...[HOST, source('letsencrypt-prod'), 'certManager.createIssuers=true', 'certManager.email=ops@nova.dev'],
      ...['monitoring.google=true', 'monitoring.operator=true', 'service.addressName=a', 'ingressClass.isDefault=true'],
    ],
    ['ClusterIssuer', 'PodMonitor', 'PodMonitoring'],
  ],
] as const)('ingress-tls for %s', (_name, files, set, kinds) => {
  it('is accepted by a real API server and by kubeconform, which take no field that they do not know', async () => {
    const { objects, stderr } = await render(files, set);
    expect(stderr).not.toContain('Error');
    const accepted: string[] = [];
    for (const one of objects) accepted.push(await dryRun(one));
    expect(accepted).toEqual(expect.arrayContaining(['Deployment/ingress-tls', 'Ingress/messaging-service-ingress']));
    for (const kind of kinds) expect(accepted.some((one) => one.startsWith(`${kind}/`))).toBe(true);
    const { summary } = await conforms(objects.join('\n---\n'));
    expect(summary).toEqual({ valid: objects.length, invalid: 0, errors: 0, skipped: 0 });
  });
});

describe('a typing error', () => {
  it('is refused by both, also in an object of cert-manager', async () => {
    const { objects } = await render(['values-messaging.yaml'], [source('self-signed')]);
    const certificate = objects.find((one) => /^kind: Certificate$/m.test(one)) ?? '';
    const wrong = certificate.replace('dnsNames:', 'dnsName:');
    expect(wrong).not.toBe(certificate);
    await expect(dryRun(wrong)).rejects.toThrow('dnsName');
    expect((await conforms(wrong)).summary).toMatchObject({ invalid: 1 });
  });
});

describe('values that would do harm or nothing', () => {
  it.each([
    ['credentials for every origin', 'ingresses.messaging-service-ingress.cors.origins={*}', /cors\/origins/],
    ['TLS 1.1', 'tls.minVersion=VersionTLS11', /minVersion/],
    ['a Traefik that knows no limits', 'image.tag=v3.6.2', /image\/tag/],
    ['issuers without an e-mail address', 'certManager.createIssuers=true', /certManager\/email/],
    ['the controller of ingress-nginx', 'ingressClass.controller=k8s.io/ingress-nginx', /ingressClass\/controller/],
    [
      'an annotation that Traefik does not read',
      'ingresses.messaging-service-ingress.annotations.nginx\\.ingress\\.kubernetes\\.io/limit-rate=a',
      /limit-rate, which Traefik does not read: Traefik does not slow answers down/,
    ],
  ])('are refused: %s', async (_name, line, words) => {
    const { exitCode, stderr } = await render(['values-messaging.yaml'], [line]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(words);
  });

  it('are refused: an address that nobody reads', async () => {
    const lines = ['certManager.createIssuers=true', 'certManager.email=admin@example.com'];
    expect((await render(['values-messaging.yaml'], lines)).stderr).toContain('certManager/email');
  });
});
