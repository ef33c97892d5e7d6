import type { Refusal } from '../service.ts';

/** What Secret Manager refuses. */
export const secretManagerRefusals: readonly Refusal[] = [
  {
    situation: 'a secret that does not exist, asked for by one who may read all',
    request: { method: 'GET', path: '/v1/projects/nova-livekit-dev/secrets/nowhere', as: 'livekit-plan' },
    status: 404,
    says: 'Secret [projects/123456789012/secrets/nowhere] not found.',
  },
  {
    situation: 'the plan identity reads a payload',
    request: {
      method: 'GET',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-dev-keys/versions/latest:access',
      as: 'livekit-plan',
    },
    status: 403,
    says: "Permission 'secretmanager.versions.access' denied",
  },
  {
    situation: 'the apply identity reads a payload',
    request: {
      method: 'GET',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-dev-keys/versions/latest:access',
      as: 'livekit-cicd',
    },
    status: 403,
    says: "Permission 'secretmanager.versions.access' denied",
  },
  {
    situation: 'the deploy identity reads another secret',
    request: {
      method: 'GET',
      path: '/v1/projects/nova-livekit-dev/secrets/turn-certificate/versions/1:access',
      as: 'livekit-deploy',
    },
    status: 403,
    says: "Permission 'secretmanager.versions.access' denied",
  },
  {
    situation: 'the owner reads a secret before it was made',
    request: {
      method: 'GET',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-stg-keys/versions/latest:access',
      as: 'owner',
    },
    status: 404,
    says: 'Secret [projects/123456789012/secrets/livekit-stg-keys] not found or has no versions.',
  },
  {
    situation: 'a secret without a secretId',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets',
      body: { replication: { automatic: {} } },
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'Secret ID',
  },
  {
    situation: 'a secret without replication',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets?secretId=a',
      body: {},
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'replication',
  },
  {
    situation: 'a payload that is not base64',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-dev-keys:addVersion',
      body: { payload: { data: 'not base64!' } },
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'payload.data',
  },
  {
    situation: 'a version added by one who may only read',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-dev-keys:addVersion',
      body: { payload: { data: 'YQ==' } },
      as: 'livekit-deploy',
    },
    status: 403,
    says: "Permission 'secretmanager.versions.add' denied",
  },
  {
    situation: 'a payload whose checksum does not match',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals:addVersion',
      body: { payload: { data: 'YQ==', dataCrc32c: '1' } },
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'checksum',
  },
  {
    situation: 'a version added without a payload',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals:addVersion',
      body: { payload: { data: '' } },
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'payload',
  },
  {
    situation: 'a version added to a secret that is not there',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/nowhere:addVersion',
      body: { payload: { data: 'YQ==' } },
      as: 'livekit-cicd',
    },
    status: 404,
    says: 'not found',
  },
  {
    situation: 'a version disabled that has changed since it was seen',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals/versions/1:disable',
      body: { etag: '"disabled-1"' },
      as: 'livekit-cicd',
    },
    status: 409,
    says: 'ABORTED: The etag',
  },
  {
    situation: 'a version destroyed that has changed since it was seen',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals/versions/1:destroy',
      body: { etag: '"disabled-1"' },
      as: 'livekit-cicd',
    },
    status: 409,
    says: 'ABORTED: The etag',
  },
  {
    situation: 'a destroyed version disabled',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals/versions/2:disable',
      body: {},
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'DESTROYED state',
  },
  {
    situation: 'a version that is not there destroyed',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/refusals/versions/77:destroy',
      body: {},
      as: 'livekit-cicd',
    },
    status: 404,
    says: 'not found',
  },
  {
    situation: 'a version disabled by one who may only read it',
    request: {
      method: 'POST',
      path: '/v1/projects/nova-livekit-dev/secrets/livekit-dev-keys/versions/1:disable',
      body: {},
      as: 'livekit-deploy',
    },
    status: 403,
    says: "Permission 'secretmanager.versions.disable' denied",
  },
];
