import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';
import type { SandboxConfig } from '../config.ts';

/** The checkout of this suite, whose payload a user starts from. */
export const suiteDirectory = join(import.meta.dirname, '..', '..');

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@nova.example',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@nova.example',
};

/** A user's clone of their own repository: payload and workflows of this suite, nothing else. */
export class UserRepository {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the repository as the README says: copies the payload and the workflow templates, and pushes main. */
  static async create(config: SandboxConfig): Promise<UserRepository> {
    const repository = new UserRepository(mkdtempSync(join(tmpdir(), 'nova-livekit-')));
    await repository.git('init', '--quiet', '--initial-branch=main');
    await repository.git('remote', 'add', 'origin', config.repository.gitDirectory);
    for (const folder of ['terraform', 'helm']) repository.copy(folder, folder);
    repository.copy('workflows-templates', join('.github', 'workflows'), (name) => name.endsWith('.yml'));
    repository.write('.gitignore', readFileSync(join(suiteDirectory, '.gitignore'), 'utf8'));
    await repository.commit('Start from livekit-gke’s payload and workflows');
    await repository.git('push', '--quiet', '--force', 'origin', 'main');
    return repository;
  }

  git(...args: string[]): Promise<string> {
    return run('git', args, {
      cwd: this.directory,
      env: { ...AUTHOR, GIT_CONFIG_GLOBAL: '/dev/null' },
      timeoutSeconds: 60,
    });
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), 'utf8');
  }

  async commit(message: string): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
    return this.head();
  }

  async head(): Promise<string> {
    return (await this.git('rev-parse', 'HEAD')).trim();
  }

  /** A new branch from the newest main, with the change committed and pushed. */
  async branch(name: string, message: string, change: () => void): Promise<string> {
    await this.pull();
    await this.git('checkout', '--quiet', '-b', name);
    change();
    const head = await this.commit(message);
    await this.git('push', '--quiet', '--force', 'origin', name);
    return head;
  }

  /** The newest main, as everyone has it. */
  async pull(): Promise<string> {
    await this.git('checkout', '--quiet', 'main');
    await this.git('fetch', '--quiet', 'origin', 'main');
    await this.git('reset', '--quiet', '--hard', 'origin/main');
    return this.head();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private copy(from: string, to: string, wanted: (name: string) => boolean = () => true): void {
    const source = join(suiteDirectory, from);
    if (!existsSync(source)) throw new Error(`${source} is missing: the payload is not complete`);
    mkdirSync(join(this.directory, to), { recursive: true });
    for (const name of readdirSync(source).filter(wanted)) {
      cpSync(join(source, name), join(this.directory, to, name), {
        recursive: true,
        filter: (path) => !/(^|\/)(\.terraform|terraform\.tfvars|terraform\.tfstate.*)$/.test(path),
      });
    }
  }
}
