import { kubernetesClient } from './client.ts';
import { pods, replicaSets, secrets } from './resources.ts';
import { Answer, type KubernetesRequest, type Transport } from './transport.ts';

const access = { server: 'https://cluster', certificateAuthority: undefined, tlsServerName: undefined };

/** A client whose answers are given: a text, or what is thrown. */
function clientOf(...answers: (string | Answer)[]) {
  const requests: KubernetesRequest[] = [];
  const exchange: Transport = async (request) => {
    requests.push(request);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined || answer instanceof Answer) throw answer ?? new Error('no answer was prepared');
    return answer;
  };
  return { client: kubernetesClient(access, { token: async () => 'token' }, exchange), requests };
}

const pod = (name: string) => ({
  metadata: { name, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'c' }] },
  status: {},
});

test('a list goes on until the server has no more', async () => {
  const { client, requests } = clientOf(
    JSON.stringify({ items: [pod('a')], metadata: { continue: 'next page' } }),
    JSON.stringify({ items: [pod('b')], metadata: {} }),
  );
  const found = await client.list(pods, 'livekit', { labels: { app: 'x', tier: 'y' }, fields: 'type=Warning' });
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  expect(requests[0]?.path).toBe(
    '/api/v1/namespaces/livekit/pods?limit=500&labelSelector=app%3Dx%2Ctier%3Dy&fieldSelector=type%3DWarning',
  );
  expect(requests[1]?.path).toContain('continue=next+page');
});

test('an API server that was started a moment ago, and has not read its roles, is asked again', async () => {
  const early = new Answer('pods is forbidden: RBAC: clusterrole.rbac.authorization.k8s.io "x" not found', 403);
  const { client, requests } = clientOf(early, JSON.stringify({ items: [] }));
  expect(await client.list(pods, 'livekit')).toEqual([]);
  expect(requests).toHaveLength(2);
  const forbidden = clientOf(new Answer('pods is forbidden: User "x" cannot list resource "pods"', 403));
  await expect(forbidden.client.list(pods, 'livekit')).rejects.toMatchObject({ code: 'LK-KUBE-002' });
  expect(forbidden.requests).toHaveLength(1);
});

test('an object that is not there is undefined', async () => {
  const { client } = clientOf(new Answer('pods "x" not found', 404));
  expect(await client.get(pods, 'livekit', 'x')).toBeUndefined();
});

test('of a Secret only the names of its entries are kept', async () => {
  const { client } = clientOf(
    JSON.stringify({ metadata: pod('s').metadata, type: 'kubernetes.io/tls', data: { 'tls.key': 'c2VjcmV0' } }),
  );
  const secret = await client.get(secrets, 'livekit', 's');
  expect(secret?.data).toEqual(['tls.key']);
  expect(JSON.stringify(secret)).not.toContain('c2VjcmV0');
});

test('apply is server-side, by the suite’s own field manager', async () => {
  const { client, requests } = clientOf('{}');
  await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'livekit' }, data: {} });
  expect(requests).toEqual([
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/livekit/secrets/s?fieldManager=livekit-gke&force=true',
      body: '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"livekit"},"data":{}}',
      contentType: 'application/apply-patch+yaml',
      subject: 'the Secret s',
    },
  ]);
});

test('scale changes the number of replicas and nothing else', async () => {
  const { client, requests } = clientOf('{}');
  await client.scale(replicaSets, 'livekit', 'livekit-server-1', 0);
  expect(requests[0]).toMatchObject({
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/livekit/replicasets/livekit-server-1/scale?fieldManager=livekit-gke',
    body: '{"spec":{"replicas":0}}',
  });
});

test('a pod is ended with the grace that is given; one that is gone is fine', async () => {
  const { client, requests } = clientOf(new Answer('pods "x" not found', 404));
  await expect(client.end('livekit', 'x', 30)).resolves.toBeUndefined();
  expect(requests[0]).toMatchObject({
    method: 'DELETE',
    path: '/api/v1/namespaces/livekit/pods/x?gracePeriodSeconds=30',
  });
});

test('to create what exists is fine', async () => {
  const { client } = clientOf(new Answer('namespaces "livekit" already exists', 409));
  await expect(
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'livekit' } }),
  ).resolves.toBeUndefined();
});

test('a server that stumbles is asked again', async () => {
  const { client, requests } = clientOf(new Answer('etcdserver: leader changed', 500), JSON.stringify(pod('a')));
  expect((await client.get(pods, 'livekit', 'a'))?.metadata.name).toBe('a');
  expect(requests).toHaveLength(2);
});

test.each([
  [401, 'LK-KUBE-003'],
  [403, 'LK-KUBE-002'],
  [422, 'LK-KUBE-004'],
])('an answer %d is %s, with the server’s words', async (status, code) => {
  const { client, requests } = clientOf(new Answer('these are its words', status));
  await expect(client.list(pods, 'livekit')).rejects.toMatchObject({
    code,
    message: expect.stringContaining('these are its words') as string,
  });
  expect(requests).toHaveLength(1);
});

test('an answer that is no Kubernetes object is said to be one', async () => {
  const { client } = clientOf('<html>proxy</html>');
  await expect(client.list(pods, 'livekit')).rejects.toMatchObject({ code: 'LK-KUBE-005' });
});

test('a log that cannot be had is empty: it is evidence only', async () => {
  const { client } = clientOf(new Answer('previous terminated container not found', 400));
  expect(await client.logs('livekit', 'pod', 'c', { lines: 5, previous: true })).toBe('');
});

test('a lease is made anew, or replaced as it was read; who comes too late is told so', async () => {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'x', namespace: 'livekit' } };
  const { client, requests } = clientOf('{}', '{}', new Answer('the object has been modified', 409));
  expect(await client.claim(lease)).toBe(true);
  const read = { ...lease, metadata: { ...lease.metadata, resourceVersion: '7' } };
  expect(await client.claim(read)).toBe(true);
  expect(await client.claim(read)).toBe(false);
  expect(requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
    'POST /apis/coordination.k8s.io/v1/namespaces/livekit/leases',
    'PUT /apis/coordination.k8s.io/v1/namespaces/livekit/leases/x',
    'PUT /apis/coordination.k8s.io/v1/namespaces/livekit/leases/x',
  ]);
});

test('the API server is asked what this identity may do', async () => {
  const { client, requests } = clientOf('{"status":{"allowed":false}}');
  const access = { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'livekit' };
  expect(await client.mayDo(access)).toBe(false);
  expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ spec: { resourceAttributes: access } });
});

test('a kind is served when its group lists it', async () => {
  const { client } = clientOf(
    '{"resources":[{"kind":"Rules"}]}',
    '{"resources":[{"kind":"Rules"}]}',
    new Answer('', 404),
  );
  expect(await client.serves({ apiVersion: 'monitoring.googleapis.com/v1', kind: 'Rules' })).toBe(true);
  expect(await client.serves({ apiVersion: 'monitoring.googleapis.com/v1', kind: 'PodMonitoring' })).toBe(false);
  expect(await client.serves({ apiVersion: 'monitoring.googleapis.com/v1', kind: 'Rules' })).toBe(false);
});
