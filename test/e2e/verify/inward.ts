import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';

/**
 * The stand-ins of Google and of the control plane's public endpoint, reached from the sandbox's outside as they are on this
 * machine: at the same port of 127.0.0.1. Through sockets in a folder, since the outside has a network of its own.
 */
export class Inward {
  readonly #directory: string;
  readonly #servers: Server[];
  readonly #child: ChildProcess;

  private constructor(directory: string, servers: Server[], child: ChildProcess) {
    this.#directory = directory;
    this.#servers = servers;
    this.#child = child;
  }

  static async open(config: SandboxConfig, urls: readonly string[]): Promise<Inward> {
    const directory = mkdtempSync(join(tmpdir(), 'inward-'));
    const servers = await Promise.all(
      urls.map(async (url) => {
        const { hostname: host, port } = new URL(url);
        const server = createServer({ allowHalfOpen: true }, (socket) =>
          passBetween(socket, connect({ host, port: Number(port), allowHalfOpen: true })),
        );
        server.listen(join(directory, port));
        await once(server, 'listening');
        return server;
      }),
    );
    const [command = '', ...prefix] = inWorld(config.directory);
    const ports = urls.map((url) => new URL(url).port);
    const file = join(import.meta.dirname, 'inward-listener.ts');
    const child = spawn(command, [...prefix, process.execPath, file, directory, ...ports], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return new Inward(directory, servers, child);
  }

  close(): void {
    this.#child.kill('SIGKILL');
    for (const server of this.#servers) server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Passes bytes both ways until both ends have ended. */
export function passBetween(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
}
