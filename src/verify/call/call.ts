import { setTimeout as sleep } from 'node:timers/promises';
import type { SignalOrigin } from '../signal.ts';
import type { TurnTarget } from '../world.ts';
import type { Candidate, MediaPath } from './path.ts';
import { joinRoom, type Participant, type Publisher, type Werift } from './participant.ts';

export interface CallOptions {
  readonly path: MediaPath;
  /** Where the two participants signal, and their tokens. */
  readonly caller: { readonly origin: SignalOrigin; readonly token: string };
  readonly callee: { readonly origin: SignalOrigin; readonly token: string };
  readonly tcpPort: number;
  readonly turnTls: TurnTarget | undefined;
  /** For all until audio has arrived; the measuring comes after it. */
  readonly connectSeconds: number;
  readonly measureSeconds: number;
  readonly signal: AbortSignal;
}

/** How far a call came: what it waited for when its time was up. */
export type Stage = 'join' | 'publish' | 'subscribe' | 'data' | 'audio' | 'done';

export interface CallReport {
  readonly stage: Stage;
  /** The room's node, and LiveKit's version. */
  readonly nodeId: string;
  readonly version: string;
  /** TURN servers as the JoinResponse has them. */
  readonly iceServers: readonly { urls: readonly string[]; username: string; credential: string }[];
  /** Candidates that the node named. */
  readonly candidates: readonly Candidate[];
  /** From the caller's and callee's start to their connections; undefined for what did not come about. */
  readonly publishedMilliseconds?: number | undefined;
  readonly subscribedMilliseconds?: number | undefined;
  readonly dataMilliseconds?: number | undefined;
  /** The pairs in use, of caller and callee. */
  readonly pairs?: readonly [string, string] | undefined;
  readonly quality?: Quality | undefined;
  /** Why a signal connection ended early. */
  readonly ended?: string | undefined;
}

/** What was measured on packets that went from here to the node and back. */
export interface Quality {
  readonly sent: number;
  readonly lost: number;
  /** Median and 95th percentile from the caller's sending to the callee's receiving: the node's round trip from here. */
  readonly roundTripMilliseconds: number;
  readonly slowMilliseconds: number;
}

const PACKET_MILLISECONDS = 20;
/** What is still on its way when the last packet was sent gets this long. */
const GRACE_MILLISECONDS = 1000;

/**
 * A call: caller and callee join a room, data and Opus audio go from one to the other by one path. Never throws for what
 * the path does (the report says how far it came); throws LK-VERIFY-007 when nobody could join. All is closed after it.
 */
export async function placeCall(options: CallOptions): Promise<CallReport> {
  const werift = await import('werift');
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const people: Participant[] = [];
  try {
    const join = async ({ origin, token }: CallOptions['caller']) => {
      const { path, tcpPort, turnTls } = options;
      const one = await joinRoom({ werift, origin, token, path, tcpPort, turnTls, signal });
      people.push(one);
      return one;
    };
    // The room is there already, so neither waits for the other. One that fails ends the other's trying, too.
    const joining = [join(options.caller), join(options.callee)] as const;
    await Promise.all(joining).catch(() => ended.abort());
    await Promise.allSettled(joining);
    const [caller, callee] = await Promise.all(joining);
    return await converse(werift, caller, callee, options);
  } finally {
    await Promise.allSettled(people.map((one) => one.close()));
    ended.abort();
  }
}

async function converse(
  werift: Werift,
  caller: Participant,
  callee: Participant,
  options: CallOptions,
): Promise<CallReport> {
  const started = performance.now();
  const since = () => Math.round(performance.now() - started);
  const times: { published?: number; subscribed?: number; data?: number } = {};
  let stage: Stage = 'publish';
  let why: string | undefined;
  // One end for all waiting: the time, or a signal connection that ended.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), options.connectSeconds * 1000);
  for (const one of [caller, callee]) {
    void one.ended.then((text) => {
      why ??= text;
      over.abort();
    });
  }
  const signal = AbortSignal.any([over.signal, options.signal]);
  const within = <T>(work: Promise<T>): Promise<T | undefined> => Promise.race([work, aborted(signal)]);
  const report = (more: Partial<CallReport> = {}): CallReport => ({
    stage,
    nodeId: callee.join.serverInfo?.nodeId ?? '',
    version: callee.join.serverInfo?.version ?? callee.join.serverVersion,
    iceServers: callee.join.iceServers.map(({ urls, username, credential }) => ({ urls, username, credential })),
    candidates: unique([...caller.candidates(), ...callee.candidates()]),
    publishedMilliseconds: times.published,
    subscribedMilliseconds: times.subscribed,
    dataMilliseconds: times.data,
    ended: why,
    ...more,
  });
  const ear = listen(callee);
  let voice: Voice | undefined;
  try {
    const subscribed = callee.subscribing.then(() => (times.subscribed = since()));
    const publisher = await within(caller.publish());
    if (publisher === undefined) return report();
    times.published = since();
    stage = 'subscribe';
    if ((await within(subscribed)) === undefined) return report();
    voice = speak(werift, publisher);
    stage = 'data';
    const sentAt = performance.now();
    if ((await within(sendUntilHeard(publisher, ear.data, signal))) === undefined) return report();
    times.data = Math.round(performance.now() - sentAt);
    stage = 'audio';
    if ((await within(ear.audio)) === undefined) return report();
    clearTimeout(timer);
    stage = 'done';
    const quality = await measure(voice, ear, options.measureSeconds, signal);
    return report({ quality, pairs: [publisher.pair(), callee.pair()] });
  } finally {
    clearTimeout(timer);
    voice?.stop();
  }
}

/** Marks what this call sent: an Opus frame (RFC 6716: the first byte says what kind) whose content is a number. */
const OPUS_FRAME = 0xf8;
const MARK = Buffer.from('livekit-gke');

interface Ear {
  /** When the call's first data packet came. */
  readonly data: Promise<true>;
  /** When the first audio packet came. */
  readonly audio: Promise<true>;
  /** Arrival of each audio packet by its number, in milliseconds. */
  readonly heard: ReadonlyMap<number, number>;
}

function listen(callee: Participant): Ear {
  const data = Promise.withResolvers<true>();
  const audio = Promise.withResolvers<true>();
  const heard = new Map<number, number>();
  callee.onData((packet) => {
    // A user packet holds the mark as it was sent; everything around it is LiveKit's.
    if (Buffer.from(packet).includes(MARK)) data.resolve(true);
  });
  callee.onAudio((payload) => {
    if (payload.length !== 1 + MARK.length + 4 || !payload.subarray(1, 1 + MARK.length).equals(MARK)) return;
    const number = payload.readUInt32BE(1 + MARK.length);
    if (!heard.has(number)) heard.set(number, performance.now());
    audio.resolve(true);
  });
  return { data: data.promise, audio: audio.promise, heard };
}

interface Voice {
  /** When each audio packet was sent, by its number. */
  readonly said: readonly number[];
  stop(): void;
}

/** Sends Opus packets, 50 a second, until it is stopped. */
function speak({ RtpHeader, RtpPacket }: Werift, { track }: Publisher): Voice {
  const said: number[] = [];
  const started = performance.now();
  const say = () => {
    // A busy machine lets the clock's ticks come late: what is due is sent, at most a few at once.
    const due = Math.floor((performance.now() - started) / PACKET_MILLISECONDS) + 1;
    for (let burst = 0; said.length < due && burst < 5; burst++) {
      const number = said.length;
      const payload = Buffer.alloc(1 + MARK.length + 4, OPUS_FRAME);
      MARK.copy(payload, 1);
      payload.writeUInt32BE(number, 1 + MARK.length);
      const header = new RtpHeader({
        payloadType: 111,
        sequenceNumber: number % 65_536,
        timestamp: number * 960,
        ssrc: 1,
      });
      said.push(performance.now());
      track.writeRtp(new RtpPacket(header, payload));
    }
  };
  const clock = setInterval(say, PACKET_MILLISECONDS);
  return { said, stop: () => clearInterval(clock) };
}

/** A data channel that just opened may not lead to everybody yet: the packet is sent again until it is heard. */
async function sendUntilHeard({ data }: Publisher, heard: Promise<true>, signal: AbortSignal): Promise<true> {
  const { DataPacket, UserPacket } = await import('@livekit/protocol');
  const packet = new DataPacket({ value: { case: 'user', value: new UserPacket({ payload: MARK, topic: 'probe' }) } });
  const bytes = Buffer.from(packet.toBinary());
  let isHeard = false;
  void heard.then(() => (isHeard = true));
  while (!isHeard && !signal.aborted) {
    if (data.readyState === 'open') data.send(bytes);
    await Promise.race([heard, sleep(100)]);
  }
  return heard;
}

/** What became of the packets that are sent from now on. */
async function measure(voice: Voice, ear: Ear, seconds: number, signal: AbortSignal): Promise<Quality> {
  const first = voice.said.length;
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  const last = voice.said.length;
  voice.stop();
  const numbers = Array.from({ length: last - first }, (_, index) => first + index);
  const isComplete = () => numbers.every((number) => ear.heard.has(number));
  for (let waited = 0; waited < GRACE_MILLISECONDS && !isComplete() && !signal.aborted; waited += 50) await sleep(50);
  return qualityOf(numbers, voice.said, ear.heard);
}

/** Loss and round trips of the packets `numbers`, by when each was sent and heard (milliseconds). */
export function qualityOf(
  numbers: readonly number[],
  said: readonly number[],
  heard: ReadonlyMap<number, number>,
): Quality {
  const trips = numbers
    .flatMap((number) => {
      const at = heard.get(number);
      return at === undefined ? [] : [at - (said[number] ?? at)];
    })
    .sort((a, b) => a - b);
  const at = (share: number) => Math.round((trips[Math.floor((trips.length - 1) * share)] ?? 0) * 10) / 10;
  return {
    sent: numbers.length,
    lost: numbers.length - trips.length,
    roundTripMilliseconds: at(0.5),
    slowMilliseconds: at(0.95),
  };
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  const key = ({ transport, address, port, type }: Candidate) => [transport, address, port, type].join(' ');
  return [...new Map(candidates.map((one) => [key(one), one])).values()];
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
