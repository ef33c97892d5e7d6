import { describe, expect, test } from '@jest/globals';
import { announceNothing, forgetSecrets, mask } from '../runner/mask.ts';
import { CHECK_TEXT_LIMIT_BYTES, type CheckRun, cut, postCheckRun } from './check-run.ts';
import type { GitHubClient } from './client.ts';

announceNothing();

interface Sent {
  readonly check_run_id?: number;
  readonly name?: string;
  readonly conclusion?: string;
  readonly output: { summary: string; text: string; annotations: { message: string }[] };
}

/** GitHub's check runs in memory. */
function fakeGitHub(answer: object = { id: 7, html_url: 'https://x/7' }) {
  const sent: Sent[] = [];
  const take = (request: Sent) => {
    sent.push(request);
    return Promise.resolve({ data: answer });
  };
  const client = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject: unknown, work: (octokit: never, at: never) => Promise<unknown>) =>
      work({ rest: { checks: { create: take, update: take } } } as never, {} as never),
  } as unknown as GitHubClient;
  return { client, sent };
}
const run = (more: Partial<CheckRun> = {}): CheckRun => ({
  ...{ name: 'verify dev', headSha: 'a'.repeat(40), externalId: 'verify/dev', detailsUrl: 'https://x/run' },
  ...{ startedAt: '2026-11-21T09:00:00.000Z', conclusion: 'failure', title: 'dev: fail', summary: 's', text: 't' },
  annotations: [],
  ...more,
});
const annotation = (number: number) => ({
  path: '.github',
  level: 'failure' as const,
  title: 't',
  message: `m${number}`,
});

describe('a check run', () => {
  test('is made in one request, and its address is given', async () => {
    const { client, sent } = fakeGitHub();
    expect(await postCheckRun(client, run({ annotations: [annotation(1)] }))).toBe('https://x/7');
    expect(sent).toMatchObject([
      { name: 'verify dev', conclusion: 'failure', output: { annotations: [{ message: 'm1' }] } },
    ]);
  });

  test('has its annotations fifty at a time', async () => {
    const { client, sent } = fakeGitHub();
    await postCheckRun(client, run({ annotations: Array.from({ length: 120 }, (_, index) => annotation(index)) }));
    expect(sent.map(({ output }) => output.annotations.length)).toEqual([50, 50, 20]);
    expect(sent.map(({ check_run_id: id }) => id)).toEqual([undefined, 7, 7]);
    expect(sent.flatMap(({ output }) => output.annotations.map(({ message }) => message))).toHaveLength(120);
  });

  test('has texts that GitHub takes, counted in bytes', async () => {
    const { client, sent } = fakeGitHub();
    await postCheckRun(client, run({ summary: '✅ line\n'.repeat(10_000), text: 'é'.repeat(70_000) }));
    const { summary = '', text = '' } = sent[0]?.output ?? {};
    for (const one of [summary, text]) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(CHECK_TEXT_LIMIT_BYTES);
    expect(summary.endsWith('line\n…')).toBe(true);
    expect(text).not.toContain('\ufffd');
  });

  test('has no secret in it', async () => {
    mask('secret-of-the-pods');
    const { client, sent } = fakeGitHub();
    const message = 'It said secret-of-the-pods.';
    await postCheckRun(client, run({ summary: message, text: message, annotations: [{ ...annotation(1), message }] }));
    forgetSecrets();
    expect(JSON.stringify(sent)).not.toContain('secret-of-the-pods');
  });

  test('an answer without an id is told as such', async () =>
    expect(postCheckRun(fakeGitHub({}).client, run())).rejects.toMatchObject({ code: 'LK-GITHUB-011' }));
});

describe('a text that is cut', () => {
  test.each([
    ['short', 10, 'short'],
    ['one\ntwo\nthree', 10, 'one\n…'],
    ['𝕏𝕏𝕏', 9, '𝕏…'],
  ])('%j to %s bytes', (text, limit, expected) => expect(cut(text, limit)).toBe(expected));
});
