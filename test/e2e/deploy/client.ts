/**
 * `client.ts '{"url":"wss://...","publisher":"<token>","subscriber":"<token>","seconds":60}'`: two people in one room, by
 * LiveKit's own client. One speaks and sends a numbered data packet every 20 ms, the other counts what comes. Prints a line
 * of JSON every half second. Leaves when its input ends, or after `seconds`. Trusts the authority in SSL_CERT_FILE. With
 * `relay` (an ICE server) all media goes through that relay, and each line tells which one it is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  ContinualGatheringPolicy,
  dispose,
  IceServer,
  IceTransportType,
  LocalAudioTrack,
  Room,
  RoomEvent,
  type RemoteTrack,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { z } from 'zod';

const { url, seconds, relay, ...tokens } = z
  .object({
    url: z.string(),
    publisher: z.string(),
    subscriber: z.string(),
    seconds: z.number(),
    relay: z.object({ urls: z.array(z.string()), username: z.string(), password: z.string() }).optional(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''));

const RATE = 48_000;
const FRAME_SAMPLES = RATE / 50;
const PACKET_MILLISECONDS = 20;
const SAMPLE_MILLISECONDS = 500;

const counted = { dataSent: 0, dataReceived: 0, dataLost: 0, frames: 0, longestGapMilliseconds: 0 };
const signal = { reconnecting: 0, reconnected: 0, rejoined: 0, disconnected: 0 };
let nextNumber = 0;
let lastArrival = 0;
let isOver = false;

function arrived(payload: Uint8Array): void {
  const now = performance.now();
  const number = Buffer.from(payload).readUInt32BE(0);
  if (lastArrival > 0)
    counted.longestGapMilliseconds = Math.max(counted.longestGapMilliseconds, Math.round(now - lastArrival));
  lastArrival = now;
  counted.dataReceived++;
  // One that comes late is taken back.
  if (number >= nextNumber) {
    counted.dataLost += nextNumber === 0 ? 0 : number - nextNumber;
    nextNumber = number + 1;
  } else counted.dataLost--;
}

function watch(room: Room): Room {
  return (
    room
      .on(RoomEvent.Reconnecting, () => void signal.reconnecting++)
      .on(RoomEvent.Reconnected, () => void signal.reconnected++)
      // A client that joined anew publishes again, and the other one sees it go.
      .on(RoomEvent.LocalTrackRepublished, () => void signal.rejoined++)
      .on(RoomEvent.ParticipantDisconnected, () => void (isOver || signal.rejoined++))
      .on(RoomEvent.Disconnected, () => void (isOver || signal.disconnected++))
  );
}

async function listen(track: RemoteTrack): Promise<void> {
  for await (const frame of new AudioStream(track, { sampleRate: RATE, numChannels: 1 })) {
    if (isOver) return;
    counted.frames += frame.samplesPerChannel > 0 ? 1 : 0;
  }
}

/** A tone, as long as the call. */
async function speak(source: AudioSource): Promise<void> {
  for (let sample = 0; !isOver; sample += FRAME_SAMPLES) {
    const data = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 440 * (sample + index)) / RATE)),
    );
    await source.captureFrame(new AudioFrame(data, RATE, 1, FRAME_SAMPLES));
  }
}

async function send(room: Room): Promise<void> {
  const began = performance.now();
  for (let number = 0; !isOver; number++) {
    const packet = Buffer.alloc(200);
    packet.writeUInt32BE(number, 0);
    counted.dataSent++;
    await room.localParticipant?.publishData(packet, { reliable: false, topic: 'count' });
    await sleep(Math.max(0, began + (number + 1) * PACKET_MILLISECONDS - performance.now()));
  }
}

/** RTP packets of both sides, and what the receiver had to make up for those that did not come. */
async function packets() {
  const [sending, receiving] = await Promise.all([publisher.getRtcStats(), subscriber.getRtcStats()]);
  const found = { audioSent: 0, audioReceived: 0, audioLost: 0, concealedSamples: 0 };
  // Newer servers let a client have one connection for both ways.
  for (const { stats } of [...sending.publisherStats, ...sending.subscriberStats]) {
    if (stats.case === 'outboundRtp') found.audioSent += Number(stats.value.sent?.packetsSent ?? 0);
  }
  for (const { stats } of [...receiving.publisherStats, ...receiving.subscriberStats]) {
    if (stats.case !== 'inboundRtp') continue;
    found.audioReceived += Number(stats.value.received?.packetsReceived ?? 0);
    found.audioLost += Number(stats.value.received?.packetsLost ?? 0);
    found.concealedSamples += Number(stats.value.inbound?.concealedSamples ?? 0);
  }
  return found;
}

type Stats = Awaited<ReturnType<Room['getRtcStats']>>['publisherStats'][number]['stats'];
const idOf = ({ value }: Stats) => (value !== undefined && 'rtc' in value ? value.rtc?.id : undefined) ?? '';

/** Of each connection the addresses of its relay and of the server behind it, as they are in use. */
async function relays() {
  const [sending, receiving] = await Promise.all([publisher.getRtcStats(), subscriber.getRtcStats()]);
  const connections = [sending, receiving].flatMap((each) => [each.publisherStats, each.subscriberStats]);
  return connections.flatMap((all) => {
    const by = new Map(all.map(({ stats }) => [idOf(stats), stats]));
    return all.flatMap(({ stats }) => {
      if (stats.case !== 'transport') return [];
      const pair = by.get(stats.value.transport?.selectedCandidatePairId ?? '');
      if (pair?.case !== 'candidatePair') return [];
      const local = by.get(pair.value.candidatePair?.localCandidateId ?? '');
      const remote = by.get(pair.value.candidatePair?.remoteCandidateId ?? '');
      if (local?.case !== 'localCandidate' || remote?.case !== 'remoteCandidate') return [];
      return [{ relay: local.value.candidate?.address ?? '', server: remote.value.candidate?.address ?? '' }];
    });
  });
}

const [publisher, subscriber] = [watch(new Room()), watch(new Room())];
subscriber.on(RoomEvent.DataReceived, (payload) => arrived(payload));
const heard = new Promise<void>((resolve) => {
  subscriber.on(RoomEvent.TrackSubscribed, (track) => {
    listen(track).catch(() => undefined);
    resolve();
  });
});

const left = new Promise<void>((resolve) => {
  process.stdin.resume().on('end', resolve).on('error', resolve);
  setTimeout(resolve, seconds * 1000).unref();
});

const how = {
  ...{ autoSubscribe: true, dynacast: false },
  ...(relay && {
    rtcConfig: {
      iceTransportType: IceTransportType.TRANSPORT_RELAY,
      continualGatheringPolicy: ContinualGatheringPolicy.GATHER_CONTINUALLY,
      iceServers: [new IceServer(relay)],
    },
  }),
};
await subscriber.connect(url, tokens.subscriber, how);
await publisher.connect(url, tokens.publisher, how);
const source = new AudioSource(RATE, 1, 200);
const options = new TrackPublishOptions();
options.source = TrackSource.SOURCE_MICROPHONE;
// Silence or not, a packet every 20 ms.
options.dtx = false;
options.red = false;
await publisher.localParticipant?.publishTrack(LocalAudioTrack.createAudioTrack('tone', source), options);
const working = [speak(source), send(publisher)].map((work) =>
  work.catch((error: unknown) => void (isOver || console.error(error))),
);
await heard;
while (!(await Promise.race([left.then(() => true), sleep(SAMPLE_MILLISECONDS, false)]))) {
  const rtp = await packets().catch(() => undefined);
  const used = relay && (await relays().catch(() => undefined));
  console.log(JSON.stringify({ at: Date.now(), ...counted, ...signal, rtp, relays: used }));
  counted.longestGapMilliseconds = 0;
}
isOver = true;
await Promise.all(working);
await Promise.all([publisher.disconnect(), subscriber.disconnect()]);
await dispose();
process.exit(0);
