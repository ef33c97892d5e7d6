import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedIdentities, type Binding } from './identities.ts';
import { startBench, type Bench } from './test-bench.ts';

const README = fileURLToPath(new URL('../../terraform/bootstrap/README.md', import.meta.url));

let bench: Bench;
let directory: string;
/** The arguments of each call of gcloud, in their order. */
let calls: string[][];

beforeAll(async () => {
  bench = await startBench();
  directory = await mkdtemp(join(tmpdir(), 'gcloud-readme-'));
  const { project, repository } = bench.config;
  const script = /## The same by gcloud[\s\S]*?```sh\n([\s\S]*?)\n```/.exec(await readFile(README, 'utf8'))?.[1] ?? '';
  await writeFile(join(directory, 'script'), script.replace('your-gcp-project-id', project.id));
  const log = join(directory, 'calls');
  const programs = {
    gcloud: `[[ "$1 $2" == 'projects describe' ]] && echo ${project.number}\nprintf '%s\\0' "$@" $'\\1' >>'${log}'`,
    gh: `[[ "$*" == *'.owner.id' ]] && echo ${repository.ownerId} || echo ${repository.id}`,
  };
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(directory, name), `#!/bin/bash\n${body}\n`);
    await chmod(join(directory, name), 0o755);
  }
  const env = { ...process.env, PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}`, TMPDIR: directory };
  execFileSync('bash', ['-eu', join(directory, 'script')], { env, cwd: directory });
  const text = await readFile(log, 'utf8');
  calls = text.split('\u0001\0').map((call) => call.split('\0').slice(0, -1));
});
afterAll(async () => {
  await bench.close();
  await rm(directory, { recursive: true });
});

const option = (call: readonly string[], name: string): string | undefined =>
  call.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const callsOf = (...words: string[]): string[][] =>
  calls.filter((call) => words.every((word, index) => call[index] === word));

function bindingOf(call: readonly string[]): Binding {
  const target = call[call.indexOf('add-iam-policy-binding') + 1]!;
  const resource = {
    projects: `projects/${target}`,
    iam: `projects/-/serviceAccounts/${target}`,
    storage: `projects/_/buckets/${target.replace('gs://', '')}`,
  }[call[0]!]!;
  const condition = /;expression=([\s\S]*)$/.exec(option(call, 'condition') ?? '')?.[1];
  return {
    resource,
    role: option(call, 'role')!,
    member: option(call, 'member')!,
    ...(condition === undefined ? {} : { condition }),
  };
}
const told = ({ resource, role, member, condition = 'always' }: Binding): string =>
  `${member} has ${role} on ${resource}: ${condition}`;

test('the commands give the bindings that the bootstrap gives, no more and no less', () => {
  const given = calls.filter((call) => call.includes('add-iam-policy-binding')).map((call) => told(bindingOf(call)));
  const wanted = seedIdentities(bench.config).bindings.filter(({ role }) => role !== 'roles/owner');
  expect(given.sort()).toEqual(wanted.map(told).sort());
});

test('they make the identities and the roles of the bootstrap', () => {
  const { serviceAccounts, customRoles = {} } = seedIdentities(bench.config);
  const { id } = bench.config.project;
  const made = callsOf('iam', 'service-accounts', 'create').map(
    ([, , , name]) => `${name}@${id}.iam.gserviceaccount.com`,
  );
  expect(made.sort()).toEqual(
    serviceAccounts
      .map(({ email }) => email)
      .filter((email) => !email.startsWith('owner@'))
      .sort(),
  );
  const roles = callsOf('iam', 'roles', 'create').map((call) => [
    `projects/${id}/roles/${call[3]}`,
    option(call, 'permissions')!.split(',').sort(),
  ]);
  expect(Object.fromEntries(roles)).toEqual(
    Object.fromEntries(Object.entries(customRoles).map(([name, permissions]) => [name, [...permissions].sort()])),
  );
});

test('they trust what the bootstrap trusts', () => {
  const [provider] = seedIdentities(bench.config).providers;
  const [call] = callsOf('iam', 'workload-identity-pools', 'providers', 'create-oidc', 'github-provider');
  const mapping = option(call!, 'attribute-mapping')!
    .split(',')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  expect(Object.fromEntries(mapping)).toEqual(provider!.attributeMapping);
  expect(option(call!, 'attribute-condition')).toBe(provider!.attributeCondition);
  expect(option(call!, 'issuer-uri')).toBe(provider!.issuer);
});

test('they enable the same APIs, and make the same bucket', async () => {
  const main = await readFile(fileURLToPath(new URL('../../terraform/bootstrap/main.tf', import.meta.url)), 'utf8');
  const services = /services = \[([\s\S]*?)\]/.exec(main)![1]!.match(/[a-z]+/g)!;
  const [enabled] = callsOf('services', 'enable');
  expect(enabled!.slice(3).sort()).toEqual(services.map((name) => `${name}.googleapis.com`).sort());

  const [created] = callsOf('storage', 'buckets', 'create');
  expect(created).toEqual(
    expect.arrayContaining([
      `gs://${bench.config.bucket}`,
      '--uniform-bucket-level-access',
      '--public-access-prevention',
    ]),
  );
  const [updated] = callsOf('storage', 'buckets', 'update');
  expect(updated).toContain('--versioning');
  expect(JSON.parse(await readFile(option(updated!, 'lifecycle-file')!, 'utf8'))).toEqual({
    rule: [
      {
        action: { type: 'Delete' },
        condition: { age: 30, matchesPrefix: ['dev', 'prd', 'stg'].map((name) => `livekit/${name}/plans/`) },
      },
      { action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: 90, numNewerVersions: 20 } },
    ],
  });
});
