import { notFound, page, Refusal, validationFailed } from '../answer.ts';
import { simplePull } from '../pull.ts';
import { newestFirst } from '../answer.ts';
import type { Call, Routes } from './route.ts';

function commitNamed(call: Call, name: string): string {
  const sha = call.github.git.commitOf(name);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return sha;
}

function contents(call: Call) {
  const { github, parameters, query } = call;
  const path = parameters['path'] ?? '';
  const ref = query.get('ref') ?? 'main';
  const sha = github.git.commitOf(ref);
  if (sha === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const found = github.git.entries(sha, path);
  if (!found) throw notFound();
  const shapes = found.entries.map((entry) => {
    const file = entry.type === 'blob';
    const url = `${github.shapes.repositoryUrl}/contents/${entry.name}?ref=${ref}`;
    const page = `${github.shapes.htmlUrl}/${file ? 'blob' : 'tree'}/${ref}/${entry.name}`;
    const git = `${github.shapes.repositoryUrl}/git/${file ? 'blobs' : 'trees'}/${entry.sha}`;
    return {
      type: file ? 'file' : 'dir',
      size: entry.sizeBytes,
      name: entry.name.split('/').at(-1) ?? '',
      path: entry.name,
      sha: entry.sha,
      url,
      html_url: page,
      git_url: git,
      download_url: file ? `${github.shapes.htmlUrl}/raw/${ref}/${entry.name}` : null,
      _links: { self: url, git, html: page },
    };
  });
  if (found.folder) return { status: 200, body: shapes };
  const content = github.git
    .blob(shapes[0]?.sha ?? '')
    .toString('base64')
    .replace(/(.{60})/g, '$1\n');
  return { status: 200, body: { ...shapes[0], content, encoding: 'base64' } };
}

export const repositoryRoutes: Routes = {
  'rate-limit/get': {
    needs: [],
    handle: ({ github }) => {
      const reset = Math.floor(Date.now() / 1000) + 3600;
      const limit = (most: number) => ({ limit: most, used: 0, remaining: most, reset });
      void github;
      return {
        status: 200,
        body: { resources: { core: limit(1000), search: limit(30), graphql: limit(1000) }, rate: limit(1000) },
      };
    },
  },
  'repos/get': {
    needs: [],
    handle: ({ github }) => {
      const open = [...github.state.pulls, ...github.state.issues].filter((item) => item.state === 'open').length;
      return { status: 200, body: github.shapes.repository(undefined, open) };
    },
  },
  'repos/get-content': { needs: [['contents', 'read']], handle: contents },
  'repos/get-branch': {
    needs: [['contents', 'read']],
    handle: ({ github, parameters }) => {
      const name = parameters['branch'] ?? '';
      const sha = github.git.commitOf(`refs/heads/${name}`);
      if (sha === undefined) throw new Refusal(404, 'Branch not found');
      const url = `${github.shapes.repositoryUrl}/branches/${name}`;
      const body = {
        name,
        commit: github.shapes.commits.commit(github.git.commit(sha)),
        _links: { self: url, html: `${github.shapes.htmlUrl}/tree/${name}` },
        protected: name === 'main',
        protection: {},
        protection_url: `${url}/protection`,
      };
      return { status: 200, body };
    },
  },
  'repos/get-commit': {
    needs: [['contents', 'read']],
    handle: (call) => {
      const commit = call.github.git.commit(commitNamed(call, call.parameters['ref'] ?? ''));
      const parent = commit.parents[0] ?? EMPTY_TREE;
      return {
        status: 200,
        body: call.github.shapes.commits.commit(commit, call.github.git.files(parent, commit.sha)),
      };
    },
  },
  'repos/compare-commits': {
    needs: [['contents', 'read']],
    handle: (call) => {
      const { git, shapes } = call.github;
      const [base, head] = [call.parameters['base'] ?? '', call.parameters['head'] ?? ''].map((name) =>
        git.commitOf(name),
      );
      if (base === undefined || head === undefined) throw notFound();
      const mergeBase = git.mergeBase(base, head);
      if (mergeBase === undefined) throw new Refusal(404, `No common ancestor between ${base} and ${head}.`);
      const ahead = git.between(base, head);
      const behind = git.between(head, base).length;
      const status = ahead.length > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
      const html = `${shapes.htmlUrl}/compare/${base}...${head}`;
      // Without pages GitHub gives 250 commits; files come with the first page only, 300 at most.
      const paged = call.query.has('page') || call.query.has('per_page');
      const { items, headers } = paged
        ? page(ahead, call.query, call.url)
        : { items: ahead.slice(0, MOST_COMPARED_COMMITS), headers: {} };
      const first = Number(call.query.get('page') ?? '1') <= 1;
      const body = {
        url: call.url,
        html_url: html,
        permalink_url: html,
        diff_url: `${html}.diff`,
        patch_url: `${html}.patch`,
        base_commit: shapes.commits.commit(git.commit(base)),
        merge_base_commit: shapes.commits.commit(git.commit(mergeBase)),
        status,
        ahead_by: ahead.length,
        behind_by: behind,
        total_commits: ahead.length,
        commits: items.map((commit) => shapes.commits.commit(commit)),
        ...(first && {
          files: git
            .files(mergeBase, head)
            .slice(0, MOST_COMPARED_FILES)
            .map((file) => shapes.commits.file(file, head)),
        }),
      };
      return { status: 200, headers, body };
    },
  },
  'repos/list-pull-requests-associated-with-commit': {
    needs: [['pull-requests', 'read']],
    handle: (call) => {
      const { github } = call;
      const sha = commitNamed(call, call.parameters['commit_sha'] ?? '');
      // GitHub: on the default branch only the pull request that brought the commit, else every open one that has it.
      const found = github.state.pulls.filter((pull) => {
        if (pull.mergedCommits.includes(sha)) return true;
        return github.git.between(pull.baseSha, pull.headSha).some((commit) => commit.sha === sha);
      });
      const { items, headers } = page(found, call.query, call.url);
      return { status: 200, headers, body: items.map((pull) => simplePull(github, pull)) };
    },
  },
  'repos/get-collaborator-permission-level': {
    needs: [],
    handle: ({ github, parameters }) => {
      const login = parameters['username'] ?? '';
      const role = github.state.people[login];
      const permission = role ?? (login.endsWith('[bot]') ? 'write' : 'none');
      const has = (roles: string[]) => roles.includes(permission);
      const permissions = {
        admin: has(['admin']),
        maintain: has(['admin']),
        push: has(['admin', 'write']),
        triage: has(['admin', 'write']),
        pull: !has(['none']),
      };
      const user = { ...github.shapes.user(login), permissions, role_name: permission };
      return { status: 200, body: { permission, role_name: permission, user } };
    },
  },
  'git/get-ref': {
    needs: [['contents', 'read']],
    handle: ({ github, parameters }) => {
      const ref = `refs/${parameters['ref'] ?? ''}`;
      const sha = github.git.commitOf(ref);
      if (sha === undefined) throw notFound();
      const url = `${github.shapes.repositoryUrl}/git/${ref}`;
      const object = { type: 'commit', sha, url: `${github.shapes.repositoryUrl}/git/commits/${sha}` };
      return { status: 200, body: { ref, node_id: Buffer.from(`Ref:${ref}`).toString('base64'), url, object } };
    },
  },
  'repos/create-commit-status': {
    needs: [['statuses', 'write']],
    handle: ({ github, token, parameters, body }) => {
      const wanted = body as { state: 'success'; context?: string; description?: string; target_url?: string };
      const sha = github.git.commitOf(parameters['sha'] ?? '');
      if (sha === undefined)
        throw validationFailed('Status', 'sha', 'custom', `No commit found for SHA: ${parameters['sha']}`);
      if ((wanted.description?.length ?? 0) > 140) {
        throw validationFailed(
          'Status',
          'description',
          'custom',
          'description is too long (maximum is 140 characters)',
        );
      }
      const status = {
        id: github.state.nextId++,
        sha,
        state: wanted.state,
        context: wanted.context ?? 'default',
        description: wanted.description ?? null,
        targetUrl: wanted.target_url ?? null,
        author: token.login,
        createdAt: new Date().toISOString(),
      };
      github.state.statuses.push(status);
      return { status: 201, body: github.shapes.commits.status(status) };
    },
  },
  'repos/list-commit-statuses-for-ref': {
    needs: [['statuses', 'read']],
    handle: (call) => {
      const sha = commitNamed(call, call.parameters['ref'] ?? '');
      const all = newestFirst(call.github.state.statuses.filter((status) => status.sha === sha));
      const { items, headers } = page(all, call.query, call.url);
      return { status: 200, headers, body: items.map((status) => call.github.shapes.commits.status(status)) };
    },
  },
  'repos/get-combined-status-for-ref': {
    needs: [['statuses', 'read']],
    handle: (call) => {
      const { github } = call;
      const sha = commitNamed(call, call.parameters['ref'] ?? '');
      const all = newestFirst(github.state.statuses.filter((status) => status.sha === sha));
      const latest = [...new Map([...all].reverse().map((status) => [status.context, status])).values()];
      const failed = latest.some((status) => status.state === 'failure' || status.state === 'error');
      const pending = latest.length === 0 || latest.some((status) => status.state === 'pending');
      const body = {
        state: failed ? 'failure' : pending ? 'pending' : 'success',
        sha,
        total_count: latest.length,
        statuses: latest.map((status) => github.shapes.commits.status(status)),
        repository: github.shapes.minimalRepository(),
        commit_url: `${github.shapes.repositoryUrl}/commits/${sha}`,
        url: `${github.shapes.repositoryUrl}/commits/${sha}/status`,
      };
      return { status: 200, body };
    },
  },
};

const MOST_COMPARED_COMMITS = 250;
const MOST_COMPARED_FILES = 300;

/** Git's own name for "nothing": what a first commit is compared with. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
