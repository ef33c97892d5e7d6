import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CHECK_TEXT_LIMIT_BYTES, type CheckRun } from '../github/check-run.ts';
import type { GitHubClient } from '../github/client.ts';
import { githubFailures } from '../github/failures.ts';
import { hostile, randomFrom } from './page/hostile.fixture.ts';
import { mixedReport, reportOf } from './page/page.fixture.ts';
import type { Report } from './report.ts';
import { renderSummary } from './render.ts';

const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  ...Object.fromEntries(['info', 'debug', 'notice', 'error', 'setSecret'].map((name) => [name, () => undefined])),
  warning: (text: string) => warnings.push(text),
}));
const { checkRunOf, commentHead, publishCheckRun, publishComment } = await import('./publish.ts');

const AT = { headSha: 'a'.repeat(40), runUrl: 'https://x/run', failOn: 'fail' as const };
beforeEach(() => void warnings.splice(0));

describe('the check run', () => {
  test.each<[Report['verdict'], CheckRun['conclusion']]>([
    ['pass', 'success'],
    ['warn', 'neutral'],
    ['inconclusive', 'neutral'],
    ['fail', 'failure'],
  ])('of %s is %s', (verdict, conclusion) => {
    expect(checkRunOf(reportOf({ dns: { verdict } }), AT).conclusion).toBe(conclusion);
  });

  test('fails for what fails the step, and for nothing else', () => {
    const report = reportOf({ dns: { verdict: 'warn' } });
    expect(checkRunOf(report, { ...AT, failOn: 'warn' }).conclusion).toBe('failure');
    expect(checkRunOf(reportOf({ dns: { verdict: 'fail' } }), { ...AT, failOn: 'never' }).conclusion).toBe('neutral');
  });

  test('has an annotation for each check that did not pass', () => {
    const { annotations } = checkRunOf(mixedReport(), AT);
    expect(annotations.map(({ title, level }) => `${level}: ${title}`)).toEqual([
      'failure: Pods ready with the desired image (pods-ready)',
      'warning: Call over TCP (media-tcp)',
      'failure: Call through TURN over TLS (media-turn-tls)',
      'notice: Call through TURN over UDP (media-turn-udp)',
      'warning: TURN relays to the world only (turn-relay)',
    ]);
    expect(annotations[0]?.message).toContain('\nFix: Raise node_pool_max_nodes');
  });

  test('keeps to GitHub’s limit by whole rows, the worst ones first, and says how many are left out', () => {
    const report = mixedReport();
    const long = { ...report, checks: report.checks.map((check) => ({ ...check, evidence: 'é '.repeat(3000) })) };
    const { text } = checkRunOf(long, AT);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CHECK_TEXT_LIMIT_BYTES);
    expect(text).toContain('`pods-ready`');
    expect(text).toMatch(/\n\d+ more rows are in the job summary\.\n/);
  });

  test('a missing permission is one warning that says what to add', async () => {
    const denied = () => {
      throw githubFailures.failure('permissionDenied', {
        what: 'The job’s token may not reach the check runs.',
        fix: 'Add `permissions: { checks: write }` to the job.',
      });
    };
    expect(await publishCheckRun(denied, mixedReport(), AT)).toBeUndefined();
    expect(await publishComment(denied, mixedReport(), 7)).toBeUndefined();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^The check run could not be posted; .* Add `permissions: \{ checks: write \}` to the job\.$/,
    );
  });
});

describe('the comment', () => {
  test('has a row for each environment, and the table below', async () => {
    let body = '';
    const create = (request: { body: string }) => {
      body = request.body;
      return Promise.resolve({ data: {} });
    };
    const comments = () => (body === '' ? [] : [{ id: 1, html_url: 'https://x/1', body, user: { type: 'Bot' } }]);
    const octokit = { rest: { issues: { createComment: create } }, paginate: () => Promise.resolve(comments()) };
    const call = (_: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work(octokit as never, {} as never);
    const github = () => ({ call }) as unknown as GitHubClient;
    expect(await publishComment(github, mixedReport(), 7)).toBe('https://x/1');
    expect(body).toContain('| ❌ | **dev** | fail | 24 of 30 |');
    expect(body).toContain('`media-turn-tls`');
    expect(warnings).toEqual([]);
  });

  test('whatever was seen, a check stays one row', () => {
    const report = mixedReport();
    const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('| ')).length;
    for (let seed = 1; seed <= 200; seed++) {
      const words = hostile(randomFrom(seed));
      const checks = report.checks.map((check) => ({
        ...check,
        title: words(),
        evidence: words(),
        cause: words(),
        fix: words(),
      }));
      const text = renderSummary({ ...report, checks });
      expect({ seed, rows: rows(text), script: /<script|<img|<svg/i.test(text) }).toEqual({
        seed,
        rows: report.checks.length + 1,
        script: false,
      });
    }
  });

  test('the head stands with cells that are missing', () =>
    expect(commentHead([{ key: 'dev', cells: [], body: '' }])).toContain('**dev**'));
});
