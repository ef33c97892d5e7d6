import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../../../sandbox/command.ts';
import { MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';

export interface Probe {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly from?: string;
}

/** Someone who asks nodes and DNS servers. */
export class Caller {
  /** Put before a program, this makes it the caller's. */
  readonly #prefix: readonly string[];

  private constructor(prefix: readonly string[]) {
    this.#prefix = prefix;
  }

  /** Someone on the internet. */
  static outside(directory: string): Caller {
    return new Caller(inWorld(directory));
  }

  /** Someone in the nodes' own network. */
  static inside(): Caller {
    return new Caller([]);
  }

  /** What each answered: the address that the node saw, null when nothing came. */
  probe(probes: readonly Probe[]): Promise<(string | null)[]> {
    return this.#ask('probe.ts', probes, z.array(z.string().nullable()));
  }

  /** Answers of the caller's DNS server, in the form of `dns.resolve`; null without one. */
  resolve(questions: readonly { name: string; type: string }[]): Promise<unknown[]> {
    return this.#ask('resolve.ts', questions, z.array(z.unknown()));
  }

  async #ask<T>(program: string, question: unknown, answer: z.ZodType<T>): Promise<T> {
    const file = join(import.meta.dirname, program);
    const [command = '', ...args] = [...this.#prefix, process.execPath, file, JSON.stringify(question)];
    const text = await run(command, args, { timeoutSeconds: 20 });
    return answer.parse(JSON.parse(text));
  }
}

/** Programs that answer on ports of a node, as LiveKit on the node's own network would. */
export class Listeners {
  #running: ChildProcess[] = [];

  /** Listens on the ports of every node. */
  async start(ports: { readonly tcp: readonly number[]; readonly udp: readonly number[] }): Promise<void> {
    const file = join(import.meta.dirname, 'listener.ts');
    this.#running = MACHINES.map(({ namespace }) =>
      spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', process.execPath, file, JSON.stringify(ports)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(
      this.#running.map(async (child) => {
        const ready = child.stdout ? once(child.stdout, 'data') : Promise.reject(new Error('no output'));
        const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a listener ended with ${code}`)));
        await Promise.race([ready, ended]);
        ended.catch(() => undefined);
      }),
    );
  }

  stop(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    this.#running = [];
  }
}
