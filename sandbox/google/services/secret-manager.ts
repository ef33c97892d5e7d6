import { z } from 'zod';
import type { Attributes } from '../../world/world.ts';
import { crc32c } from '../crc32c.ts';
import { aborted, alreadyExists, failedPrecondition, invalidArgument, notFound } from '../errors.ts';
import { block, blocks, map, object, string } from '../resources/attributes.ts';
import type { Resource } from '../resources/store.ts';
import type { SecretVersion } from '../secret-versions.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';
import { secretManagerRefusals } from './secret-manager-refusals.ts';

const secretPath = '/v1/projects/{project}/secrets/{secret}';
const versionPath = `${secretPath}/versions/{version}`;
const onSecret = (params: Readonly<Record<string, string>>) =>
  `projects/${params['project'] ?? ''}/secrets/${params['secret'] ?? ''}`;
const maximumBytes = 65_536;

const secretSchema = z.strictObject({
  replication: z.union([
    z.strictObject({ automatic: z.strictObject({}) }),
    z.strictObject({
      userManaged: z.strictObject({ replicas: z.array(z.strictObject({ location: z.string() })).min(1) }),
    }),
  ]),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const payloadSchema = z.strictObject({
  payload: z.strictObject({
    data: z.base64(),
    dataCrc32c: z.union([z.string().regex(/^\d+$/), z.number()]).optional(),
  }),
});
const stateSchema = z.strictObject({ etag: z.string().optional() });

/** Secret Manager. Secrets are the resources of Terraform's type; versions and payloads are the stand-in's own. */
export const secretManager: Service = {
  host: 'secretmanager.googleapis.com',
  routes: [
    route({
      method: 'GET',
      path: '/v1/projects/{project}/secrets',
      query: ['pageSize', 'pageToken'],
      permission: 'secretmanager.secrets.list',
      answer: (call) => {
        const secrets = call.cloud.resources
          .list('google_secret_manager_secret')
          .map((found) => secretView(found, call));
        return { body: secrets.length === 0 ? {} : { secrets, totalSize: secrets.length } };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/projects/{project}/secrets',
      query: ['secretId'],
      permission: 'secretmanager.secrets.create',
      body: secretSchema,
      answer: create,
    }),
    route({
      method: 'GET',
      path: secretPath,
      permission: 'secretmanager.secrets.get',
      on: onSecret,
      answer: (call) => ({ body: secretView(secretOf(call), call) }),
    }),
    route({
      method: 'POST',
      path: `${secretPath}:addVersion`,
      permission: 'secretmanager.versions.add',
      on: onSecret,
      body: payloadSchema,
      answer: addVersion,
    }),
    route({
      method: 'GET',
      path: `${secretPath}/versions`,
      query: ['pageSize', 'pageToken', 'filter'],
      permission: 'secretmanager.versions.list',
      on: onSecret,
      answer: (call) => {
        secretOf(call);
        const versions = call.cloud.secrets.list(call.params['secret'] ?? '').reverse();
        if (
          call.query['filter'] !== undefined &&
          !/^state[:=](ENABLED|DISABLED|DESTROYED)$/i.test(call.query['filter'])
        ) {
          throw invalidArgument('Invalid filter.');
        }
        const state = call.query['filter']?.slice(6).toUpperCase();
        const shown = versions.filter((version) => state === undefined || version.state === state);
        return {
          body: {
            ...(shown.length === 0 ? {} : { versions: shown.map((version) => versionView(version, call)) }),
            totalSize: shown.length,
          },
        };
      },
    }),
    route({
      method: 'GET',
      path: versionPath,
      permission: 'secretmanager.versions.get',
      on: onSecret,
      answer: (call) => ({ body: versionView(versionOf(call), call) }),
    }),
    route({
      method: 'GET',
      path: `${versionPath}:access`,
      permission: 'secretmanager.versions.access',
      on: onSecret,
      answer: access,
    }),
    ...(['enable', 'disable', 'destroy'] as const).map((verb) =>
      route({
        method: 'POST',
        path: `${versionPath}:${verb}`,
        permission: `secretmanager.versions.${verb}`,
        on: onSecret,
        body: stateSchema,
        answer: (call) => {
          const version = versionOf(call);
          if (version.state === 'DESTROYED') throw failedPrecondition(destroyed(version, call));
          if (call.body.etag !== undefined && call.body.etag !== etagOf(version)) {
            throw aborted('The etag provided in the request does not match the etag of the current resource.');
          }
          const state = ({ enable: 'ENABLED', disable: 'DISABLED', destroy: 'DESTROYED' } as const)[verb];
          const changed = call.cloud.secrets.setState(call.params['secret'] ?? '', version.number, state);
          return { body: versionView(changed, call) };
        },
      }),
    ),
  ],
  refusals: secretManagerRefusals,
};

const secretNotFound = ({ params, cloud }: Call) =>
  `Secret [projects/${cloud.config.project.number}/secrets/${params['secret'] ?? ''}] not found`;

function secretOf(call: Call): Resource {
  const key = `projects/${call.cloud.config.project.id}/secrets/${call.params['secret'] ?? ''}`;
  const found = call.cloud.resources.get('google_secret_manager_secret', key);
  if (!found) throw notFound(`${secretNotFound(call)}.`);
  return found;
}

function versionOf(call: Call): SecretVersion {
  const { params, cloud } = call;
  const [secret = '', wanted = ''] = [params['secret'], params['version']];
  if (!/^(latest|[1-9]\d*)$/.test(wanted)) throw invalidArgument(`Secret Version ID is not valid: ${wanted}.`);
  const known = cloud.resources.get(
    'google_secret_manager_secret',
    `projects/${cloud.config.project.id}/secrets/${secret}`,
  );
  const version = known && cloud.secrets.find(secret, wanted);
  if (version) return version;
  if (!known || wanted === 'latest') throw notFound(`${secretNotFound(call)} or has no versions.`);
  throw notFound(
    `Secret Version [projects/${cloud.config.project.number}/secrets/${secret}/versions/${wanted}] not found.`,
  );
}

async function create(call: Call<z.output<typeof secretSchema>>) {
  const { cloud, query, body } = call;
  const secret = query['secretId'] ?? '';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(secret)) {
    throw invalidArgument('The provided Secret ID [secretId] does not match the expected format [[a-zA-Z_0-9]+]');
  }
  const { id, number } = cloud.config.project;
  const replication: Attributes =
    'automatic' in body.replication
      ? { auto: [{}], user_managed: [] }
      : { auto: [], user_managed: [{ replicas: body.replication.userManaged.replicas }] };
  const key = `projects/${id}/secrets/${secret}`;
  const attributes: Attributes = {
    id: key,
    name: `projects/${number}/secrets/${secret}`,
    secret_id: secret,
    project: id,
    replication: [replication],
    labels: body.labels ?? {},
    annotations: body.annotations ?? {},
    create_time: new Date(cloud.now()).toISOString(),
  };
  const made = await cloud.resources.create('google_secret_manager_secret', key, attributes, () => {
    if (cloud.resources.get('google_secret_manager_secret', key)) {
      throw alreadyExists(`Secret [projects/${number}/secrets/${secret}] already exists.`);
    }
    return {};
  });
  return { body: secretView(made, call) };
}

function addVersion(call: Call<z.output<typeof payloadSchema>>) {
  secretOf(call);
  const { data, dataCrc32c } = call.body.payload;
  const payload = Buffer.from(data, 'base64');
  if (payload.length === 0) throw invalidArgument('The secret payload is empty.');
  if (payload.length > maximumBytes) throw invalidArgument(`The secret payload is larger than ${maximumBytes} bytes.`);
  if (dataCrc32c !== undefined && Number(dataCrc32c) !== crc32c(payload)) {
    throw invalidArgument('The provided checksum dataCrc32c does not match the payload.');
  }
  const version = call.cloud.secrets.add(call.params['secret'] ?? '', payload);
  return { body: versionView(version, call) };
}

function access(call: Call) {
  const version = versionOf(call);
  if (version.state === 'DISABLED') {
    throw failedPrecondition(`Secret Version [${versionName(version, call)}] is in DISABLED state.`);
  }
  if (version.state === 'DESTROYED') throw failedPrecondition(destroyed(version, call));
  const payload = call.cloud.secrets.payload(call.params['secret'] ?? '', version.number);
  return {
    body: {
      name: versionName(version, call),
      payload: { data: payload.toString('base64'), dataCrc32c: String(crc32c(payload)) },
    },
  };
}

const destroyed = (version: SecretVersion, call: Call) =>
  `Secret Version [${versionName(version, call)}] is in DESTROYED state.`;

function versionName(version: SecretVersion, { params, cloud }: Call): string {
  return `projects/${cloud.config.project.number}/secrets/${params['secret'] ?? ''}/versions/${version.number}`;
}

function versionView(version: SecretVersion, call: Call) {
  const { state, createTime, destroyTime } = version;
  return {
    name: versionName(version, call),
    createTime,
    ...(destroyTime === undefined ? {} : { destroyTime }),
    state,
    replicationStatus: { automatic: {} },
    etag: etagOf(version),
  };
}

/** Another one in each of a version's states. */
const etagOf = ({ state, number }: SecretVersion) => `"${state.toLowerCase()}-${number}"`;

function secretView({ attributes }: Resource, { cloud }: Call) {
  const managed = block(block(attributes, 'replication'), 'user_managed');
  return object({
    name: `projects/${cloud.config.project.number}/secrets/${string(attributes, 'secret_id') ?? ''}`,
    replication: managed
      ? {
          userManaged: {
            replicas: blocks(managed, 'replicas').map((replica) => ({ location: string(replica, 'location') })),
          },
        }
      : { automatic: {} },
    createTime: string(attributes, 'create_time'),
    labels: map(attributes, 'effective_labels') ?? map(attributes, 'labels'),
    annotations: map(attributes, 'annotations'),
    etag: '"1"',
  });
}
