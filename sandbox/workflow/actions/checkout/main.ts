import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const input = (name: string) => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
const env = (name: string) => process.env[name] ?? '';

const workspace = env('GITHUB_WORKSPACE');
const folder = resolve(workspace, input('path'));

/** The token goes by the environment: an argument would be seen by every process of the machine. */
function git(...args: string[]): string {
  console.log(`[command]git ${args.join(' ')}`);
  const authorization = Buffer.from(`x-access-token:${input('token')}`).toString('base64');
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraheader',
      GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${authorization}`,
    },
  }).trim();
}

function main(): void {
  const repository = input('repository');
  if (repository.toLowerCase() !== env('GITHUB_REPOSITORY').toLowerCase()) {
    throw new Error(`The sandbox only has ${env('GITHUB_REPOSITORY')}, not ${repository}.`);
  }
  const own = input('ref') === '';
  const ref = own ? env('GITHUB_REF') : input('ref');
  mkdirSync(folder, { recursive: true });
  if (input('clean') !== 'false')
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  const url = `${env('GITHUB_SERVER_URL')}/${repository}`;
  try {
    git('remote', 'add', 'origin', url);
  } catch {
    git('remote', 'set-url', 'origin', url);
  }
  const depth = Number(input('fetch-depth'));
  const options = [
    'fetch',
    '--quiet',
    ...(depth > 0 ? [`--depth=${depth}`] : []),
    input('fetch-tags') === 'true' ? '--tags' : '--no-tags',
  ];
  const everything = depth > 0 ? [] : ['+refs/heads/*:refs/remotes/origin/*'];
  const branch = branchOf(ref);
  if (own) {
    const target = branch ? `refs/remotes/origin/${branch}` : ref.replace('refs/', 'refs/remotes/');
    git(...options, 'origin', ...everything, `+${env('GITHUB_SHA')}:${target}`);
    git('checkout', '--quiet', '--force', ...(branch ? ['-B', branch, target] : [target]));
  } else {
    git(...options, 'origin', ...everything, ref);
    git('checkout', '--quiet', '--force', ...(branch ? ['-B', branch] : ['--detach']), 'FETCH_HEAD');
  }
  const commit = git('log', '-1', '--format=%H');
  console.log(commit);
  appendFileSync(env('GITHUB_OUTPUT'), `ref=${ref}\ncommit=${commit}\n`);
}

function branchOf(ref: string): string | undefined {
  if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
  return ref.startsWith('refs/') || /^[0-9a-f]{40}$/.test(ref) ? undefined : ref;
}

try {
  main();
} catch (error) {
  console.log(`::error::${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  process.exitCode = 1;
}
