import { z } from 'zod';
import { reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import type { Context } from '../runner/context.ts';
import { mask } from '../runner/mask.ts';
import { githubFailures } from './failures.ts';

/** A token for nobody: whoever saw it could do nothing with it. */
const AUDIENCE = 'livekit-gke-job';
const ATTEMPTS = 4;
const TIMEOUT_SECONDS = 15;

const answerSchema = z.object({ value: z.string().min(1) });
const claimsSchema = z.object({ environment: z.string().min(1).optional() });

/**
 * The `environment` claim of a job's OIDC token: the GitHub environment that the job runs in, whose rules it has passed.
 * The signature is not looked at, since GitHub gives the token to the job itself. Throws LK-GITHUB-011.
 */
export function environmentClaim(token: string): string | undefined {
  const [, payload = ''] = token.split('.');
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch (error) {
    throw githubFailures.failure('answer', { what: 'The OIDC token of the job is no JSON Web Token.', cause: error });
  }
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success)
    throw githubFailures.failure('answer', {
      what: 'The OIDC token of the job has a claim `environment` that is no text.',
    });
  return parsed.data.environment;
}

/** Asks GitHub in which of its environments the job runs; `undefined` for none. Throws LK-GITHUB-011 and -013. */
export async function environmentOfJob(idToken: Context['idToken']): Promise<string | undefined> {
  if (idToken === undefined)
    throw githubFailures.failure('noJobToken', { what: 'The job has no permission to ask GitHub for its OIDC token.' });
  mask(idToken.requestToken);
  const url = new URL(idToken.requestUrl);
  url.searchParams.set('audience', AUDIENCE);
  const ask = async () => {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${idToken.requestToken}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
    });
    if (!response.ok) throw new Refused(response.status);
    return answerSchema.parse(await response.json());
  };
  let token: string;
  try {
    ({ value: token } = await retry(ask, {
      attempts: ATTEMPTS,
      baseSeconds: 1,
      isTransient: (error) => !(error instanceof Refused) || error.status >= 500 || error.status === 429,
    }));
  } catch (error) {
    throw githubFailures.failure('noJobToken', {
      what: `GitHub did not give the job its OIDC token: ${reason(error)}.`,
      cause: error,
    });
  }
  mask(token);
  return environmentClaim(token);
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`HTTP status ${status}`);
    this.status = status;
  }
}
