import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { rootOf } from '../../../sandbox/acme/pebble.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { MACHINES, WORLD_CLIENT } from '../../../sandbox/kubernetes/plan.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { Call, token } from '../deploy/call.ts';
import { eventually } from '../deploy/lab.ts';
import type { CertificateLab } from './lab.ts';

const wayOf = z.object({ at: z.string(), username: z.string(), password: z.string() });

/**
 * People who call each other through LiveKit's TURN/TLS and in no other way, as behind a firewall that lets only HTTPS out. The
 * client’s library trusts the authorities that are built into it, so what ends TLS and checks the certificate stands beside it.
 */
export class RelayedCalls {
  readonly #world: CertificateLab;
  readonly #child: ChildProcess;
  readonly #way: z.infer<typeof wayOf>;
  #complaints: string[];

  private constructor(world: CertificateLab, child: ChildProcess, way: z.infer<typeof wayOf>, complaints: string[]) {
    this.#world = world;
    this.#child = child;
    this.#way = way;
    this.#complaints = complaints;
  }

  static async open(world: CertificateLab): Promise<RelayedCalls> {
    const { config, environment, keys } = world.lab;
    const directory = mkdtempSync(join(tmpdir(), 'relayed-'));
    try {
      const authorities = join(directory, 'authorities.pem');
      const web = readFileSync(webAuthority(config.directory), 'utf8');
      writeFileSync(authorities, `${web}\n${await rootOf(world.acme.pebble)}`);
      const question = {
        url: `wss://${environment.domain}`,
        token: await token({ keys, room: 'way' }, 'way'),
        ...{ listen: WORLD_CLIENT, host: environment.turnDomain, port: 443 },
      };
      const [command = '', ...prefix] = inWorld(config.directory);
      const file = join(import.meta.dirname, 'tunnel.ts');
      const child = spawn(command, [...prefix, process.execPath, file, JSON.stringify(question)], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authorities },
      });
      const complaints: string[] = [];
      child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
      const ended = once(child, 'exit').then(() =>
        Promise.reject(new Error(`no way to TURN/TLS: ${complaints.join('')}`)),
      );
      const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string];
      ended.catch(() => undefined);
      return new RelayedCalls(world, child, wayOf.parse(JSON.parse(line)), complaints);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  /** What TLS refused. */
  get complaints(): string {
    return this.#complaints.join('');
  }

  /** Two people in a room, heard by each other, through a relay only. */
  async call(room: string): Promise<RelayedCall> {
    const { config, environment, keys } = this.#world.lab;
    const { at, username, password } = this.#way;
    const relay = { urls: [`turn:${at}?transport=tcp`], username, password };
    const call = await Call.start(config, { url: `wss://${environment.domain}`, keys, room, seconds: 900, relay });
    try {
      return new RelayedCall(call, await eventually(() => Promise.resolve(pathsOf(call)), 10));
    } catch (error) {
      await call.leave();
      throw error;
    }
  }
}

/** On which machine a connection has its relay, and on which the server behind it is. */
export interface Path {
  readonly relay: string;
  readonly server: string;
}

export class RelayedCall {
  readonly call: Call;
  /** Of its connections, as it began. */
  readonly paths: readonly Path[];
  constructor(call: Call, paths: readonly Path[]) {
    this.call = call;
    this.paths = paths;
  }

  /** Connections whose relay is another node's than their room. */
  get crossing(): readonly Path[] {
    return this.paths.filter(({ relay, server }) => relay !== server);
  }
}

/** Of the connections that media goes through; throws while there are none. */
export function pathsOf(call: Call): readonly Path[] {
  const paths = (call.now().relays ?? []).map(({ relay, server }): Path => ({
    relay: machineAt(relay),
    server: machineAt(server),
  }));
  if (paths.length < 2 || paths.some(({ relay, server }) => relay === '' || server === ''))
    throw new Error(`no relay is in use yet: ${JSON.stringify(call.now())}`);
  return paths;
}

/** A relay is told by its own address, a server by the one that clients reach. */
function machineAt(address: string): string {
  const found = MACHINES.find((machine) => machine.address === address || machine.externalAddress === address);
  return found?.name ?? '';
}
