import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { startApiServer } from '../preview/api-server.fixture.ts';

/** terraform/bootstrap/kubernetes-access-addon.yaml at a real API server: who may what, and that it reaches one namespace. */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const WHERE = 'nova-monitoring';
jest.setTimeout(120_000);

let cluster: Awaited<ReturnType<typeof startApiServer>>;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const send = (method: 'POST' | 'PUT', path: string, body: unknown) =>
  cluster.exchange({ method, path, body: JSON.stringify(body), contentType: 'application/json' });

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const roleSchema = z.looseObject({ rules: z.array(z.unknown()).nullish() });

beforeAll(async () => {
  cluster = await startApiServer(bin);
  for (const name of [WHERE, 'livekit'])
    await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // In a cluster a controller fills `view` with what is to be gathered in it; it does not run here.
  const part = roleSchema.parse(
    JSON.parse(await cluster.exchange({ method: 'GET', path: `${rbac}/clusterroles/system:aggregate-to-view` })),
  );
  const view = roleSchema.parse(
    JSON.parse(await cluster.exchange({ method: 'GET', path: `${rbac}/clusterroles/view` })),
  );
  expect(part.rules?.length).toBeGreaterThan(3);
  await send('PUT', `${rbac}/clusterroles/view`, { ...view, rules: part.rules });
  const text = readFileSync('terraform/bootstrap/kubernetes-access-addon.yaml', 'utf8');
  for (const each of text.replaceAll('PROJECT_ID', 'nova').replaceAll('NAMESPACE', WHERE).split(/^---$/m)) {
    const object = objectSchema.parse(parse(each));
    const { namespace } = object.metadata;
    const plural = `${object.kind.toLowerCase()}s`;
    await send(
      'POST',
      `${rbac}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}?fieldValidation=Strict`,
      object,
    );
  }
  // The server hears of what was written a moment later.
  for (let left = 60; !(await may('livekit-verify', 'get', 'networking.k8s.io/ingresses', undefined)); left--) {
    if (left === 0) throw new Error('the last binding is not in force');
    await sleep(250);
  }
});
afterAll(() => cluster?.stop());

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

async function may(who: string, verb: string, what: string, namespace: string | undefined): Promise<boolean> {
  const [resource = '', group = ''] = what.split('/').reverse();
  const [plain = '', subresource] = resource.split(':');
  const attributes = {
    verb,
    group,
    resource: plain,
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
  };
  const answer = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `${who}@nova.iam.gserviceaccount.com`,
      groups: ['system:authenticated'],
      resourceAttributes: attributes,
    },
  });
  return reviewSchema.parse(JSON.parse(answer)).status.allowed;
}

test.each([
  ['livekit-verify', 'list', 'pods'],
  ['livekit-verify', 'create', 'pods:portforward'],
  ['livekit-verify', 'get', 'configmaps'],
  ['livekit-verify', 'get', 'persistentvolumeclaims'],
  ['livekit-verify', 'list', 'apps/deployments'],
  ['livekit-verify', 'get', 'argoproj.io/applications'],
  ['livekit-plan', 'get', 'apps/deployments'],
  ['livekit-plan', 'get', 'monitoring.googleapis.com/podmonitorings'],
  ['livekit-plan', 'list', 'argoproj.io/appprojects'],
])('%s may %s %s, there and nowhere else', async (who, verb, what) => {
  expect([
    await may(who, verb, what, WHERE),
    await may(who, verb, what, 'livekit'),
    await may(who, verb, what, undefined),
  ]).toEqual([true, false, false]);
});

test.each([
  ['livekit-verify', 'get', 'secrets'],
  ['livekit-verify', 'create', 'pods:exec'],
  ['livekit-verify', 'delete', 'pods'],
  ['livekit-verify', 'patch', 'argoproj.io/applications'],
  ['livekit-plan', 'get', 'secrets'],
  ['livekit-plan', 'create', 'pods:portforward'],
  ['livekit-plan', 'patch', 'apps/deployments'],
])('%s may not %s %s', async (who, verb, what) => expect(await may(who, verb, what, WHERE)).toBe(false));

test('verify sees Ingresses of all namespaces, which it may not change, and definitions', async () => {
  const asked = [
    ['list', 'networking.k8s.io/ingresses'],
    ['get', 'apiextensions.k8s.io/customresourcedefinitions'],
    ['patch', 'networking.k8s.io/ingresses'],
  ] as const;
  const answers = await Promise.all(asked.map(([verb, what]) => may('livekit-verify', verb, what, undefined)));
  expect(answers).toEqual([true, true, false]);
});
