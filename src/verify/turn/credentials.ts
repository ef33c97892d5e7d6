import { createHash } from 'node:crypto';
import type { ApiKey } from '../keys.ts';
import type { Credentials } from './allocation.ts';
import { decodeBase62, encodeBase62 } from './base62.ts';

/** What is known of how long TURN credentials of a JoinResponse live. */
export type Lifetime =
  | { readonly kind: 'expires'; readonly at: number; readonly expired: Credentials | undefined }
  | { readonly kind: 'never' }
  | { readonly kind: 'unknown' };

/**
 * Reads when LiveKit's credentials end, and makes ones that have ended already. A user name is `<key>|<participant>`, from
 * 1.12 on with `|<end in seconds>`; the password is a hash of the secret and the rest (livekit/pkg/service/turn.go). What is
 * made this way is trusted only if the same way gives the server's own password; `expired` is undefined else.
 */
export function lifetimeOf(credentials: Credentials, { key, secret }: ApiKey, nowSeconds: number): Lifetime {
  const parts = decodeBase62(credentials.username)?.toString('latin1').split('|') ?? [];
  const [owner, participant = '', end] = parts;
  if (owner !== key || parts.length > 3) return { kind: 'unknown' };
  if (end === undefined) return { kind: 'never' };
  const at = Number(end);
  if (!Number.isSafeInteger(at)) return { kind: 'unknown' };
  const derivation = DERIVATIONS.find((derive) => derive(secret, participant, at) === credentials.password);
  const past = nowSeconds - 3600;
  const expired = derivation && {
    username: encodeBase62(Buffer.from([owner, participant, past].join('|'), 'latin1')),
    password: derivation(secret, participant, past),
  };
  return { kind: 'expires', at, expired };
}

const hash = (text: string) => encodeBase62(createHash('sha256').update(text).digest());

/** Since 1.13, and in 1.12. */
const DERIVATIONS: readonly ((secret: string, participant: string, end: number) => string)[] = [
  (secret, participant, end) => hash([secret, participant, end].join('|')),
  (secret, participant) => hash([secret, participant].join('|')),
];
