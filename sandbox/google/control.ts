import { z } from 'zod';
import { projectRoles } from './access.ts';
import { GoogleError, invalidArgument } from './errors.ts';
import type { Incoming } from './dispatch.ts';
import { faultSchema } from './faults.ts';
import { ownerOf } from './identities.ts';
import type { Answer, Cloud } from './service.ts';

const reviewSchema = z.object({
  apiVersion: z.literal('authentication.k8s.io/v1'),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string(), audiences: z.array(z.string()).optional() }),
});

/** How long a token lives at most; null takes the limit away. */
const limitSchema = z.strictObject({ seconds: z.number().positive().nullable() });

/**
 * What is not Google's: the token review of the API server, the owner's sign-in, the request log, and faults for tests. No
 * token is needed.
 */
export function control(incoming: Incoming, cloud: Cloud): Answer {
  switch (`${incoming.method} ${incoming.path}`) {
    case 'POST /kubernetes/tokenreview':
      return { body: reviewToken(parse(reviewSchema, incoming), cloud) };
    case 'POST /owner':
      return { body: ownerToken(cloud) };
    case 'GET /requests':
      return { body: { requests: cloud.journal.all() } };
    case 'DELETE /requests':
      cloud.journal.clear();
      return { status: 204 };
    case 'GET /faults':
      return { body: { faults: cloud.faults.pending() } };
    case 'POST /faults':
      cloud.faults.add(parse(faultSchema, incoming));
      return { status: 201, body: { faults: cloud.faults.pending() } };
    case 'DELETE /faults':
      cloud.faults.clear();
      return { status: 204 };
    case 'POST /tokens/limit':
      cloud.tokens.limit(parse(limitSchema, incoming).seconds ?? Infinity);
      return { status: 204 };
    case 'POST /tokens/expire':
      cloud.tokens.expire();
      return { status: 204 };
    case 'GET /identities':
      return { body: cloud.identities() };
    case 'GET /health':
      return { body: { status: 'ok' } };
    default:
      throw new GoogleError(404, 'NOT_FOUND', `The sandbox has no ${incoming.method} /sandbox${incoming.path}.`);
  }
}

/** GKE's authentication: an access token of a service account is a user with its e-mail address. */
function reviewToken({ spec }: z.output<typeof reviewSchema>, cloud: Cloud): unknown {
  const answer = (status: Record<string, unknown>) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    status,
  });
  const found = cloud.tokens.find(spec.token);
  if (typeof found === 'string') return answer({ authenticated: false, error: `the token is ${found}` });
  if (found.identity.kind !== 'serviceAccount') {
    return answer({ authenticated: false, error: 'a federated token is not of a service account' });
  }
  if (!found.scopes.includes('https://www.googleapis.com/auth/cloud-platform')) {
    return answer({ authenticated: false, error: 'the token lacks the scope cloud-platform' });
  }
  const identities = cloud.identities();
  const roles = projectRoles(identities, found.identity, cloud.config.project.id);
  // A role of the project's own is told by its permissions: what is taken out of it is gone in the cluster too.
  const rights = roles.flatMap((role) => {
    const permissions = identities.customRoles?.[role];
    return permissions ? permissions.filter((name) => name.startsWith('container.')) : [role];
  });
  return answer({
    authenticated: true,
    user: {
      username: found.identity.email,
      uid: found.identity.uniqueId,
      groups: [...rights.map((right) => `iam:${right}`), 'system:authenticated'],
    },
    ...(spec.audiences ? { audiences: spec.audiences } : {}),
  });
}

/** What `gcloud auth print-access-token` prints for whoever set the project up. */
function ownerToken(cloud: Cloud): { accessToken: string } {
  const account = cloud.identities().serviceAccounts.find(({ email }) => email === ownerOf(cloud.config.project));
  if (!account) throw new GoogleError(404, 'NOT_FOUND', 'The project has no owner.');
  const { email, uniqueId } = account;
  const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
  return { accessToken: cloud.tokens.issue({ kind: 'serviceAccount', email, uniqueId }, scopes, 3600).token };
}

function parse<Schema extends z.ZodType>(schema: Schema, incoming: Incoming): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(incoming.body.toString('utf8'));
  } catch {
    throw invalidArgument('The body is not JSON.');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidArgument(z.prettifyError(parsed.error));
  return parsed.data;
}
