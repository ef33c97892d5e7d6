import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startTrial, type Trial } from './trial.ts';
import { claimsOf, ISSUER, type JobFacts } from './oidc.ts';

let trial: Trial;
beforeAll(async () => void (trial = await startTrial()));
afterAll(() => trial.close());

const FACTS: JobFacts = {
  event: 'push',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  headRef: '',
  baseRef: '',
  actor: 'ada',
  actorId: 7,
  workflow: 'Apply',
  workflowRef: 'nova/livekit/.github/workflows/apply.yml@refs/heads/main',
  workflowSha: 'a'.repeat(40),
  jobWorkflowRef: 'org/livekit-gke/.github/workflows/apply.yml@refs/tags/v1',
  jobWorkflowSha: 'b'.repeat(40),
  runId: '1',
  runNumber: '2',
  runAttempt: '1',
  environment: null,
};

async function launcher<T>(method: string, path: string, body: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(`${trial.config.addresses.github}/_launcher${path}`, {
    method,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as T };
}

let counter = 0;
async function startJob(facts: JobFacts, permissions: Record<string, string> = { 'id-token': 'write' }) {
  const headSha = trial.github.git.commitOf('main');
  const run = await launcher<{ id: number }>('POST', '/runs', {
    ...{
      workflow: 'Apply',
      path: '.github/workflows/apply.yml',
      event: 'push',
      title: 't',
      actor: 'ada',
      headBranch: 'main',
      headSha,
    },
  });
  const requestToken = `ghs_request${String(++counter).padStart(22, '0')}`;
  const token = `ghs_token${String(counter).padStart(22, '0')}`;
  const job = await launcher<{ id: number; message?: string }>('POST', `/runs/${run.body.id}/jobs`, {
    ...{ name: 'apply', permissions, token, environment: facts.environment, identity: { requestToken, facts } },
  });
  return { run: run.body.id, job, requestToken, token };
}

const ask = (token: string | undefined, query = 'audience=me') =>
  fetch(`${trial.config.addresses.github}/_oidc/token?api-version=2.0&${query}`, {
    headers: token === undefined ? {} : { authorization: `bearer ${token}` },
  });

it("signs a job's claims with a key that can be fetched, for five minutes", async () => {
  const { requestToken } = await startJob(FACTS);
  const { value } = (await (await ask(requestToken)).json()) as { value: string };
  const keys = createRemoteJWKSet(new URL(`${trial.config.addresses.github}/_oidc/.well-known/jwks`));
  const { payload } = await jwtVerify(value, keys, { issuer: ISSUER, audience: 'me', algorithms: ['RS256'] });
  expect(payload).toMatchObject({
    sub: 'repo:nova/livekit:ref:refs/heads/main',
    repository_id: '900100',
    repository_owner_id: '900001',
    job_workflow_ref: FACTS.jobWorkflowRef,
    event_name: 'push',
  });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  await expect(jwtVerify(value, keys, { issuer: ISSUER, audience: 'other' })).rejects.toThrow('unexpected "aud"');
});

it('uses the owner as audience when a job asks for none', async () => {
  const { requestToken } = await startJob(FACTS);
  const { value } = (await (await ask(requestToken, '')).json()) as { value: string };
  const claims = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()) as { aud: string };
  expect(claims.aud).toBe('https://github.com/nova');
});

it.each([
  ['an environment before everything else', { ...FACTS, event: 'pull_request', environment: 'prd' }, 'environment:prd'],
  ['a pull request', { ...FACTS, event: 'pull_request', ref: 'refs/pull/1/merge' }, 'pull_request'],
  ['a tag', { ...FACTS, ref: 'refs/tags/v1' }, 'ref:refs/tags/v1'],
])('names %s in the subject', (_, facts, subject) => {
  const claims = claimsOf({ owner: 'nova', name: 'livekit', id: 1, ownerId: 2 }, facts);
  expect(claims['sub']).toBe(`repo:nova/livekit:${subject}`);
});

it('refuses a request without a token, with another token, and after the job has ended', async () => {
  const { run, job, requestToken, token } = await startJob(FACTS);
  expect((await ask(undefined)).status).toBe(401);
  expect((await ask(token)).status).toBe(401);
  expect((await ask(requestToken, 'audience=')).status).toBe(400);
  await launcher('PATCH', `/runs/${run}/jobs/${job.body.id}`, { conclusion: 'success' });
  expect((await ask(requestToken)).status).toBe(401);
});

it('gives no identity to a job that may not have one', async () => {
  const { job } = await startJob(FACTS, { contents: 'read' });
  expect(job).toMatchObject({ status: 400, body: { message: expect.stringContaining('id-token: write') as string } });
});

it('keeps its key, tokens by digest only, and everything else over a restart', async () => {
  const { token, requestToken } = await startJob(FACTS, { 'id-token': 'write', contents: 'read' });
  const again = await startTrial(trial.directory);
  try {
    expect(again.github.issuer.keys()).toEqual(trial.github.issuer.keys());
    expect(JSON.stringify(again.github.state)).not.toContain(token);
    const url = again.config.addresses.github;
    const answer = await fetch(`${url}/_oidc/token?audience=x`, {
      headers: { authorization: `bearer ${requestToken}` },
    });
    expect(answer.status).toBe(200);
    const headers = { authorization: `token ${token}`, 'user-agent': 'x' };
    expect((await fetch(`${url}/api/v3/repos/nova/livekit/branches/main`, { headers })).status).toBe(200);
  } finally {
    await again.stop();
  }
});
