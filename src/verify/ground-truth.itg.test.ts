import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AudioStream, dispose, Room, RoomEvent, type RemoteTrack } from '@livekit/rtc-node';
import * as werift from 'werift';
import { joinRoom } from './call/participant.ts';
import { startTrial, type Trial, TRIAL_KEY } from './livekit.fixture.ts';
import { accessToken } from './token.ts';
import { DataPacket, UserPacket } from '@livekit/protocol';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
}, 30_000);
afterAll(async () => {
  await trial.stop();
  await dispose();
});

/** LiveKit's own client, which knows nothing of this one, is the other side. */
test('LiveKit’s own client gets the data and the track that this one sends', async () => {
  const room = 'ground-truth';
  const url = `ws://127.0.0.1:${trial.ports.http}`;
  const token = (identity: string) => accessToken(TRIAL_KEY, identity, { roomJoin: true, room });
  const other = new Room();
  const data = new Promise<string>((resolve) =>
    other.on(RoomEvent.DataReceived, (payload: Uint8Array) => resolve(Buffer.from(payload).toString())),
  );
  const track = new Promise<RemoteTrack>((resolve) => other.on(RoomEvent.TrackSubscribed, (found) => resolve(found)));
  await other.connect(url, token('theirs'), { autoSubscribe: true, dynacast: false });
  const own = await joinRoom({
    werift,
    origin: { http: '', ws: url, name: url },
    token: token('ours'),
    path: 'udp',
    tcpPort: trial.ports.tcp,
    turnTls: undefined,
    signal: AbortSignal.timeout(25_000),
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const publisher = await own.publish();
    const packet = new DataPacket({
      value: { case: 'user', value: new UserPacket({ payload: Buffer.from('hello'), topic: 'probe' }) },
    });
    let number = 0;
    timer = setInterval(() => {
      const header = { payloadType: 111, sequenceNumber: number, timestamp: number * 960, ssrc: 1 };
      // Opus: one frame of 20 ms of silence.
      publisher.track.writeRtp(new werift.RtpPacket(new werift.RtpHeader(header), Buffer.from([0xf8, 0xff, 0xfe])));
      if (number++ % 10 === 0 && publisher.data.readyState === 'open')
        publisher.data.send(Buffer.from(packet.toBinary()));
    }, 20);
    expect(await data).toBe('hello');
    const remote = await track;
    const frames = new AudioStream(remote).getReader();
    const { value } = await frames.read();
    expect(value?.samplesPerChannel).toBeGreaterThan(0);
    expect(other.remoteParticipants.get('ours')?.trackPublications.size).toBe(1);
    await frames.cancel();
  } finally {
    clearInterval(timer);
    await own.close();
    await other.disconnect();
  }
}, 40_000);
