import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importPKCS8 } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { RepositoryFacts } from './shapes/addresses.ts';

/** The real issuer's name: who trusts GitHub's tokens checks exactly this. */
export const ISSUER = 'https://token.actions.githubusercontent.com';

const LIFETIME_SECONDS = 300;

/** Signs id tokens as GitHub's issuer does (RS256). The key stays in `<directory>/oidc-key.pem`, 0600. */
export class IdentityIssuer {
  readonly #key: CryptoKey;
  readonly #public: JWK;

  private constructor(key: CryptoKey, publicKey: JWK) {
    this.#key = key;
    this.#public = publicKey;
  }

  static async open(directory: string): Promise<IdentityIssuer> {
    const path = join(directory, 'oidc-key.pem');
    if (!existsSync(path)) {
      const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
      writeFileSync(path, await exportPKCS8(pair.privateKey), { mode: 0o600 });
    }
    const key = await importPKCS8(readFileSync(path, 'utf8'), 'RS256', { extractable: true });
    const { kty, n, e } = await exportJWK(key);
    const publicKey = { kty, n, e } as JWK;
    return new IdentityIssuer(key, {
      ...publicKey,
      kid: await calculateJwkThumbprint(publicKey),
      alg: 'RS256',
      use: 'sig',
    });
  }

  keys(): { keys: JWK[] } {
    return { keys: [this.#public] };
  }

  /** A token for `audience`; `nowSeconds` is since the epoch. */
  async token(claims: Record<string, string>, audience: string, nowSeconds = Date.now() / 1000): Promise<string> {
    const issued = Math.floor(nowSeconds);
    return new SignJWT({ jti: randomUUID(), ...claims })
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#public.kid ?? '' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt(issued)
      .setNotBefore(issued - 600)
      .setExpirationTime(issued + LIFETIME_SECONDS)
      .sign(this.#key);
  }
}

export interface JobFacts {
  readonly event: string;
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
  readonly actorId: number;
  readonly workflow: string;
  /** `owner/repository/.github/workflows/FILE@REF` of the workflow that the event started. */
  readonly workflowRef: string;
  readonly workflowSha: string;
  /** The same for the file that the job stands in: another one for a reusable workflow. */
  readonly jobWorkflowRef: string;
  readonly jobWorkflowSha: string;
  readonly runId: string;
  readonly runNumber: string;
  readonly runAttempt: string;
  readonly environment: string | null;
}

/** The claims of a job's id token, as GitHub documents them. */
export function claimsOf(repository: RepositoryFacts, job: JobFacts): Record<string, string> {
  const full = `${repository.owner}/${repository.name}`;
  return {
    sub: `repo:${full}:${subject(job)}`,
    repository: full,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: 'private',
    actor: job.actor,
    actor_id: String(job.actorId),
    workflow: job.workflow,
    workflow_ref: job.workflowRef,
    workflow_sha: job.workflowSha,
    job_workflow_ref: job.jobWorkflowRef,
    job_workflow_sha: job.jobWorkflowSha,
    event_name: job.event,
    ref: job.ref,
    ref_type: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: job.ref === 'refs/heads/main' ? 'true' : 'false',
    sha: job.sha,
    head_ref: job.headRef,
    base_ref: job.baseRef,
    run_id: job.runId,
    run_number: job.runNumber,
    run_attempt: job.runAttempt,
    runner_environment: 'github-hosted',
    ...(job.environment !== null && { environment: job.environment }),
  };
}

/** GitHub's default subject: the environment before everything, then pull request, then the ref. */
function subject(job: JobFacts): string {
  if (job.environment !== null) return `environment:${encodeURIComponent(job.environment)}`;
  if (job.event === 'pull_request') return 'pull_request';
  return `ref:${job.ref}`;
}
