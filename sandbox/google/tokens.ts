import { randomBytes } from 'node:crypto';

/** Who a Google access token speaks for. */
export type Identity =
  | { readonly kind: 'serviceAccount'; readonly email: string; readonly uniqueId: string }
  | {
      readonly kind: 'federated';
      /** `projects/<number>/locations/global/workloadIdentityPools/<pool>` */
      readonly pool: string;
      readonly subject: string;
      /** Mapped attributes, `attribute.repository` to its value. */
      readonly attributes: Readonly<Record<string, string>>;
    };

export interface AccessToken {
  readonly identity: Identity;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The access tokens that were handed out. In memory only: after a restart everyone signs in again. */
export class Tokens {
  private readonly issued = new Map<string, AccessToken>();
  private readonly now: () => number;
  private longestSeconds = Infinity;

  constructor(now: () => number) {
    this.now = now;
  }

  issue(identity: Identity, scopes: readonly string[], lifetimeSeconds: number): { token: string; expiresAt: number } {
    for (const [token, { expiresAt }] of this.issued) {
      // Kept for an hour longer, so that a late caller is told that the token expired and not that it never was.
      if (expiresAt + 3_600_000 < this.now()) this.issued.delete(token);
    }
    const prefix = identity.kind === 'federated' ? 'ya29.d.' : 'ya29.c.';
    const token = prefix + randomBytes(96).toString('base64url');
    const expiresAt = this.now() + Math.min(lifetimeSeconds, this.longestSeconds) * 1000;
    this.issued.set(token, { identity, scopes, expiresAt });
    return { token, expiresAt };
  }

  /** For tests: no token from now on lives longer than this. */
  limit(seconds: number): void {
    this.longestSeconds = seconds;
  }

  /** For tests: every token that is out expires now. */
  expire(): void {
    for (const [token, issued] of this.issued) this.issued.set(token, { ...issued, expiresAt: this.now() });
  }

  find(token: string): AccessToken | 'expired' | 'unknown' {
    const found = this.issued.get(token);
    if (!found) return 'unknown';
    return found.expiresAt <= this.now() ? 'expired' : found;
  }
}

/** The name under which an identity appears in logs and messages. */
export function nameOf(identity: Identity): string {
  return identity.kind === 'serviceAccount'
    ? identity.email
    : `principal://iam.googleapis.com/${identity.pool}/subject/${identity.subject}`;
}
