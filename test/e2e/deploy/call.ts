import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessToken } from 'livekit-server-sdk';
import { z } from 'zod';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import type { Canary } from '../../../sandbox/demo/canary.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';

const sampleOf = z.object({
  at: z.number(),
  dataSent: z.number(),
  dataReceived: z.number(),
  dataLost: z.number(),
  frames: z.number(),
  /** Longest time between two data packets since the sample before. */
  longestGapMilliseconds: z.number(),
  /** Times that a signal connection was lost, and that it was back. */
  reconnecting: z.number(),
  reconnected: z.number(),
  /** Times that a participant joined anew: the call was cut. */
  rejoined: z.number(),
  disconnected: z.number(),
  rtp: z
    .object({
      audioSent: z.number(),
      audioReceived: z.number(),
      audioLost: z.number(),
      concealedSamples: z.number(),
    })
    .optional(),
  /** With a relay: of each connection its address, and that of the server behind it. */
  relays: z.array(z.object({ relay: z.string(), server: z.string() })).optional(),
});
export type Sample = z.infer<typeof sampleOf>;

/** What happened in a part of a call. */
export interface Stretch {
  readonly seconds: number;
  readonly audioSent: number;
  readonly audioReceived: number;
  readonly audioLost: number;
  readonly dataSent: number;
  readonly dataReceived: number;
  readonly dataLost: number;
  readonly longestGapMilliseconds: number;
  /** Signal connections that were lost and taken up again; the media went on. */
  readonly resumed: number;
  readonly rejoined: number;
  readonly disconnected: number;
}

const JOIN_SECONDS = 20;

export interface CallOptions {
  readonly url: string;
  readonly keys: Canary;
  readonly room: string;
  /** The call ends after so long in any case. */
  readonly seconds: number;
  /** All media goes through this relay, an ICE server of one's own in place of those that LiveKit offers. */
  readonly relay?: { readonly urls: readonly string[]; readonly username: string; readonly password: string };
}

/** A call of two people on the internet, by LiveKit's own client. */
export class Call {
  readonly #child: ChildProcess;
  readonly #samples: Sample[] = [];
  #complaints = '';
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.once('exit', () => (this.#ended = true));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text));
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('{"at"')) this.#samples.push(sampleOf.parse(JSON.parse(line)));
        else this.#complaints += `${line}\n`;
      });
    }
  }

  /** Joins, and waits until sound and data come through. */
  static async start(config: SandboxConfig, options: CallOptions): Promise<Call> {
    const { url, seconds, relay } = options;
    const [publisher, subscriber] = await Promise.all(['publisher', 'subscriber'].map((who) => token(options, who)));
    const [command = '', ...prefix] = inWorld(config.directory);
    const file = join(import.meta.dirname, 'client.ts');
    const question = JSON.stringify({ url, publisher, subscriber, seconds, relay });
    const call = new Call(
      spawn(command, [...prefix, process.execPath, file, question], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] ?? '', SSL_CERT_FILE: webAuthority(config.directory) },
      }),
    );
    const deadline = Date.now() + JOIN_SECONDS * 1000;
    for (;;) {
      const { dataReceived = 0, rtp } = call.#samples.at(-1) ?? {};
      if (dataReceived > 0 && (rtp?.audioReceived ?? 0) > 0) return call;
      if (call.#ended || Date.now() > deadline) {
        call.cut();
        throw new Error(`nobody is heard in the room ${options.room}: ${call.#complaints.slice(-2000)}`);
      }
      await sleep(100);
    }
  }

  get isOver(): boolean {
    return this.#ended;
  }

  /** The newest sample; the beginning of a stretch. */
  now(): Sample {
    const sample = this.#samples.at(-1);
    assert.ok(sample);
    assert.ok(!this.#ended, `the call has ended by itself: ${this.#complaints.slice(-2000)}`);
    return sample;
  }

  /** What happened from that sample on. */
  since(from: Sample): Stretch {
    return stretch(this.#samples, from, this.now());
  }

  /** What happens within so many seconds. */
  async during(seconds: number): Promise<Stretch> {
    const from = this.now();
    await sleep(seconds * 1000);
    return this.since(from);
  }

  /** Both leave. */
  async leave(): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await Promise.race([ended, sleep(5000)]);
    this.cut();
  }

  cut(): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }
}

/** What lies between two samples of a call. */
export function stretch(samples: readonly Sample[], from: Sample, to: Sample): Stretch {
  const between = samples.filter(({ at }) => at > from.at && at <= to.at);
  assert.ok(from.rtp && to.rtp, 'the client did not tell its packets');
  return {
    seconds: (to.at - from.at) / 1000,
    audioSent: to.rtp.audioSent - from.rtp.audioSent,
    audioReceived: to.rtp.audioReceived - from.rtp.audioReceived,
    audioLost: to.rtp.audioLost - from.rtp.audioLost,
    dataSent: to.dataSent - from.dataSent,
    dataReceived: to.dataReceived - from.dataReceived,
    dataLost: to.dataLost - from.dataLost,
    longestGapMilliseconds: Math.max(0, ...between.map((sample) => sample.longestGapMilliseconds)),
    resumed: to.reconnected - from.reconnected,
    rejoined: to.rejoined - from.rejoined,
    disconnected: to.disconnected - from.disconnected,
  };
}

/** Lets somebody into a room. */
export function token({ keys, room }: Pick<CallOptions, 'keys' | 'room'>, identity: string): Promise<string> {
  const access = new AccessToken(keys.key, keys.secret, { identity, ttl: '1h' });
  access.addGrant({ roomJoin: true, room });
  return access.toJwt();
}
