import { Refusal, notFound, type Answer } from './answer.ts';
import { ISSUER } from './oidc.ts';
import type { Incoming } from './server.ts';
import { digest, tokenIn } from './tokens.ts';
import type { GitHub } from './world.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** GitHub's audience when a job asks for none: the owner's address on the real GitHub. */
const defaultAudience = (github: GitHub) => `https://github.com/${github.config.repository.owner}`;

/** The id-token issuer: `/_oidc/token` for jobs, keys and configuration for those who check the tokens. */
export async function identityAnswer(github: GitHub, { method, path, query, headers }: Incoming): Promise<Answer> {
  try {
    if (method !== 'GET') throw notFound();
    if (path === '/_oidc/token') return await tokenAnswer(github, headers.authorization, query.get('audience'));
    if (path === '/_oidc/.well-known/jwks') return { status: 200, headers: JSON_TYPE, body: github.issuer.keys() };
    if (path === '/_oidc/.well-known/openid-configuration')
      return { status: 200, headers: JSON_TYPE, body: configuration(github) };
    throw notFound();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...error.answer(), headers: JSON_TYPE };
  }
}

async function tokenAnswer(
  github: GitHub,
  authorization: string | undefined,
  audience: string | null,
): Promise<Answer> {
  const requestToken = tokenIn(authorization);
  if (requestToken === undefined) throw new Refusal(401, 'The request has no bearer token.');
  const identity = github.state.identities[digest(requestToken)];
  if (!identity) throw new Refusal(401, 'The request token is not one of a running job with `id-token: write`.');
  if (audience === '') throw new Refusal(400, 'The audience is empty.');
  const value = await github.issuer.token(identity.claims, audience ?? defaultAudience(github));
  return { status: 200, headers: JSON_TYPE, body: { count: value.length, value } };
}

const configuration = (github: GitHub) => ({
  issuer: ISSUER,
  jwks_uri: `${github.config.addresses.github}/_oidc/.well-known/jwks`,
  subject_types_supported: ['public', 'pairwise'],
  response_types_supported: ['id_token'],
  claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'ref', 'sha', 'repository', 'repository_id'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid'],
});
