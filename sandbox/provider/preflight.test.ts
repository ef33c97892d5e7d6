import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../terraform/bootstrap/preflight.sh', import.meta.url));

/** A project in which nothing is in the way: what gcloud answers, by a part of its arguments. An answer of null is a refusal. */
const GOOD: Record<string, string | null> = {
  'projects describe nova': '123456789012',
  'billing projects describe': 'True',
  'compute regions describe':
    'C2_CPUS,300.0,10.0\nCPUS,72.0,4.0\nSSD_TOTAL_GB,2048.0,50.0\nIN_USE_ADDRESSES,100.0,0.0\nSTATIC_ADDRESSES,8.0,0.0',
  vmExternalIpAccess: '',
  workloadIdentityPoolProviders: '',
  resourceLocations: '',
  restrictVpcPeering: '',
  restrictLoadBalancerCreationForTypes: '',
  disableServiceAccountCreation: '',
  disableWorkloadIdentityClusterCreation: '',
  allowedPolicyMemberDomains: '',
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'preflight-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** Runs the script with a gcloud that gives these answers. */
async function preflight(
  changes: Record<string, string | null>,
  args = ['nova'],
): Promise<{ code: number; text: string }> {
  const cases = Object.entries({ ...GOOD, ...changes })
    // the more telling part first
    .sort(([left], [right]) => right.length - left.length)
    .map(
      ([part, answer]) =>
        `  *'${part}'*) ${answer === null ? 'echo "denied" >&2; exit 1' : `printf '%s\\n' '${answer}'`} ;;`,
    );
  const gcloud = join(directory, 'gcloud');
  await writeFile(gcloud, ['#!/bin/bash', 'case "$*" in', ...cases, '  *) exit 1 ;;', 'esac', ''].join('\n'));
  await chmod(gcloud, 0o755);
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` };
  return new Promise((resolve) => {
    execFile('bash', [SCRIPT, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
    });
  });
}

test('finds nothing in the way of a good project', async () => {
  const { code, text } = await preflight({});
  expect(text).toContain('Nothing that is known stands in the way.');
  expect(text).not.toMatch(/PROBLEM|unknown/);
  expect(code).toBe(0);
});

test.each<[what: string, changes: Record<string, string | null>, sentence: string]>([
  [
    'too few processors',
    { 'compute regions describe': 'C2_CPUS,100.0,24.0' },
    'The quota C2_CPUS in asia-northeast1 has 76 free, and dev stg prd need 152.',
  ],
  [
    'too few addresses',
    { 'compute regions describe': 'IN_USE_ADDRESSES,8.0,0.0' },
    'The quota IN_USE_ADDRESSES in asia-northeast1 has 8 free, and dev stg prd need 36.',
  ],
  [
    'too little disk, as in a new project',
    { 'compute regions describe': 'SSD_TOTAL_GB,500.0,0.0' },
    'The quota SSD_TOTAL_GB in asia-northeast1 has 500 free, and dev stg prd need 1650.',
  ],
  [
    'too few processors for all else',
    { 'compute regions describe': 'CPUS,24.0,4.0' },
    'The quota CPUS in asia-northeast1 has 20 free, and dev stg prd need 24.',
  ],
  [
    'no peering',
    { 'restrictVpcPeering --project=nova --effective --format=value(listPolicy.allValues)': 'DENY' },
    'lets no network be peered',
  ],
  [
    'no load balancers',
    { 'restrictLoadBalancerCreationForTypes --project=nova --effective --format=value(listPolicy.allValues)': 'DENY' },
    'allows no load balancers',
  ],
  ['no billing account', { 'billing projects describe': 'False' }, 'The project has no billing account.'],
  [
    'no external addresses',
    {
      vmExternalIpAccess: '',
      'vmExternalIpAccess --project=nova --effective --format=value(listPolicy.allValues)': 'DENY',
    },
    'lets no machine have an external address',
  ],
  [
    'other identity providers only',
    {
      'workloadIdentityPoolProviders --project=nova --effective --format=value(listPolicy.allowedValues':
        'https://app.terraform.io',
    },
    "does not let GitHub's tokens sign in",
  ],
  ['no service accounts', { disableServiceAccountCreation: 'True' }, 'lets nobody make service accounts'],
  [
    'members of one domain only',
    { allowedPolicyMemberDomains: 'C01abcdef' },
    'restricts members of IAM policies to C01abcdef',
  ],
])('names %s', async (_, changes, sentence) => {
  const { code, text } = await preflight(changes);
  expect(text).toContain('PROBLEM');
  expect(text).toContain(sentence);
  expect(code).toBe(1);
});

test('takes GitHub among other identity providers', async () => {
  const allowed = 'https://app.terraform.io https://token.actions.githubusercontent.com';
  const { code } = await preflight({
    'workloadIdentityPoolProviders --project=nova --effective --format=value(listPolicy.allowedValues': allowed,
  });
  expect(code).toBe(0);
});

test('says what it could not find out, and does not take that for a problem', async () => {
  const { code, text } = await preflight({ 'compute regions describe': null, vmExternalIpAccess: null });
  expect(text).toContain('unknown  quotas (enable the API first');
  expect(text).toContain('unknown  policy constraints/compute.vmExternalIpAccess');
  expect(code).toBe(0);
});

test('asks for the quotas of the given environments only', async () => {
  const quotas = { 'compute regions describe': 'C2_CPUS,20.0,0.0\nIN_USE_ADDRESSES,8.0,0.0' };
  expect((await preflight(quotas, ['nova', 'europe-west4', 'dev'])).text).toContain(
    'ok       quota C2_CPUS in europe-west4: 16 of 20 free',
  );
});

test('ends where the project cannot be read', async () => {
  const { code, text } = await preflight({ 'projects describe nova': null });
  expect(text).toContain('The project nova cannot be read: denied');
  expect(code).toBe(2);
});
