import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { OAuthError } from '../errors.ts';
import { compile, EvaluationError, holds } from '../expression.ts';
import type { Value } from '../expression.ts';
import type { IdentityProvider } from '../identities.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';

const optional = z.string().optional();
const requestSchema = z.object({
  grant_type: optional,
  audience: optional,
  scope: optional,
  requested_token_type: optional,
  subject_token: optional,
  subject_token_type: optional,
});
type TokenRequest = z.output<typeof requestSchema>;

/** The same request in JSON has names in camel case. */
const bodySchema = z.looseObject({}).transform((fields): TokenRequest => {
  const snake = Object.entries(fields).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const parsed = requestSchema.safeParse(Object.fromEntries(snake));
  return parsed.success ? parsed.data : {};
});

const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const subjectTypes = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];
const lifetimeSeconds = 3600;
const githubAudience =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github-pool/providers/github-provider';

const invalidRequest = (description: string) => new OAuthError(400, 'invalid_request', description);
const invalidGrant = (description: string) => new OAuthError(400, 'invalid_grant', description);

/** Security Token Service: gives a federated access token for a GitHub OIDC token (RFC 8693). */
export const sts: Service = {
  host: 'sts.googleapis.com',
  routes: [route({ method: 'POST', path: '/v1/token', public: true, form: true, body: bodySchema, answer: exchange })],
  refusals: [
    {
      situation: 'no grant type',
      request: { method: 'POST', path: '/v1/token', form: { audience: githubAudience }, as: 'anonymous' },
      status: 400,
      says: 'Invalid value for "grant_type"',
    },
    {
      situation: 'the provider without its resource name',
      request: { method: 'POST', path: '/v1/token', form: valid({ audience: 'github-provider' }), as: 'anonymous' },
      status: 400,
      says: 'This value should be the full resource name of the Identity Provider',
    },
    {
      situation: 'a provider that does not exist',
      request: {
        method: 'POST',
        path: '/v1/token',
        form: valid({ audience: githubAudience.replace('github-provider', 'gitlab-provider') }),
        as: 'anonymous',
      },
      status: 400,
      says: "it doesn't exist",
    },
    {
      situation: 'a provider named by the project id in place of its number',
      request: {
        method: 'POST',
        path: '/v1/token',
        form: valid({ audience: githubAudience.replace('123456789012', 'nova-livekit-dev') }),
        as: 'anonymous',
      },
      status: 400,
      says: 'Invalid value for "audience"',
    },
    {
      situation: 'another type of token asked for',
      request: {
        method: 'POST',
        path: '/v1/token',
        form: valid({ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
        as: 'anonymous',
      },
      status: 400,
      says: 'requested_token_type',
    },
    {
      situation: 'an access token as subject',
      request: { method: 'POST', path: '/v1/token', form: valid({ subject_token_type: accessToken }), as: 'anonymous' },
      status: 400,
      says: 'subject_token_type',
    },
    {
      situation: 'no scope',
      request: { method: 'POST', path: '/v1/token', form: valid({ scope: '' }), as: 'anonymous' },
      status: 400,
      says: 'scope',
    },
    {
      situation: 'a subject that is no JSON Web Token',
      request: { method: 'POST', path: '/v1/token', form: valid({ subject_token: 'v1.secret' }), as: 'anonymous' },
      status: 400,
      says: 'Unable to parse the ID Token.',
    },
  ],
};

function valid(change: Readonly<Record<string, string>>): Record<string, string> {
  return {
    grant_type: tokenExchange,
    requested_token_type: accessToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    audience: githubAudience,
    subject_token: 'e30.e30.e30',
    ...change,
  };
}

async function exchange({ body, cloud }: Call<TokenRequest>): Promise<{ body: unknown }> {
  if (body.grant_type !== tokenExchange) {
    throw invalidRequest(`Invalid value for "grant_type". This value should be "${tokenExchange}".`);
  }
  if (body.requested_token_type !== accessToken) {
    throw invalidRequest(`Invalid value for "requested_token_type". This value should be "${accessToken}".`);
  }
  if (body.subject_token_type === undefined || !subjectTypes.includes(body.subject_token_type)) {
    throw invalidRequest('Invalid value for "subject_token_type" of a provider of type OIDC.');
  }
  const scopes = (body.scope ?? '').split(' ').filter((scope) => scope !== '');
  if (scopes.length === 0 || scopes.some((scope) => !scope.startsWith('https://www.googleapis.com/auth/'))) {
    throw invalidRequest('Invalid value for "scope". At least one OAuth 2.0 scope of a Google API is required.');
  }
  const name =
    /^\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+)$/.exec(
      body.audience ?? '',
    )?.[1];
  if (name === undefined) {
    throw invalidRequest(
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
    );
  }
  const provider = cloud.identities().providers.find((candidate) => candidate.name === name && !candidate.disabled);
  if (!provider) {
    throw new OAuthError(
      400,
      'invalid_target',
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
    );
  }

  const assertion = (await verify(body.subject_token ?? '', provider, cloud.now())) as Record<string, Value>;
  const attributes = mapped(provider, assertion);
  if (
    provider.attributeCondition !== '' &&
    !holds(provider.attributeCondition, { assertion, ...condition(attributes) })
  ) {
    throw new OAuthError(401, 'unauthorized_client', 'The given credential is rejected by the attribute condition.');
  }
  const subject = attributes['google.subject'] ?? '';
  const pool = name.replace(/\/providers\/.*$/, '');
  const { token, expiresAt } = cloud.tokens.issue(
    { kind: 'federated', pool, subject, attributes },
    scopes,
    lifetimeSeconds,
  );
  const left = Math.floor((expiresAt - cloud.now()) / 1000);
  return {
    body: { access_token: token, issued_token_type: accessToken, token_type: 'Bearer', expires_in: left },
  };
}

const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

async function verify(token: string, provider: IdentityProvider, now: number): Promise<JWTPayload> {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw invalidGrant('Unable to parse the ID Token.');
  const payload = await verifiedSignature(token, provider, now);
  if (payload.iss !== provider.issuer) {
    throw invalidGrant(
      `The issuer in ID Token ${payload.iss ?? ''} does not match the expected ones: ${provider.issuer}`,
    );
  }
  const audiences = [payload.aud ?? []].flat();
  const accepted =
    provider.allowedAudiences.length > 0
      ? provider.allowedAudiences
      : [`https://iam.googleapis.com/${provider.name}`, `//iam.googleapis.com/${provider.name}`];
  if (!audiences.some((audience) => accepted.includes(audience))) {
    throw invalidGrant(
      `The audience in ID Token [${audiences.join(', ')}] does not match the expected audience ${accepted[0] ?? ''}.`,
    );
  }
  const { iat, exp } = payload;
  if (iat === undefined || exp === undefined || exp - iat > 86_400) {
    throw invalidGrant('The ID Token must carry iat and exp, and must not live longer than 24 hours.');
  }
  return payload;
}

async function verifiedSignature(token: string, provider: IdentityProvider, now: number): Promise<JWTPayload> {
  let keys = keySets.get(provider.jwksUri);
  if (!keys) {
    if (provider.jwksUri === '') throw invalidGrant("Error connecting to the given credential's issuer.");
    keys = createRemoteJWKSet(new URL(provider.jwksUri), { cooldownDuration: 1000, timeoutDuration: 5000 });
    keySets.set(provider.jwksUri, keys);
  }
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256', 'ES256'],
      currentDate: new Date(now),
      clockTolerance: 5,
    });
    if (payload.iat !== undefined && payload.iat * 1000 > now + 5000) {
      throw invalidGrant('ID Token issued in the future.');
    }
    return payload;
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    if (error instanceof errors.JWTExpired) {
      throw invalidGrant(`ID Token issued at ${String(error.payload.iat)} is stale to sign-in.`);
    }
    if (error instanceof errors.JWTClaimValidationFailed) throw invalidGrant('ID Token is not valid yet.');
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
      throw invalidGrant('Invalid JWT signature: the token was not signed by a key of the issuer.');
    }
    if (error instanceof errors.JOSEAlgNotAllowed)
      throw invalidGrant('The signature algorithm must be RS256 or ES256.');
    if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
      throw invalidGrant('Unable to parse the ID Token.');
    }
    throw invalidGrant("Error connecting to the given credential's issuer.");
  }
}

function mapped(provider: IdentityProvider, assertion: Record<string, Value>): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, expression] of Object.entries(provider.attributeMapping)) {
    try {
      const value = compile(expression)({ assertion });
      if (typeof value !== 'string') throw new EvaluationError('not a string');
      attributes[name] = value;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw invalidGrant(`Could not obtain a value for ${name} from the given credential.`);
    }
  }
  const subject = attributes['google.subject'] ?? '';
  if (subject === '') throw invalidGrant('Could not obtain a value for google.subject from the given credential.');
  if (Buffer.byteLength(subject) > 127) {
    throw invalidRequest('The size of mapped attribute google.subject exceeds the 127 bytes limit.');
  }
  return attributes;
}

/** Mapped attributes as a condition sees them: `google.subject`, `attribute.repository`. */
function condition(attributes: Readonly<Record<string, string>>): Record<string, Record<string, string>> {
  const groups: Record<string, Record<string, string>> = { google: {}, attribute: {} };
  for (const [name, value] of Object.entries(attributes)) {
    const [group = '', key = ''] = name.split('.');
    groups[group] = { ...groups[group], [key]: value };
  }
  return groups;
}
