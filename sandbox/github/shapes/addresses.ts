/** The login of GITHUB_TOKEN's user, and its real id. */
export const ACTIONS_BOT = 'github-actions[bot]';

export interface RepositoryFacts {
  readonly owner: string;
  readonly name: string;
  readonly id: number;
  readonly ownerId: number;
}

/** Addresses, users and the repository, as they stand in everything that GitHub answers. The API is under `<server>/api/v3`. */
export class Addresses {
  server: string;
  readonly repositoryFacts: RepositoryFacts;

  constructor(server: string, repository: RepositoryFacts) {
    this.server = server;
    this.repositoryFacts = repository;
  }

  get api(): string {
    return `${this.server}/api/v3`;
  }

  get repositoryUrl(): string {
    return `${this.api}/repos/${this.repositoryFacts.owner}/${this.repositoryFacts.name}`;
  }

  get htmlUrl(): string {
    return `${this.server}/${this.repositoryFacts.owner}/${this.repositoryFacts.name}`;
  }

  user(login: string) {
    const bot = login.endsWith('[bot]');
    const url = `${this.api}/users/${encodeURIComponent(login)}`;
    const owner = login === this.repositoryFacts.owner;
    return {
      login,
      id: login === ACTIONS_BOT ? 41898282 : owner ? this.repositoryFacts.ownerId : stableId(login),
      node_id: nodeId('User', login),
      avatar_url: `${this.server}/_avatars/${encodeURIComponent(login)}.svg`,
      gravatar_id: '',
      url,
      html_url: `${this.server}/${bot ? `apps/${login.slice(0, -5)}` : login}`,
      followers_url: `${url}/followers`,
      following_url: `${url}/following{/other_user}`,
      gists_url: `${url}/gists{/gist_id}`,
      starred_url: `${url}/starred{/owner}{/repo}`,
      subscriptions_url: `${url}/subscriptions`,
      organizations_url: `${url}/orgs`,
      repos_url: `${url}/repos`,
      events_url: `${url}/events{/privacy}`,
      received_events_url: `${url}/received_events`,
      type: bot ? 'Bot' : owner ? 'Organization' : 'User',
      site_admin: false,
    };
  }

  /** A repository as it appears inside other things; `owner` differs for a fork. */
  minimalRepository(owner = this.repositoryFacts.owner) {
    const { name, id } = this.repositoryFacts;
    const url = `${this.api}/repos/${owner}/${name}`;
    const fork = owner !== this.repositoryFacts.owner;
    const links = Object.fromEntries(REPOSITORY_LINKS.map(([key, path]) => [key, `${url}${path}`]));
    return {
      id: fork ? stableId(`${owner}/${name}`) : id,
      node_id: nodeId('Repository', `${owner}/${name}`),
      name,
      full_name: `${owner}/${name}`,
      private: true,
      owner: this.user(owner),
      html_url: `${this.server}/${owner}/${name}`,
      description: null,
      fork,
      url,
      ...links,
    };
  }

  repository(owner = this.repositoryFacts.owner, openIssues = 0) {
    const path = `${owner}/${this.repositoryFacts.name}`;
    return {
      ...this.minimalRepository(owner),
      clone_url: `${this.server}/${path}.git`,
      git_url: `git://github.com/${path}.git`,
      ssh_url: `git@github.com:${path}.git`,
      svn_url: `${this.server}/${path}`,
      mirror_url: null,
      homepage: null,
      language: 'HCL',
      default_branch: 'main',
      visibility: 'private',
      forks: 0,
      forks_count: 0,
      network_count: 0,
      subscribers_count: 1,
      stargazers_count: 0,
      watchers: 0,
      watchers_count: 0,
      open_issues: openIssues,
      open_issues_count: openIssues,
      size: 100,
      has_issues: true,
      has_projects: false,
      has_wiki: false,
      has_pages: false,
      has_discussions: false,
      has_downloads: false,
      archived: false,
      disabled: false,
      license: null,
      pushed_at: CREATED,
      created_at: CREATED,
      updated_at: CREATED,
    };
  }
}

const CREATED = '2026-01-05T09:00:00Z';

/** Every link of a repository that GitHub's schema requires, with its path. */
const REPOSITORY_LINKS = [
  ['archive_url', '/{archive_format}{/ref}'],
  ['assignees_url', '/assignees{/user}'],
  ['blobs_url', '/git/blobs{/sha}'],
  ['branches_url', '/branches{/branch}'],
  ['collaborators_url', '/collaborators{/collaborator}'],
  ['comments_url', '/comments{/number}'],
  ['commits_url', '/commits{/sha}'],
  ['compare_url', '/compare/{base}...{head}'],
  ['contents_url', '/contents/{+path}'],
  ['contributors_url', '/contributors'],
  ['deployments_url', '/deployments'],
  ['downloads_url', '/downloads'],
  ['events_url', '/events'],
  ['forks_url', '/forks'],
  ['git_commits_url', '/git/commits{/sha}'],
  ['git_refs_url', '/git/refs{/sha}'],
  ['git_tags_url', '/git/tags{/sha}'],
  ['hooks_url', '/hooks'],
  ['issue_comment_url', '/issues/comments{/number}'],
  ['issue_events_url', '/issues/events{/number}'],
  ['issues_url', '/issues{/number}'],
  ['keys_url', '/keys{/key_id}'],
  ['labels_url', '/labels{/name}'],
  ['languages_url', '/languages'],
  ['merges_url', '/merges'],
  ['milestones_url', '/milestones{/number}'],
  ['notifications_url', '/notifications{?since,all,participating}'],
  ['pulls_url', '/pulls{/number}'],
  ['releases_url', '/releases{/id}'],
  ['stargazers_url', '/stargazers'],
  ['statuses_url', '/statuses/{sha}'],
  ['subscribers_url', '/subscribers'],
  ['subscription_url', '/subscription'],
  ['tags_url', '/tags'],
  ['teams_url', '/teams'],
  ['trees_url', '/git/trees{/sha}'],
] as const;

export const nodeId = (kind: string, id: string | number) => Buffer.from(`${kind}:${id}`).toString('base64');

/** A number that stays the same for a name, where nobody gave one. */
export function stableId(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 900_000_011;
  return 1_000_000 + hash;
}
