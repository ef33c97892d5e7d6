import { spawn } from 'node:child_process';
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import { GitRepository } from '../github/git.ts';

/** A repository that is fetched over HTTP with a user's token, as a private one of GitHub's is. */
export class GitServer {
  readonly repository: GitRepository;
  /** Without `.git`, as the page of the repository. */
  readonly page: string;
  /** The one that is accepted; another takes its place at once. */
  token: string;
  /** Fetches that were served, and refused. */
  served = 0;
  refused = 0;
  readonly #server: Server;

  private constructor(repository: GitRepository, token: string, server: Server, page: string) {
    this.repository = repository;
    this.token = token;
    this.#server = server;
    this.page = page;
  }

  static async start(directory: string, address: string, token: string): Promise<GitServer> {
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const git = new GitServer(new GitRepository(directory), token, server, `http://${address}:${port}/nova/messaging`);
    server.on('request', (request, response) => git.#answer(request, response));
    return git;
  }

  get url(): string {
    return `${this.page}.git`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Commits files to main, whatever was there before; gives the commit. */
  push(files: Readonly<Record<string, string>>, message: string): string {
    const { repository } = this;
    const lines = Object.entries(files).map(([path, content]) => {
      const blob = repository.git(['hash-object', '-w', '--stdin'], { input: content }).trim();
      return { path, blob };
    });
    const env = { GIT_INDEX_FILE: `${repository.directory}/push.index` };
    repository.git(['read-tree', '--empty'], { env });
    for (const { path, blob } of lines)
      repository.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { env });
    const tree = repository.git(['write-tree'], { env }).trim();
    const parent = repository.commitOf('main');
    const who = {
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@nova.dev',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@nova.dev',
    };
    const args = ['commit-tree', tree, '-m', message, ...(parent === undefined ? [] : ['-p', parent])];
    const commit = repository.git(args, { env: who }).trim();
    repository.setRef('refs/heads/main', commit);
    return commit;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.page);
    const [, action] = /^\/nova\/messaging(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? [];
    const isKnown =
      action !== undefined && (action !== 'info/refs' || url.searchParams.get('service') === 'git-upload-pack');
    if (!isKnown || !this.#isAllowed(request)) {
      if (isKnown) this.refused++;
      // As GitHub does: a private repository does not exist for who has no right to it.
      response.writeHead(isKnown ? 401 : 404, {
        'content-type': 'text/plain',
        'www-authenticate': 'Basic realm="git"',
      });
      response.end('Repository not found.\n');
      return;
    }
    this.served++;
    const advertise = action === 'info/refs';
    const protocol = request.headers['git-protocol'];
    const args = [
      'upload-pack',
      '--stateless-rpc',
      '--strict',
      ...(advertise ? ['--advertise-refs'] : []),
      this.repository.directory,
    ];
    const child = spawn('git', ['-c', 'uploadpack.allowAnySHA1InWant=true', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', ...(typeof protocol === 'string' && { GIT_PROTOCOL: protocol }) },
    });
    response.writeHead(200, {
      'content-type': `application/x-git-upload-pack-${advertise ? 'advertisement' : 'result'}`,
      'cache-control': 'no-cache',
    });
    if (advertise && protocol !== 'version=2') response.write('001e# service=git-upload-pack\n0000');
    child.stdin.on('error', () => undefined);
    (request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request).pipe(child.stdin);
    child.stdout.pipe(response);
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    const [, encoded = ''] = /^Basic (\S+)$/.exec(headers.authorization ?? '') ?? [];
    const given = Buffer.from(encoded, 'base64').toString('utf8').split(':').slice(1).join(':');
    const digest = (text: string) => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(given), digest(this.token));
  }
}
