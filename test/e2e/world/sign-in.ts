import { join } from 'node:path';
import { z } from 'zod';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { claimsOf, IdentityIssuer } from '../../../sandbox/github/oidc.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** An answer of Google, as far as it is looked at here. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A job of the user's repository, whose id token is GitHub's own, with claims changed at will. */
export async function idToken(config: SandboxConfig, change: Readonly<Record<string, string>> = {}): Promise<string> {
  const { repository, project } = config;
  const issuer = await IdentityIssuer.open(join(config.directory, 'github'));
  const workflow = `${repository.owner}/${repository.name}/.github/workflows/terraform-apply.yml@refs/heads/main`;
  const claims = claimsOf(
    { owner: repository.owner, name: repository.name, id: Number(repository.id), ownerId: Number(repository.ownerId) },
    {
      ...{ event: 'push', ref: 'refs/heads/main', sha: '0'.repeat(40), headRef: '', baseRef: '' },
      ...{ actor: 'ada', actorId: 1, workflow: 'terraform-apply', workflowRef: workflow, jobWorkflowRef: workflow },
      ...{ workflowSha: '0'.repeat(40), jobWorkflowSha: '0'.repeat(40), runId: '1', runNumber: '1', runAttempt: '1' },
      environment: 'dev',
    },
  );
  const audience = `https://iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/github-pool/providers/github-provider`;
  return issuer.token({ ...claims, ...change }, audience);
}

/** GitHub's token for a federated one of Google's. */
export async function exchange(config: SandboxConfig, token: string): Promise<Answer> {
  const provider = `//iam.googleapis.com/projects/${config.project.number}/locations/global/workloadIdentityPools/github-pool/providers/github-provider`;
  return post(`${config.addresses.google}/sts.googleapis.com/v1/token`, undefined, {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
    scope: SCOPE,
    audience: provider,
    subjectToken: token,
  });
}

/** The one workflow that may plan, as bootstrap binds it. */
export const PLAN_WORKFLOW = { job_workflow_ref: 'org/livekit-gke/.github/workflows/plan.yml@refs/tags/v1' };

/** An access token of a service account for a job of the repository, by both exchanges. */
export async function signIn(
  config: SandboxConfig,
  account: string,
  change: Readonly<Record<string, string>> = {},
): Promise<string> {
  const federated = await exchange(config, await idToken(config, change));
  const { access_token: token } = z.object({ access_token: z.string() }).parse(JSON.parse(federated.text));
  const email = `${account}@${config.project.id}.iam.gserviceaccount.com`;
  const url = `${config.addresses.google}/iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const answer = await post(url, token, { scope: [SCOPE] });
  return z.object({ accessToken: z.string() }).parse(JSON.parse(answer.text)).accessToken;
}

/** An access token of whoever set the project up. */
export async function ownerSignIn(config: SandboxConfig): Promise<string> {
  const { text } = await post(`${config.addresses.google}/sandbox/owner`, undefined, {});
  return z.object({ accessToken: z.string() }).parse(JSON.parse(text)).accessToken;
}

export async function post(url: string, token: string | undefined, body: unknown, method = 'POST'): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}
