import { forgetSecrets, mask } from '../runner/mask.ts';
import type { GitHubClient, Octokit } from './client.ts';
import { closeIssue, putIssue, type StickyIssue } from './issue.ts';

interface Stored {
  number: number;
  html_url: string;
  title: string;
  body: string;
  state: string;
  labels: { name: string }[];
  user: { type: string };
  author_association: string;
  pull_request?: object;
  comments: string[];
}

/** GitHub's issues in memory. `beforeCreate` lets another run come between. */
function fakeGitHub(options: { beforeCreate?: () => void; dropsLabels?: boolean } = {}) {
  const issues: Stored[] = [];
  let writes = 0;
  const of = (number: number) => issues.find((issue) => issue.number === number) as Stored;
  const add = (more: Partial<Stored>) => {
    const number = issues.length + 1;
    const issue: Stored = {
      number,
      html_url: `https://x/${number}`,
      title: '',
      body: '',
      state: 'open',
      labels: [{ name: 'drift' }],
      user: { type: 'Bot' },
      author_association: 'NONE',
      comments: [],
      ...more,
    };
    issues.push(issue);
    return issue;
  };
  const octokit = {
    rest: {
      issues: {
        listForRepo: 'list',
        create: ({ title, body, labels }: { title: string; body: string; labels: string[] }) => {
          writes++;
          options.beforeCreate?.();
          const names = options.dropsLabels === true ? [] : labels;
          return Promise.resolve({ data: { ...add({ title, body, labels: names.map((name) => ({ name })) }) } });
        },
        update: ({ issue_number, ...more }: { issue_number: number }) => {
          writes++;
          return Promise.resolve({ data: Object.assign(of(issue_number), more) });
        },
        createComment: ({ issue_number, body }: { issue_number: number; body: string }) => {
          of(issue_number).comments.push(body);
          return Promise.resolve({ data: {} });
        },
      },
    },
    paginate: (_route: string, { labels, state }: { labels: string; state: string }) =>
      Promise.resolve(
        issues
          .filter((issue) => issue.state === state && issue.labels.some(({ name }) => name === labels))
          .map((issue) => ({ ...issue })),
      ),
  };
  const client: GitHubClient = {
    repository: { owner: 'nova', name: 'livekit' },
    call: (_subject, work) => work(octokit as unknown as Octokit, { owner: 'nova', repo: 'livekit' }),
  };
  return { client, issues, add, open: () => issues.filter(({ state }) => state === 'open'), writes: () => writes };
}

const dev: StickyIssue = { kind: 'drift', key: 'dev', label: 'drift' };
const put = (client: GitHubClient, fingerprint: string, issue = dev) =>
  putIssue(client, issue, { title: `Drift in ${issue.key}`, body: `the plan ${fingerprint}`, fingerprint }, 1);

beforeEach(() => forgetSecrets());

describe('the one issue', () => {
  test('is opened with its label, then updated, then left alone', async () => {
    const github = fakeGitHub();
    expect(await put(github.client, 'one')).toEqual({ number: 1, url: 'https://x/1', change: 'opened' });
    expect(await put(github.client, 'two')).toEqual({ number: 1, url: 'https://x/1', change: 'updated' });
    const before = github.writes();
    expect(await put(github.client, 'two')).toEqual({ number: 1, url: 'https://x/1', change: 'unchanged' });
    expect(github.writes()).toBe(before);
    expect(github.issues).toHaveLength(1);
    expect(github.issues[0]).toMatchObject({ title: 'Drift in dev', labels: [{ name: 'drift' }] });
    expect(github.issues[0]?.body).toContain('the plan two');
  });

  test('of another environment is another one', async () => {
    const github = fakeGitHub();
    await put(github.client, 'one');
    await put(github.client, 'one', { ...dev, key: 'prd' });
    expect(github.open().map(({ title }) => title)).toEqual(['Drift in dev', 'Drift in prd']);
  });

  test('stays one when two runs open it at once', async () => {
    const other = fakeGitHub();
    let between = true;
    const github = fakeGitHub({
      beforeCreate: () => {
        if (!between) return;
        between = false;
        github.add({ body: '<!-- livekit-gke:issue drift dev one -->\n\nthe plan one' });
      },
    });
    expect(await put(github.client, 'one')).toMatchObject({ number: 1 });
    expect(github.open().map(({ number }) => number)).toEqual([1]);
    expect(github.issues[1]).toMatchObject({ state: 'closed', state_reason: 'not_planned' });
    expect(other.issues).toEqual([]);
  });

  test('is not the one of a stranger, nor a pull request, nor one without the line', async () => {
    const github = fakeGitHub();
    const body = '<!-- livekit-gke:issue drift dev one -->';
    github.add({ body, user: { type: 'User' } });
    github.add({ body, pull_request: {} });
    github.add({ body: 'drift' });
    expect(await put(github.client, 'one')).toMatchObject({ number: 4, change: 'opened' });
    expect(github.open()).toHaveLength(4);
  });

  test('that GitHub opens without its label is closed again and told', async () => {
    const github = fakeGitHub({ dropsLabels: true });
    await expect(put(github.client, 'one')).rejects.toMatchObject({ code: 'LK-GITHUB-012' });
    expect(github.open()).toEqual([]);
    expect(github.issues).toHaveLength(1);
  });

  test('never holds a known secret, nor another issue’s line', async () => {
    mask('correct-horse-battery');
    const github = fakeGitHub();
    await putIssue(
      github.client,
      dev,
      { title: 't', body: 'correct-horse-battery <!-- livekit-gke:issue drift prd x -->', fingerprint: 'f' },
      1,
    );
    expect(github.issues[0]?.body).not.toContain('correct-horse');
    expect(github.issues[0]?.body.match(/<!-- livekit-gke:/g)).toHaveLength(1);
  });
});

describe('closing it', () => {
  test('says why, and closes what else is open of it', async () => {
    const github = fakeGitHub();
    await put(github.client, 'one');
    github.add({ body: '<!-- livekit-gke:issue drift dev one -->' });
    expect(await closeIssue(github.client, dev, 'No drift any more.')).toBe('https://x/1');
    expect(github.open()).toEqual([]);
    expect(github.issues[0]).toMatchObject({ comments: ['No drift any more.'], state_reason: 'completed' });
    expect(github.issues[1]?.comments).toEqual([]);
  });
  test('does nothing when none is open', async () => {
    const github = fakeGitHub();
    expect(await closeIssue(github.client, dev, 'x')).toBeUndefined();
    expect(github.writes()).toBe(0);
  });
});
