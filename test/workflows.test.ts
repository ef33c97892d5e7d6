import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const filesIn = (folder: string) => readdirSync(join(root, folder)).filter((file) => file.endsWith('.yml'));

/** Templates that this repository does not run itself. */
const NOT_OURS = ['real-project-smoke.yml'];
/** Workflows that are of no use to copy: this repository's own checks, and what others call by its tag. */
const NO_TEMPLATES = ['ci.yml', 'dependency-review.yml', 'plan.yml', 'release.yml'];

const withSchema = z.record(z.string(), z.unknown()).default({});
const workflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  jobs: z.record(
    z.string(),
    z
      .object({
        uses: z.string().optional(),
        with: withSchema,
        steps: z.array(z.object({ uses: z.string().optional(), with: withSchema }).loose()).default([]),
      })
      .loose(),
  ),
});
const callSchema = z.object({
  inputs: z.record(z.string(), z.object({ required: z.boolean().default(false) }).loose()),
});
const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ required: z.boolean().default(false) }).loose()),
});

const workflow = (folder: string, file: string) => workflowSchema.parse(parse(read(folder, file)));
const templates = filesIn('workflows-templates');
const all = [
  ...templates.map((file): [string, string] => ['workflows-templates', file]),
  ...filesIn('.github/workflows').map((file): [string, string] => ['.github/workflows', file]),
];

describe('this repository’s own workflows', () => {
  test.each(templates.filter((file) => !NOT_OURS.includes(file)))('%s is the template', (file) => {
    expect(read('.github/workflows', file)).toBe(read('workflows-templates', file));
  });

  test('are the templates, and what is named here', () => {
    const own = filesIn('.github/workflows').filter((file) => !templates.includes(file));
    expect(own.sort()).toEqual(NO_TEMPLATES);
  });
});

const SUITE = /^org\/livekit-gke\/(.+)@v1$/;

/** Everything of the suite that a workflow uses, with what it gives it. */
function used(folder: string, file: string) {
  return Object.values(workflow(folder, file).jobs)
    .flatMap((job) => [{ uses: job.uses, with: job.with }, ...job.steps])
    .flatMap((one) => {
      const path = SUITE.exec(one.uses ?? '')?.[1];
      return path === undefined ? [] : [{ path, given: Object.keys(one.with) }];
    });
}

describe.each(all)('%s/%s', (folder, file) => {
  test('gives actions and reusable workflows the inputs that they have', () => {
    for (const { path, given } of used(folder, file)) {
      const reusable = path.endsWith('.yml');
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
      const { inputs } = reusable
        ? callSchema.parse(workflow('.', path).on['workflow_call'])
        : actionSchema.parse(parse(read(path, 'action.yml')));
      const required = Object.entries(inputs).flatMap(([name, input]) => (input.required ? [name] : []));
      expect({ path, unknown: given.filter((name) => !(name in inputs)) }).toEqual({ path, unknown: [] });
      expect({ path, missing: required.filter((name) => !given.includes(name)) }).toEqual({ path, missing: [] });
    }
  });

  test('uses of the suite nothing but its tag v1, and calls no workflow that a branch could change', () => {
    for (const { uses, steps } of Object.values(workflow(folder, file).jobs)) {
      for (const one of [uses, ...steps.map((step) => step.uses)].filter((each) => each !== undefined)) {
        if (one.startsWith('org/livekit-gke/')) expect(one).toMatch(SUITE);
        else expect(one).not.toMatch(/^\.\//);
      }
    }
  });
});

describe('the plan workflow', () => {
  const plan = workflow('.github/workflows', 'plan.yml');
  const stepOf = (action: string) =>
    plan.jobs['plan']?.steps.find(({ uses }) => uses === `org/livekit-gke/actions/${action}@v1`) ?? { with: {} };
  const step = stepOf('terraform-plan');

  test('is only ever called', () => expect(Object.keys(plan.on)).toEqual(['workflow_call']));

  test('lets a caller choose what is planned, and neither identity nor bucket nor values', () => {
    const { inputs } = callSchema.parse(plan.on['workflow_call']);
    expect(Object.keys(inputs)).toEqual(['environment', 'mode', 'store-run-plan', 'target', 'replace', 'exception']);
    const own = Object.entries(step.with).filter(([name]) => !(name in inputs));
    expect(own.map(([name]) => name).sort()).toEqual([
      'bucket',
      'engine',
      'service_account',
      'variables',
      'workload_identity_provider',
    ]);
    for (const [, value] of own) {
      expect(value).toContain('vars.');
      expect(value).not.toMatch(/inputs\.|github\.|secrets\./);
    }
  });

  test('previews a deploy without a right to make one', () => {
    const { with: given } = stepOf('helm-deploy');
    expect(given).toMatchObject({ mode: 'diff', environment: '${{ inputs.environment }}' });
    expect(given['service_account']).toBe('${{ vars.GCP_PLAN_SERVICE_ACCOUNT }}');
    expect(Object.keys(given).sort()).toEqual([
      'bucket',
      'environment',
      'mode',
      'service_account',
      'workload_identity_provider',
    ]);
  });

  test('is in this file as terraform/bootstrap trusts it, and every template that plans goes through it', () => {
    const reference = 'org/livekit-gke/.github/workflows/plan.yml';
    expect(read('terraform/bootstrap/variables.tf')).toContain(`"${reference}@refs/tags/v1"`);
    for (const file of ['terraform-plan.yml', 'terraform-run.yml', 'terraform-drift.yml', 'helm-preview.yml'])
      expect(used('workflows-templates', file).map(({ path }) => path)).toContain('.github/workflows/plan.yml');
    const direct = templates.filter((file) =>
      used('workflows-templates', file).some(({ path }) => path === 'actions/terraform-plan'),
    );
    expect(direct.filter((file) => !NOT_OURS.includes(file))).toEqual([]);
  });
});

describe.each(templates)('the template %s', (file) => {
  const text = read('workflows-templates', file);
  const { on, jobs } = workflow('workflows-templates', file);

  test('has what GitHub shows of it', () => {
    const properties = z
      .strictObject({
        name: z.string().min(5).max(60),
        description: z.string().min(20).max(160).endsWith('.'),
        iconName: z.string(),
        categories: z.array(z.string()).min(1),
      })
      .parse(JSON.parse(read('workflows-templates', file.replace('.yml', '.properties.json'))));
    expect(existsSync(join(root, 'workflows-templates', `${properties.iconName}.svg`))).toBe(true);
  });

  test('is in the table of its README', () => {
    expect(read('workflows-templates', 'README.md')).toContain(`](${file})`);
  });

  test('can be called from a workflow of one’s own', () => {
    expect('workflow_call' in on).toBe(!NOT_OURS.includes(file));
  });

  test('gives no job more than it names, and says for each permission why', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    const permissions = [...text.matchAll(/^ {6,}([a-z-]+): (read|write)( #.*)?$/gm)];
    for (const [line, , , why] of permissions) expect([line, why]).toEqual([line, expect.stringMatching(/^ # \w/)]);
    for (const [name, job] of Object.entries(jobs)) expect([name, 'permissions' in job]).toEqual([name, true]);
  });

  test('ends no apply and no deploy for a newer one', () => {
    const changes = /actions\/(terraform-apply|helm-deploy|turn-cert)@/.test(text);
    const ended = [...text.matchAll(/cancel-in-progress: (\S+)/g)].map(([, value]) => value);
    if (changes) expect([ended.length > 0, ended.filter((value) => value !== 'false')]).toEqual([true, []]);
  });

  test('holds a GitHub environment over every secret, and none over what runs by schedule for prd', () => {
    for (const [name, job] of Object.entries(jobs)) {
      const its = JSON.stringify(job);
      if (its.includes('secrets.')) expect([name, 'environment' in job]).toEqual([name, true]);
      if ('schedule' in on && 'environment' in job)
        expect([name, its]).toEqual([
          name,
          expect.stringContaining("matrix.environment == 'prd' && 'prd-maintenance'"),
        ]);
    }
  });
});

describe('to-organisation.sh', () => {
  const script = join(root, 'workflows-templates/to-organisation.sh');

  test('writes what a repository .github holds, with each repository’s own default branch', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'organisation-'));
    try {
      const said = execFileSync(script, [checkout], { encoding: 'utf8' });
      expect(said).toContain(`has ${templates.length} templates`);
      const written = readdirSync(join(checkout, 'workflow-templates'));
      const names = templates.flatMap((file) => [file, file.replace('.yml', '.properties.json')]);
      expect(written.sort()).toEqual([...names, 'livekit-gke.svg'].sort());
      const pushed = templates.filter((file) => 'push' in workflow('workflows-templates', file).on);
      expect(pushed.length).toBeGreaterThan(2);
      for (const file of pushed) {
        const text = readFileSync(join(checkout, 'workflow-templates', file), 'utf8');
        expect(text).toContain('branches: [$default-branch]');
        expect(text.replace('[$default-branch]', '[main]')).toBe(read('workflows-templates', file));
      }
    } finally {
      rmSync(checkout, { recursive: true });
    }
  });

  test('says what is missing', () => {
    expect(() => execFileSync(script, ['/nowhere/.github'], { stdio: 'pipe' })).toThrow(
      /clone your organisation's repository/,
    );
    expect(() => execFileSync(script, { stdio: 'pipe' })).toThrow(/Say where the checkout/);
  });
});

test('every action of others is pinned by its commit, with its version beside it, the same one everywhere', () => {
  const pins = new Map<string, Set<string>>();
  for (const [folder, file] of all) {
    for (const [, name = '', ref = '', version = ''] of read(folder, file).matchAll(
      /uses: ([\w./-]+)@(\S+)(?: # (v\S+))?/g,
    )) {
      if (name.startsWith('org/livekit-gke/')) continue;
      expect([name, ref, version]).toEqual([
        name,
        expect.stringMatching(/^[0-9a-f]{40}$/),
        expect.stringMatching(/^v\d+\.\d+\.\d+$/),
      ]);
      pins.set(name, (pins.get(name) ?? new Set()).add(ref));
    }
  }
  expect([...pins].filter(([, refs]) => refs.size > 1)).toEqual([]);
});
