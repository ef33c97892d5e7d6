import { z } from 'zod';
import { GoogleError, invalidArgument, notFound } from '../errors.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';

const bodySchema = z.strictObject({
  scope: z.union([z.string().transform((scope) => [scope]), z.array(z.string())]).default([]),
  lifetime: z.string().default('3600s'),
  delegates: z.array(z.string()).optional(),
});

const planAccount = '/v1/projects/-/serviceAccounts/livekit-plan@nova-livekit-dev.iam.gserviceaccount.com';
const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';

/** IAM Service Account Credentials: a service account's access token for one who may impersonate it. */
export const iamCredentials: Service = {
  host: 'iamcredentials.googleapis.com',
  scopes: ['https://www.googleapis.com/auth/iam'],
  routes: [
    route({
      method: 'POST',
      path: '/v1/projects/{account_project}/serviceAccounts/{email}:generateAccessToken',
      body: bodySchema,
      answer: generateAccessToken,
    }),
  ],
  refusals: [
    {
      situation: 'no token at all',
      request: {
        method: 'POST',
        path: `${planAccount}:generateAccessToken`,
        body: { scope: [cloudPlatform] },
        as: 'anonymous',
      },
      status: 401,
      says: 'missing required authentication credential',
    },
    {
      situation: 'a project id in place of the wildcard',
      request: {
        method: 'POST',
        path: `${planAccount.replace('/-/', '/nova-livekit-dev/')}:generateAccessToken`,
        body: { scope: [cloudPlatform] },
        as: 'federated',
      },
      status: 400,
      says: 'INVALID_ARGUMENT',
    },
    {
      situation: 'a workflow of a repository that is not bound to the service account',
      request: {
        method: 'POST',
        path: `${planAccount}:generateAccessToken`,
        body: { scope: [cloudPlatform] },
        as: 'federated-elsewhere',
      },
      status: 403,
      says: "Permission 'iam.serviceAccounts.getAccessToken' denied",
    },
    {
      situation: 'one service account for another',
      request: {
        method: 'POST',
        path: `${planAccount.replace('livekit-plan', 'livekit-cicd')}:generateAccessToken`,
        body: { scope: [cloudPlatform] },
        as: 'livekit-plan',
      },
      status: 403,
      says: "Permission 'iam.serviceAccounts.getAccessToken' denied",
    },
    {
      situation: 'a service account that does not exist',
      request: {
        method: 'POST',
        path: `${planAccount.replace('livekit-plan', 'livekit-nobody')}:generateAccessToken`,
        body: { scope: [cloudPlatform] },
        as: 'federated',
      },
      status: 404,
      says: 'livekit-nobody',
    },
    {
      situation: 'no scope',
      request: { method: 'POST', path: `${planAccount}:generateAccessToken`, body: {}, as: 'federated' },
      status: 400,
      says: 'scope',
    },
    {
      situation: 'a lifetime beyond an hour',
      request: {
        method: 'POST',
        path: `${planAccount}:generateAccessToken`,
        body: { scope: [cloudPlatform], lifetime: '7200s' },
        as: 'federated',
      },
      status: 400,
      says: 'lifetime',
    },
  ],
};

function generateAccessToken({ body, params, identity, cloud }: Call<z.output<typeof bodySchema>>) {
  if (params['account_project'] !== '-') {
    throw invalidArgument(
      'Request contains an invalid argument. The project must be the wildcard "-" (INVALID_ARGUMENT).',
    );
  }
  if (body.scope.length === 0 || body.scope.some((scope) => !scope.startsWith('https://www.googleapis.com/auth/'))) {
    throw invalidArgument('Request contains an invalid argument: scope must name at least one OAuth 2.0 scope.');
  }
  const seconds = Number(/^(\d+)(?:\.\d+)?s$/.exec(body.lifetime)?.[1]);
  if (!(seconds >= 1 && seconds <= 3600)) {
    throw invalidArgument('The access token lifetime must be between 1s and 3600s: lifetime.');
  }
  const wanted = params['email'] ?? '';
  const account = cloud
    .identities()
    .serviceAccounts.find(({ email, uniqueId }) => email === wanted || uniqueId === wanted);
  if (!account) throw notFound(`Not found; Gaia id not found for email ${wanted}`);
  cloud.demand(identity, 'iam.serviceAccounts.getAccessToken', `projects/-/serviceAccounts/${account.email}`);
  if (account.disabled)
    throw new GoogleError(403, 'PERMISSION_DENIED', `Service account ${account.email} is disabled.`);
  const { email, uniqueId } = account;
  const { token, expiresAt } = cloud.tokens.issue({ kind: 'serviceAccount', email, uniqueId }, body.scope, seconds);
  return { body: { accessToken: token, expireTime: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z') } };
}
