import { z } from 'zod';
import { alreadyExists, invalidArgument, notFound } from '../errors.ts';
import type { RequestAttributes } from '../access.ts';
import { block, string } from '../resources/attributes.ts';
import { permissionOf } from '../resources/permissions.ts';
import { check, checkUnused, last, text } from '../resources/rules.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';

const bodySchema = z.strictObject({
  attributes: z.record(z.string(), z.unknown()),
  writeOnly: z.record(z.string(), z.unknown()).default({}),
});
type Body = z.output<typeof bodySchema>;

/**
 * The resource store behind the Terraform provider: every change goes through the rights of the identity, Google's own
 * rules and the world. Path: `/cloud/v1/resources/<type>/<Terraform id>`.
 */
export const resources: Service = {
  host: 'cloud',
  scopes: ['https://www.googleapis.com/auth/compute', 'https://www.googleapis.com/auth/ndev.clouddns.readwrite'],
  routes: [
    route({
      method: 'GET',
      path: '/v1/resources/{type}',
      answer: (call) => {
        demand(call, 'list');
        return { body: { keys: call.cloud.resources.list(typeOf(call)).map(({ key }) => key) } };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/resources/{type}/{key}',
      answer: (call) => {
        demand(call, 'get');
        const { type, key, attributes } = existing(call);
        if (type !== 'google_secret_manager_secret_version') return { body: { attributes } };
        const [secret, number] = versionOf(key);
        const version = call.cloud.secrets.find(secret, number);
        if (!version || version.state === 'DESTROYED') throw notFound(`The resource '${key}' was not found`);
        return { body: { attributes: { ...attributes, enabled: version.state === 'ENABLED' } } };
      },
    }),
    route({ method: 'POST', path: '/v1/resources/{type}/{key}', body: bodySchema, answer: create }),
    route({ method: 'PUT', path: '/v1/resources/{type}/{key}', body: bodySchema, answer: update }),
    route({ method: 'DELETE', path: '/v1/resources/{type}/{key}', answer: remove }),
  ],
  refusals: [
    {
      situation: 'the plan identity makes a network',
      request: {
        method: 'POST',
        path: `/v1/resources/google_compute_network/${encodeURIComponent('projects/nova-livekit-dev/global/networks/n')}`,
        body: { attributes: { name: 'n' } },
        as: 'livekit-plan',
      },
      status: 403,
      says: "Permission 'compute.networks.create' denied",
    },
    {
      situation: 'the deploy identity reads a firewall',
      request: { method: 'GET', path: '/v1/resources/google_compute_firewall/x', as: 'livekit-deploy' },
      status: 403,
      says: "Permission 'compute.firewalls.get' denied",
    },
    {
      situation: 'a resource type that does not exist',
      request: { method: 'GET', path: '/v1/resources/google_teapot/x', as: 'livekit-cicd' },
      status: 400,
      says: 'google_teapot',
    },
    {
      situation: 'a resource that does not exist',
      request: { method: 'GET', path: '/v1/resources/google_compute_network/x', as: 'livekit-cicd' },
      status: 404,
      says: 'was not found',
    },
    {
      situation: 'a firewall in a network that does not exist',
      request: {
        method: 'POST',
        path: '/v1/resources/google_compute_firewall/f',
        body: { attributes: { name: 'f', network: 'nowhere', allow: [{ protocol: 'tcp', ports: ['443'] }] } },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'global/networks/nowhere',
    },
    {
      situation: 'a port beyond 65535',
      request: {
        method: 'POST',
        path: '/v1/resources/google_compute_firewall/f',
        body: { attributes: { name: 'f', network: 'default', allow: [{ protocol: 'udp', ports: ['50000-70000'] }] } },
        as: 'livekit-cicd',
      },
      status: 400,
      says: '50000-70000',
    },
    {
      situation: 'a name with a capital letter',
      request: {
        method: 'POST',
        path: '/v1/resources/google_compute_network/N',
        body: { attributes: { name: 'N' } },
        as: 'livekit-cicd',
      },
      status: 400,
      says: 'Must be a match of regex',
    },
    {
      situation: 'a node pool of a cluster that does not exist',
      request: {
        method: 'POST',
        path: '/v1/resources/google_container_node_pool/p',
        body: {
          attributes: {
            name: 'p',
            cluster: 'nowhere',
            node_config: [{ service_account: 'livekit-dev-nodes@nova-livekit-dev.iam.gserviceaccount.com' }],
            project: 'nova-livekit-dev',
            location: 'asia-northeast1',
          },
        },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'clusters/nowhere',
    },
    {
      situation: 'a version of a secret that does not exist',
      request: {
        method: 'POST',
        path: '/v1/resources/google_secret_manager_secret_version/v',
        body: {
          attributes: { secret: 'projects/nova-livekit-dev/secrets/nowhere' },
          writeOnly: { secret_data_wo: 'x' },
        },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'Secret [projects/123456789012/secrets/nowhere] not found.',
    },
    {
      situation: 'a body with a field that is not of the store',
      request: {
        method: 'POST',
        path: '/v1/resources/google_compute_network/n',
        body: { attributes: {}, state: {} },
        as: 'livekit-cicd',
      },
      status: 400,
      says: 'Unknown name "state"',
    },
  ],
};

async function create(call: Call<Body>): Promise<{ status: number; body: unknown }> {
  demand(call, 'create');
  demandUseOfNodeAccount(call);
  const type = typeOf(call);
  const { cloud, body } = call;
  if (type === 'google_secret_manager_secret_version') return createVersion(call);
  const made = await cloud.resources.create(type, keyOf(call), body.attributes, () => {
    if (cloud.resources.get(type, keyOf(call))) throw alreadyExists(`The resource '${keyOf(call)}' already exists`);
    check(type, body.attributes, cloud.resources);
    return {};
  });
  return { status: 201, body: { attributes: made.attributes } };
}

/** The number of a version is Google's to give, whatever the key says: the answer's `id` and `name` tell it. */
async function createVersion({ cloud, body }: Call<Body>): Promise<{ status: number; body: unknown }> {
  const secret = last(text(body.attributes, 'secret'));
  const { id, number } = cloud.config.project;
  if (!cloud.resources.get('google_secret_manager_secret', `projects/${id}/secrets/${secret}`)) {
    throw notFound(`Secret [projects/${number}/secrets/${secret}] not found.`);
  }
  const payload = body.writeOnly['secret_data_wo'] ?? body.attributes['secret_data'];
  if (typeof payload !== 'string' || payload === '') {
    throw invalidArgument('The secret payload is empty: secret_data_wo or secret_data is required.');
  }
  const encoding = body.attributes['is_secret_data_base64'] === true ? 'base64' : 'utf8';
  const version = cloud.secrets.add(secret, Buffer.from(payload, encoding));
  const name = `projects/${number}/secrets/${secret}/versions/${version.number}`;
  const key = `projects/${id}/secrets/${secret}/versions/${version.number}`;
  const made = await cloud.resources.create('google_secret_manager_secret_version', key, {
    ...body.attributes,
    id: name,
    name,
    version: String(version.number),
    create_time: version.createTime,
    destroy_time: '',
    enabled: true,
  });
  return { status: 201, body: { attributes: made.attributes } };
}

async function update(call: Call<Body>): Promise<{ body: unknown }> {
  demand(call, 'update');
  const { cloud, body } = call;
  const { type, key } = existing(call);
  const changed = await cloud.resources.replace(type, key, body.attributes, () => {
    check(type, body.attributes, cloud.resources);
    return {};
  });
  if (type === 'google_secret_manager_secret_version') {
    const [secret, version] = versionOf(key);
    cloud.secrets.setState(secret, Number(version), changed.attributes['enabled'] === false ? 'DISABLED' : 'ENABLED');
  }
  return { body: { attributes: changed.attributes } };
}

async function remove(call: Call): Promise<{ status: number }> {
  demand(call, 'delete');
  const { cloud } = call;
  const { type, key } = existing(call);
  await cloud.resources.delete(type, key, (resource) => {
    checkUnused(resource, cloud.resources);
  });
  if (type === 'google_secret_manager_secret_version') {
    const [secret, version] = versionOf(key);
    cloud.secrets.setState(secret, Number(version), 'DESTROYED');
  }
  if (type === 'google_secret_manager_secret') {
    const secret = last(key);
    cloud.secrets.drop(secret);
    const versions = cloud.resources.list('google_secret_manager_secret_version');
    const own = versions.filter((version) => version.key.includes(`/secrets/${secret}/`));
    for (const version of own) await cloud.resources.delete(version.type, version.key);
  }
  return { status: 204 };
}

function demand(call: Call, verb: 'create' | 'get' | 'list' | 'update' | 'delete'): void {
  const permission = permissionOf(typeOf(call), verb);
  if (permission === undefined) {
    throw invalidArgument(`There is no resource type ${typeOf(call)} here.`);
  }
  const key = keyOf(call);
  const resource = /^projects\/[^/_-][^/]*\//.test(key) ? key : `projects/${call.cloud.config.project.id}`;
  call.cloud.demand(call.identity, permission, resource, grantsOf(call));
}

/** Whoever starts machines acts as the account that they run as: by default Compute Engine's own, which is an editor. */
function demandUseOfNodeAccount({ params, body, identity, cloud }: Call<Body>): void {
  const type = params['type'] ?? '';
  if (type !== 'google_container_cluster' && type !== 'google_container_node_pool') return;
  const given = string(block(body.attributes, 'node_config'), 'service_account') ?? 'default';
  const account = given === 'default' ? `${cloud.config.project.number}-compute@developer.gserviceaccount.com` : given;
  cloud.demand(identity, 'iam.serviceAccounts.actAs', `projects/-/serviceAccounts/${account}`);
}

/** The roles whose grants a change of the project's policy changes. */
function grantsOf(call: Call): RequestAttributes {
  if (typeOf(call) !== 'google_project_iam_member' || call.method === 'GET') return {};
  const before = call.cloud.resources.get(typeOf(call), keyOf(call))?.attributes ?? {};
  const after = bodySchema.safeParse(call.body).data?.attributes ?? {};
  const changed = [before, after].map((attributes) => text(attributes, 'role')).filter((role) => role !== '');
  return { 'iam.googleapis.com/modifiedGrantsByRole': [...new Set(changed)] };
}

function existing(call: Call) {
  const found = call.cloud.resources.get(typeOf(call), keyOf(call));
  if (!found) throw notFound(`The resource '${keyOf(call)}' was not found`);
  return found;
}

/** Secret and number of a version's name. */
function versionOf(key: string): [secret: string, number: string] {
  const [, secret = '', number = ''] = /secrets\/([^/]+)\/versions\/(\d+)$/.exec(key) ?? [];
  return [secret, number];
}

const typeOf = (call: Call): string => call.params['type'] ?? '';

/** Google takes a project by its number as well as by its id; here it is stored by its id. */
function keyOf({ params, cloud }: Call): string {
  const { id, number } = cloud.config.project;
  return (params['key'] ?? '').replace(new RegExp(`^projects/${number}/`), `projects/${id}/`);
}
