import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { Refusal } from './answer.ts';
import { authenticate, authorize } from './tokens.ts';
import type { GitHub } from './world.ts';

/**
 * Git over HTTP, for fetching only, as actions/checkout does: `/<owner>/<repository>(.git)/info/refs` and `/git-upload-pack`. Gives false
 * when the request is something else. A token needs `contents: read`.
 */
export function serveGit(github: GitHub, request: IncomingMessage, response: ServerResponse): boolean {
  const { owner, name } = github.config.repository;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, repository, action] = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? [];
  if (action === undefined) return false;
  try {
    if (
      repository !== `${owner}/${name}` ||
      (action === 'info/refs' && url.searchParams.get('service') !== 'git-upload-pack')
    ) {
      throw new Refusal(404, 'Repository not found.');
    }
    authorize(authenticate(github.state, request.headers.authorization).token, [['contents', 'read']]);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Without the header git would not understand that credentials are wanted.
    response.writeHead(error.status, { 'content-type': 'text/plain', 'www-authenticate': 'Basic realm="GitHub"' });
    response.end(`${error.message}\n`);
    return true;
  }
  uploadPack(github, request, response, action === 'info/refs');
  return true;
}

function uploadPack(github: GitHub, request: IncomingMessage, response: ServerResponse, advertise: boolean): void {
  const protocol = request.headers['git-protocol'];
  const child = spawn(
    'git',
    // Any commit may be asked for by its SHA, as on GitHub.
    [
      ...['-c', 'uploadpack.allowAnySHA1InWant=true', 'upload-pack', '--stateless-rpc', '--strict'],
      ...(advertise ? ['--advertise-refs'] : []),
      github.git.directory,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', ...(typeof protocol === 'string' && { GIT_PROTOCOL: protocol }) },
    },
  );
  const type = `application/x-git-upload-pack-${advertise ? 'advertisement' : 'result'}`;
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
  if (advertise && protocol !== 'version=2') response.write('001e# service=git-upload-pack\n0000');
  child.stdin.on('error', () => undefined);
  (request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request).pipe(child.stdin);
  child.stdout.pipe(response);
}
