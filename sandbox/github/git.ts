import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface GitCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

export interface GitFile {
  readonly filename: string;
  readonly previousFilename?: string;
  readonly sha: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed' | 'unchanged';
  readonly additions: number;
  readonly deletions: number;
  readonly patch?: string;
}

export interface GitEntry {
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly name: string;
  readonly sizeBytes: number;
}

const STATUS: Record<string, GitFile['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** Who GitHub says made the commits that it makes itself. */
const GITHUB = { name: 'GitHub', email: 'noreply@github.com' };

/** The bare repository that plays GitHub's side. Every method throws when git does, with git's own words. */
export class GitRepository {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    if (existsSync(join(directory, 'HEAD'))) return;
    mkdirSync(directory, { recursive: true });
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory]);
  }

  git(args: readonly string[], options: { env?: Record<string, string>; input?: string; directory?: string } = {}) {
    return execFileSync('git', args, {
      cwd: options.directory ?? this.directory,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), GIT_CONFIG_NOSYSTEM: '1', ...options.env },
      ...(options.input !== undefined && { input: options.input }),
    });
  }

  /** The commit that a ref, branch, tag or SHA names, or undefined. */
  commitOf(name: string): string | undefined {
    if (name.startsWith('-')) return undefined;
    for (const candidate of [name, `refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]) {
      try {
        return this.git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]).trim();
      } catch {
        continue;
      }
    }
    return undefined;
  }

  /** Every ref with the object that it names. */
  refs(): Map<string, string> {
    const lines = this.git(['for-each-ref', '--format=%(refname) %(objectname)']).split('\n').filter(Boolean);
    return new Map(lines.map((line) => line.split(' ') as [string, string]));
  }

  setRef(ref: string, sha: string): void {
    this.git(['update-ref', ref, sha]);
  }

  deleteRef(ref: string): void {
    this.git(['update-ref', '-d', ref]);
  }

  commit(sha: string): GitCommit {
    const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');
    const text = this.git(['log', '-1', `--format=${format}`, '--end-of-options', sha]);
    const [hash = '', tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] =
      text.split('\0');
    return {
      sha: hash,
      tree,
      parents: parents.split(' ').filter(Boolean),
      author: { name: an, email: ae, date: ad },
      committer: { name: cn, email: ce, date: cd },
      message: message.trimEnd(),
    };
  }

  /** Commits that `head` has and `base` has not, oldest first. */
  between(base: string, head: string): GitCommit[] {
    const list = this.git(['rev-list', '--reverse', `${base}..${head}`]).trim();
    return list === '' ? [] : list.split('\n').map((sha) => this.commit(sha));
  }

  mergeBase(one: string, other: string): string | undefined {
    try {
      return this.git(['merge-base', one, other]).trim();
    } catch {
      return undefined;
    }
  }

  contains(branchSha: string, sha: string): boolean {
    return this.mergeBase(branchSha, sha) === sha;
  }

  /** What a diff between two trees changes, with patches as GitHub gives them (without file headers). */
  files(from: string, to: string): GitFile[] {
    const options = ['diff', '-M', '--no-color', '--no-ext-diff'];
    const raw = this.git([...options, '--raw', '--abbrev=40', '-z', from, to]).split('\0');
    const counts = new Map<string, [number, number]>();
    const numbers = this.git([...options, '--numstat', '-z', from, to]).split('\0');
    for (let i = 0; i < numbers.length - 1; i++) {
      const [added = '0', deleted = '0', path = ''] = (numbers[i] ?? '').split('\t');
      // A rename has an empty path here, and the two paths as the next two fields.
      const name = path === '' ? (numbers[(i += 2)] ?? '') : path;
      counts.set(name, [Number(added) || 0, Number(deleted) || 0]);
    }
    const result: GitFile[] = [];
    for (let i = 0; i < raw.length - 1; i += 2) {
      const [, , oldSha = '', newSha = '', letter = 'M'] = (raw[i] ?? '').split(' ');
      const status = STATUS[letter.charAt(0)] ?? 'changed';
      const first = raw[i + 1] ?? '';
      const moved = status === 'renamed' || status === 'copied';
      const filename = moved ? (raw[i + 2] ?? '') : first;
      if (moved) i += 1;
      const [additions, deletions] = counts.get(filename) ?? [0, 0];
      const paths = moved ? [first, filename] : [filename];
      const patch = this.git([...options, from, to, '--', ...paths]);
      const hunks = patch.indexOf('\n@@');
      result.push({
        filename,
        ...(moved && { previousFilename: first }),
        sha: status === 'removed' ? oldSha : newSha,
        status,
        additions,
        deletions,
        ...(hunks >= 0 && { patch: patch.slice(hunks + 1).trimEnd() }),
      });
    }
    return result;
  }

  /** Entries of the folder, the entry itself for a file, or undefined. */
  entries(sha: string, path: string): { folder: boolean; entries: GitEntry[] } | undefined {
    const list = (spec: string[]) =>
      this.git(['ls-tree', '-l', '-z', sha, ...spec])
        .split('\0')
        .filter(Boolean)
        .map((line): GitEntry => {
          const [meta = '', name = ''] = line.split('\t');
          const [, type = 'blob', object = '', size = '0'] = meta.split(/ +/);
          return { type: type as GitEntry['type'], sha: object, name, sizeBytes: Number(size) || 0 };
        });
    const clean = path.replace(/^\/+|\/+$/g, '');
    if (clean === '') return { folder: true, entries: list([]) };
    const [entry] = list(['--', clean]);
    if (!entry) return undefined;
    return entry.type === 'tree'
      ? { folder: true, entries: list(['--', `${clean}/`]) }
      : { folder: false, entries: [entry] };
  }

  blob(sha: string): Buffer {
    return execFileSync('git', ['cat-file', 'blob', sha], { cwd: this.directory, maxBuffer: 256 * 1024 * 1024 });
  }

  /** The tree of merging `head` into `base`, or undefined when they conflict. */
  mergedTree(base: string, head: string): string | undefined {
    try {
      return this.git(['merge-tree', '--write-tree', base, head]).split('\n')[0];
    } catch {
      return undefined;
    }
  }

  commitTree(
    tree: string,
    parents: readonly string[],
    message: string,
    author: { name: string; email: string },
    date?: string,
  ) {
    return this.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])], {
      input: message,
      env: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: GITHUB.name,
        GIT_COMMITTER_EMAIL: GITHUB.email,
        ...(date !== undefined && { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }),
      },
    }).trim();
  }

  /** Puts the commits of `head` onto `base` one by one; undefined when one conflicts. */
  rebased(base: string, head: string): string | undefined {
    const parent = mkdtempSync(join(tmpdir(), 'github-rebase-'));
    const directory = join(parent, 'tree');
    try {
      this.git(['worktree', 'add', '--quiet', '--detach', directory, base]);
      const commits = this.between(base, head).filter((commit) => commit.parents.length < 2);
      const env = { GIT_COMMITTER_NAME: GITHUB.name, GIT_COMMITTER_EMAIL: GITHUB.email };
      for (const { sha } of commits) {
        this.git(['cherry-pick', '--allow-empty', '--keep-redundant-commits', sha], { directory, env });
      }
      return this.git(['rev-parse', 'HEAD'], { directory }).trim();
    } catch {
      return undefined;
    } finally {
      rmSync(parent, { recursive: true, force: true });
      this.git(['worktree', 'prune']);
    }
  }
}
