import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { githubServer } from './server.ts';
import { openGitHub, type GitHub } from './world.ts';

/** A stand-in of its own for tests: free port, temporary directory, a repository with one commit on main. */
export interface Trial {
  readonly config: SandboxConfig;
  readonly github: GitHub;
  readonly directory: string;
  /** Commits the files (null removes one) on a branch made from `from`, and returns the commit's SHA. */
  commit(branch: string, files: Record<string, string | null>, message?: string, from?: string): string;
  /** Ends the stand-in and keeps its directory, for another one to start on. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

export async function startTrial(existing?: string): Promise<Trial> {
  const directory = existing ?? mkdtempSync(join(tmpdir(), 'github-stand-in-'));
  const config: SandboxConfig = {
    directory,
    bin: join(directory, 'bin'),
    project: { id: 'nova-livekit-dev', number: '123456789012', region: 'asia-northeast1' },
    repository: {
      owner: 'nova',
      name: 'livekit',
      id: '900100',
      ownerId: '900001',
      gitDirectory: join(directory, 'livekit.git'),
    },
    bucket: 'bucket',
    addresses: { github: '', google: '', storage: '', storageUpstream: '', helmRepository: '', kubernetes: '' },
    kubernetes: { certificateAuthority: '', adminKubeconfig: '', nodes: [] },
    redisAddress: '',
  };
  const addresses = config.addresses as { github: string };
  // The address is known only after listening, and everything reads it when a request comes.
  const github = await openGitHub(config, process.env['TRIAL_LOG'] ? console.log : () => undefined);
  const server = githubServer(github);
  // The test's own git commands hold this process up; no connection may end as idle while its next request is under way.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  addresses.github = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  github.shapes.server = addresses.github;
  const work = join(directory, 'work');
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: work,
      encoding: 'utf8',
      env: { ...process.env, ...IDENTITY },
      stdio: 'pipe',
    }).trim();
  if (existing === undefined) {
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', work]);
    git('remote', 'add', 'origin', config.repository.gitDirectory);
  }
  const commit: Trial['commit'] = (branch, files, message = 'Change', from = 'main') => {
    const known = git('branch', '--list', branch) !== '';
    if (branch !== 'main' || known) git('checkout', '--quiet', ...(known ? [branch] : ['-b', branch, from]));
    for (const [path, text] of Object.entries(files)) {
      const target = join(work, path);
      if (text === null) rmSync(target);
      else {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      }
    }
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
    git('push', '--quiet', '--force', 'origin', branch);
    return git('rev-parse', 'HEAD');
  };
  if (existing === undefined) commit('main', { 'README.md': '# LiveKit\n' }, 'First');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    config,
    github,
    directory,
    commit,
    stop,
    close: async () => {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
