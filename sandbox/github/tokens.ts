import { createHash } from 'node:crypto';
import { Refusal } from './answer.ts';
import type { Permissions, State, Token } from './state.ts';

export type Access = 'read' | 'write';

/** Alternatives of one permission each: any of them is enough. Empty: every valid token may. */
export type Needs = readonly (readonly [permission: string, access: Access])[];

export const digest = (token: string) => createHash('sha256').update(token).digest('hex');

/** The token of a request's Authorization header (`token X`, `Bearer X`, or basic with the token as password). */
export function tokenIn(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header ?? '') ?? [];
  if (/^(token|bearer)$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString().split(':').slice(1).join(':');
  return undefined;
}

/** Who is calling. Throws GitHub's 401 without a token, or with one that was never given out or has ended. */
export function authenticate(state: State, header: string | undefined): { token: Token; digest: string } {
  const value = tokenIn(header);
  if (value === undefined) throw new Refusal(401, 'Requires authentication');
  const key = digest(value);
  const token = state.tokens[key];
  if (!token) throw new Refusal(401, 'Bad credentials');
  return { token, digest: key };
}

const ORDER = { none: 0, read: 1, write: 2 };

/** Throws GitHub's 403 unless the token may do one of `needs`. */
export function authorize(token: Token, needs: Needs): void {
  if (needs.length === 0) return;
  if (token.permissions === 'person') {
    const mayWrite = token.role !== 'read';
    if (needs.some(([, access]) => access === 'read' || mayWrite)) return;
    throw new Refusal(403, 'Must have push access to the repository.');
  }
  const { permissions } = token;
  if (needs.some(([permission, access]) => ORDER[permissions[permission] ?? 'none'] >= ORDER[access])) return;
  throw new Refusal(403, 'Resource not accessible by integration');
}

export function addToken(state: State, value: string, token: Token): void {
  if (!/^gh[a-z]_[A-Za-z0-9]{20,}$/.test(value))
    throw new Error('A token looks like ghs_ and 20 or more letters or digits.');
  state.tokens[digest(value)] = token;
}

/** Ends a job's tokens, as GitHub does when the job ends. */
export function endJob(state: State, job: number): void {
  for (const [key, token] of Object.entries(state.tokens)) if (token.job === job) delete state.tokens[key];
  for (const [key, identity] of Object.entries(state.identities))
    if (identity.job === job) delete state.identities[key];
}

/** Every token of a job may read the repository's metadata. */
export const jobToken = (permissions: Permissions, job: number): Token => ({
  login: 'github-actions[bot]',
  permissions,
  role: 'write',
  job,
});
