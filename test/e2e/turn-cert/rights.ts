import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';
import { kubectl } from '../../../sandbox/kubernetes/kubectl.ts';
import { Answer, transport } from '../../../src/kubernetes/transport.ts';
import { signIn } from '../world/sign-in.ts';

type Access = 'iam' | 'rbac';

const bindingsOf = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      subjects: z.array(z.object({ name: z.string() })).default([]),
    }),
  ),
});

/** What the identity asks for in Google Cloud: its own may be had, all else is refused. */
export async function inGoogleCloud(config: SandboxConfig): Promise<void> {
  const { addresses, project, bucket } = config;
  const authorization = `Bearer ${await signIn(config, 'livekit-turn-cert')}`;
  const ask = async (method: string, url: string, body?: object | string) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { authorization, 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' };
    const answer = await fetch(url, { method, headers, ...(text !== undefined && { body: text }) });
    await answer.arrayBuffer();
    return answer.status;
  };
  const secret = (name: string) =>
    `${addresses.google}/secretmanager.googleapis.com/v1/projects/${project.id}/secrets${name === '' ? '' : `/livekit-dev-${name}`}`;
  const zone = (name: string) =>
    `${addresses.google}/dns.googleapis.com/dns/v1/projects/${project.id}/managedZones/${name}/rrsets`;
  const record = (name: string) => ({ name, type: 'TXT', ttl: 60, rrdatas: ['"x"'] });
  const object = (name: string) => `${addresses.storage}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  const upload = (name: string) =>
    `${addresses.storage}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
  const own = 'probe.acme-dev.nova.example.';
  const payload = { payload: { data: Buffer.from('x').toString('base64') } };
  const seen = {
    'its zone': await ask('POST', zone('livekit-dev-acme'), record(own)),
    'its zone again': await ask('DELETE', `${zone('livekit-dev-acme')}/${own}/TXT`),
    'its folder': await ask('POST', upload('livekit/dev/turn-cert/probe'), 'x'),
    'its folder again': await ask('DELETE', object('livekit/dev/turn-cert/probe')),
    'its certificate': await ask('GET', `${secret('turn-certificate')}/versions/latest:access`),
    'the outputs': await ask('GET', `${object('livekit/dev/outputs.json')}?alt=media`),
    'another zone': await ask('POST', zone('nova-example'), record('probe.nova.example.')),
    'another zone’s records': await ask('GET', zone('nova-example')),
    'LiveKit’s keys': await ask('GET', `${secret('keys')}/versions/latest:access`),
    'a version of LiveKit’s keys': await ask('POST', `${secret('keys')}:addVersion`, payload),
    'the end of LiveKit’s keys': await ask('POST', `${secret('keys')}/versions/1:destroy`, {}),
    'a new secret': await ask('POST', `${secret('')}?secretId=probe`, { replication: { automatic: {} } }),
    'Terraform’s state': await ask('GET', `${object('livekit/dev/default.tfstate')}?alt=media`),
    'the bucket': await ask('GET', `${addresses.storage}/storage/v1/b/${bucket}/o`),
    'other outputs': await ask('POST', upload('livekit/dev/outputs.json'), '{}'),
    'what verify keeps': await ask('POST', upload('livekit/dev/verify/probe'), 'x'),
  };
  const refused = Object.entries(seen).filter(([, status]) => status === 403);
  assert.deepEqual(
    refused.map(([what]) => what),
    Object.keys(seen).slice(6),
    JSON.stringify(seen),
  );
  assert.ok(
    Object.values(seen).every((status) => status === 403 || (status >= 200 && status < 300)),
    JSON.stringify(seen),
  );
}

/** What the identity asks for in a cluster and must not have, by the server's own answers; nothing is carried out. */
export async function inTheCluster(config: SandboxConfig, by: Access): Promise<void> {
  const token = await signIn(config, 'livekit-turn-cert');
  const exchange = transport(
    {
      server: config.addresses.kubernetes,
      certificateAuthority: readFileSync(config.kubernetes.certificateAuthority, 'utf8'),
      tlsServerName: undefined,
    },
    { token: () => Promise.resolve(token) },
  );
  const here = '/api/v1/namespaces/livekit';
  const apps = '/apis/apps/v1/namespaces';
  const requests: [string, 'GET' | 'POST' | 'PATCH' | 'DELETE', string, Access | 'both'][] = [
    ['all Secrets', 'GET', `${here}/secrets`, 'both'],
    ['the end of a Secret', 'DELETE', `${here}/secrets/livekit-turn-tls-dev`, 'both'],
    ['the ConfigMaps', 'GET', `${here}/configmaps`, 'both'],
    ['a new pod', 'POST', `${here}/pods`, 'both'],
    ['the end of a pod', 'DELETE', `${here}/pods/x`, 'both'],
    ['a command in a pod', 'POST', `${here}/pods/x/exec`, 'both'],
    ['a pod’s log', 'GET', `${here}/pods/x/log`, 'both'],
    ['a new Deployment', 'POST', `${apps}/livekit/deployments`, 'both'],
    ['the end of a Deployment', 'DELETE', `${apps}/livekit/deployments/livekit-server`, 'both'],
    ['a new DaemonSet', 'POST', `${apps}/livekit/daemonsets`, 'both'],
    ['the nodes', 'GET', '/api/v1/nodes', 'both'],
    ['a new namespace', 'POST', '/api/v1/namespaces', 'both'],
    ['rights', 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/livekit/rolebindings', 'both'],
    ['a service account’s token', 'POST', `${here}/serviceaccounts/default/token`, 'both'],
    // IAM knows no namespaces and no names.
    ['LiveKit’s keys', 'GET', `${here}/secrets/livekit-keys`, 'rbac'],
    ['another Secret', 'PATCH', `${here}/secrets/livekit-keys`, 'rbac'],
    ['a Secret elsewhere', 'GET', '/api/v1/namespaces/kube-system/secrets/x', 'rbac'],
    ['a Deployment elsewhere', 'PATCH', `${apps}/kube-system/deployments/x`, 'rbac'],
    ['pods elsewhere', 'GET', '/api/v1/namespaces/kube-system/pods', 'rbac'],
    ['a Lease elsewhere', 'GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x', 'rbac'],
    ['another namespace', 'GET', '/api/v1/namespaces/kube-system', 'rbac'],
  ];
  const asked = requests.filter(([, , , where]) => where === 'both' || where === by);
  const open: string[] = [];
  for (const [what, method, path] of asked) {
    // Node sends the body of a DELETE without its length.
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}', contentType: BODIES[method] };
    const status = await exchange({ method, path: `${path}${method === 'GET' ? '' : '?dryRun=All'}`, ...body }).then(
      () => 200,
      (error: unknown) => {
        if (!(error instanceof Answer)) throw error;
        return error.status;
      },
    );
    if (status !== 403) open.push(`${what}: ${status}`);
  }
  assert.deepEqual(open, []);
}

const BODIES = { POST: 'application/json', PATCH: 'application/merge-patch+json' } as const;

/**
 * From here on `cluster_access` is "rbac": the project’s own roles give nothing in the cluster any more, and its owner has applied
 * what bootstrap has for it.
 */
export async function giveByNamespace({ bin, kubernetes, project }: SandboxConfig): Promise<void> {
  const administrator = { kubectl: join(bin, 'kubectl'), kubeconfig: kubernetes.adminKubeconfig };
  const { items } = bindingsOf.parse(
    JSON.parse(await kubectl(administrator, ['get', 'clusterrolebindings', '-o', 'json'])),
  );
  const byPermission = items.filter(({ subjects }) => subjects.some(({ name }) => name.startsWith('iam:container.')));
  assert.ok(byPermission.length > 10, 'the sandbox gives rights by single permissions');
  await kubectl(administrator, ['delete', 'clusterrolebindings', ...byPermission.map(({ metadata }) => metadata.name)]);
  const text = readFileSync(join(suiteDirectory, 'terraform', 'bootstrap', 'kubernetes-access.yaml'), 'utf8');
  const directory = mkdtempSync(join(tmpdir(), 'access-'));
  try {
    const file = join(directory, 'access.yaml');
    writeFileSync(file, text.replaceAll('PROJECT_ID', project.id));
    await kubectl(administrator, ['apply', '-f', file]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
