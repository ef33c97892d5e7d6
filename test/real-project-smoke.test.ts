import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
}
interface Job {
  if?: string;
  needs?: string | string[];
  environment?: string;
  steps: Step[];
}

const file = fileURLToPath(new URL('../workflows-templates/real-project-smoke.yml', import.meta.url));
const { jobs } = parse(readFileSync(file, 'utf8')) as { jobs: Record<string, Job> };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'real-project-smoke-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a step's script as the runner does, and gives what it wrote. */
function script(step: Step | undefined, env: Record<string, string>): { code: number; log: string; summary: string } {
  const summary = join(directory, `summary-${Math.random()}`);
  execFileSync('touch', [summary]);
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', step!.run!], {
    env: { PATH: process.env['PATH'] ?? '', GITHUB_STEP_SUMMARY: summary, ...env },
    encoding: 'utf8',
  });
  return { code: status ?? -1, log: stdout + stderr, summary: readFileSync(summary, 'utf8') };
}
const named = (job: string, name: string): Step | undefined => jobs[job]!.steps.find((step) => step.name === name);

describe('before anything is made', () => {
  const good = { CONFIRM: 'nova', PROJECT: 'nova', REF: 'main', DEFAULT_BRANCH: 'main' };
  test.each([
    ['a good confirmation', {}, 0, ''],
    ['another project', { CONFIRM: 'other' }, 1, "is not the project's id, nova"],
    ['a project that is not set up', { PROJECT: '', CONFIRM: '' }, 1, 'GCP_PROJECT_ID is not set'],
    ['another branch', { REF: 'topic' }, 1, 'Run this on main'],
  ])('%s', (_name, changes, code, sentence) => {
    const ran = script(named('plan', 'Confirm the project'), { ...good, ...changes });
    expect(ran.code).toBe(code);
    expect(ran.log).toContain(sentence);
  });

  const empty = { ADD: '28', CHANGE: '0', DESTROY: '0', REPLACE: '0', COST_BEFORE: '0.00' };
  test.each([
    ['nothing is there', {}, 0],
    ['nothing is there and nothing is known of prices', { COST_BEFORE: '' }, 0],
    ['all is there', { ADD: '0', COST_BEFORE: '310.00' }, 1],
    ['most is there', { ADD: '3' }, 1],
    ['something that costs is there', { COST_BEFORE: '24.82' }, 1],
    ['something is there and changes', { CHANGE: '1' }, 1],
    ['something is there and goes', { DESTROY: '1' }, 1],
    ['something is there and is replaced', { REPLACE: '1' }, 1],
    ['the plan tells nothing', { ADD: '', CHANGE: '', DESTROY: '', REPLACE: '', COST_BEFORE: '' }, 1],
  ])('an environment where %s', (_name, changes, code) => {
    const ran = script(named('plan', 'Refuse an environment that is there'), { ...empty, ...changes });
    expect(ran.code).toBe(code);
    expect(ran.log.includes('dev is there already')).toBe(code === 1);
  });
});

test('what was approved is destroyed, whatever happened in between', () => {
  expect(jobs['destroy']!.if).toBe("always() && needs.approve.result == 'success'");
  expect(jobs['report']!.if).toBe('always()');
  // every job that makes something comes after the approval
  for (const name of ['apply', 'deploy', 'verify']) expect(jobs['destroy']!.needs).toContain(name);
  expect(jobs['apply']!.needs).toContain('approve');
  expect(jobs['approve']!.environment).toBe('real-project-smoke');
});

describe('the report', () => {
  const good = {
    ...{ MODE: 'all', PROJECT: 'nova', PLAN: 'success', APPROVE: 'success', APPLY: 'success', DEPLOY: 'success' },
    ...{ VERIFY: 'success', VERDICT: 'pass', DESTROY: 'success', LEFT: '0', STARTED: '1000', ENDED: '6400' },
    A_MONTH: '292.00',
  };
  const report = (changes: Record<string, string>) => script(jobs['report']!.steps[0], { ...good, ...changes });

  test('tells what it cost: an hour and a half of 292 dollars a month', () => {
    const { code, summary } = report({});
    expect(code).toBe(0);
    expect(summary).toContain('**Cost, estimated: $0.60** for 90 minutes');
    expect(summary).toContain('**Nothing is left**');
    expect(summary).toContain('| verify | success (pass) |');
  });

  test.each([
    ['nothing was approved', { APPROVE: 'skipped', LEFT: '' }, 'Nothing was made', ''],
    ['something is left', { DESTROY: 'failure', LEFT: '4' }, '**4 resources are left in nova', '::error::4 resources'],
    ['it is not known what is left', { DESTROY: 'failure', LEFT: '' }, '**It is not known what is left', '::error::'],
    ['the verification failed', { VERIFY: 'failure' }, '**Nothing is left**', 'apply, deploy or verify failed'],
    ['the apply was cancelled', { APPLY: 'cancelled' }, '**Nothing is left**', 'apply, deploy or verify failed'],
  ])('fails where %s', (_name, changes, sentence, error) => {
    const { code, summary, log } = report(changes);
    expect(code).toBe(1);
    expect(summary).toContain(sentence);
    expect(log).toContain(error);
  });

  test('is content when the rest of an earlier run is gone, and tells no cost that it does not know', () => {
    const skipped = { MODE: 'destroy-only', APPLY: 'skipped', DEPLOY: 'skipped', VERIFY: 'skipped', VERDICT: '' };
    const { code, summary } = report({ ...skipped, A_MONTH: '' });
    expect(code).toBe(0);
    expect(summary).toContain('The cost could not be estimated');
    expect(summary).not.toContain('$');
  });
});
