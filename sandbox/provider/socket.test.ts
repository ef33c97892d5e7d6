import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { socketFile } from './socket.ts';

test('one process never listens in the same place twice', () => {
  expect(socketFile({})).not.toBe(socketFile({}));
  expect(dirname(socketFile({ PLUGIN_UNIX_SOCKET_DIR: '/run/plugins' }))).toBe('/run/plugins');
});

describe('the plug-in process', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'plug-in-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Starts it as Terraform does, without TLS; answers the socket that it announces. */
  async function start(): Promise<{ child: ChildProcess; socket: string; ended: Promise<void> }> {
    const { NODE_OPTIONS: _, PLUGIN_CLIENT_CERT: __, ...environment } = process.env;
    const child = spawn(process.execPath, ['--no-warnings', fileURLToPath(new URL('main.ts', import.meta.url))], {
      env: {
        ...environment,
        TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
        PLUGIN_UNIX_SOCKET_DIR: directory,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    const [line = ''] = await Promise.race([
      new Promise<string[]>((resolve) => createInterface(child.stdout).once('line', (text) => resolve([text]))),
      ended.then((): string[] => []),
    ]);
    return { child, socket: line.split('|')[3] ?? '', ended };
  }

  test('takes its socket away when it ends; one that was killed cannot, and stands in nobody’s way', async () => {
    const killed = await start();
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(killed.socket)).toBe(true);
    const next = await start();
    expect(existsSync(next.socket)).toBe(true);
    next.child.kill('SIGTERM');
    await next.ended;
    expect(existsSync(next.socket)).toBe(false);
  });
});
