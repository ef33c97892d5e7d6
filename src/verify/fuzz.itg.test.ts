import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { JoinResponse, SessionDescription, SignalResponse, SignalTarget, TrickleRequest } from '@livekit/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import * as werift from 'werift';
import { joinRoom } from './call/participant.ts';
import type { MediaPath } from './call/path.ts';
import { dnsLookup, issuersFor, zoneServers } from './dns/lookup.ts';
import { hostile, randomFrom } from './page/hostile.fixture.ts';

/** What would end the process of the action. */
const deadly: unknown[] = [];
const hear = (error: unknown) => void deadly.push(error);
beforeEach(() => {
  deadly.length = 0;
  process.on('unhandledRejection', hear);
});
afterEach(() => void process.off('unhandledRejection', hear));

/** Bytes with a few of them flipped, left out, doubled or cut. */
function damaged(bytes: Buffer, random: () => number): Buffer {
  let found = Buffer.from(bytes);
  for (let changes = 1 + Math.floor(random() * 4); changes > 0 && found.length > 0; changes--) {
    const at = Math.floor(random() * found.length);
    switch (Math.floor(random() * 4)) {
      case 0:
        found[at] = Math.floor(random() * 256);
        break;
      case 1:
        found = Buffer.concat([found.subarray(0, at), found.subarray(at + 1 + Math.floor(random() * 8))]);
        break;
      case 2:
        found = Buffer.concat([found.subarray(0, at), found.subarray(Math.max(0, at - 10))]);
        break;
      default:
        found = found.subarray(0, at);
    }
  }
  return found;
}

/** Lines of a description replaced, left out, doubled, or with foreign pieces in them. */
function damagedText(text: string, random: () => number): string {
  const piece = hostile(random);
  const lines = text.split('\r\n');
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
    const at = Math.floor(random() * lines.length);
    const line = lines[at] ?? '';
    const cut = Math.floor(random() * (line.length + 1));
    const kinds: string[][] = [[], [line, line], [`${line.slice(0, cut)}${piece()}`], [line.slice(0, cut)], [piece()]];
    lines.splice(at, 1, ...(kinds[Math.floor(random() * kinds.length)] ?? []));
  }
  return lines.join('\r\n');
}

describe('a server that sends damaged signal messages', () => {
  let offer: string;
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  let speak: (say: (message: SignalResponse['message'] | Buffer) => void) => void;

  beforeAll(async () => {
    const own = new werift.RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
    own.createDataChannel('_reliable');
    own.addTransceiver('audio', { direction: 'sendonly' });
    offer = (await own.createOffer()).sdp;
    await own.close();
    sockets.on('connection', (socket: WebSocket) =>
      speak((message) =>
        socket.send(Buffer.isBuffer(message) ? message : Buffer.from(new SignalResponse({ message }).toBinary())),
      ),
    );
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets.clients) socket.terminate();
    await new Promise((resolve) => http.close(resolve));
  });

  const join: SignalResponse['message'] = {
    case: 'join',
    value: new JoinResponse({ room: { name: 'r', sid: 'RM_1' }, participant: { identity: 'p' } }),
  };
  const description = (sdp: string, type: 'offer' | 'answer') => ({
    case: type,
    value: new SessionDescription({ type, sdp }),
  });
  const trickle = (candidateInit: string) => ({
    case: 'trickle' as const,
    value: new TrickleRequest({ candidateInit, target: SignalTarget.SUBSCRIBER }),
  });

  test('ends the participant at most, whatever comes', async () => {
    const { port } = http.address() as { port: number };
    const url = `ws://127.0.0.1:${port}`;
    const paths: MediaPath[] = ['udp', 'tcp', 'turn-tls', 'turn-udp'];
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      speak = (say) => {
        say(join);
        const init = JSON.stringify({ candidate: 'candidate:1 1 udp 2130706431 127.0.0.1 9 typ host', sdpMid: '0' });
        const messages = [
          description(damagedText(offer, random), 'offer'),
          trickle(damagedText(init, random)),
          description(damagedText(offer, random), random() < 0.5 ? 'offer' : 'answer'),
        ] as const;
        for (const message of messages) {
          const whole = Buffer.from(new SignalResponse({ message: message as SignalResponse['message'] }).toBinary());
          say(random() < 0.3 ? damaged(whole, random) : whole);
        }
      };
      const one = await joinRoom({
        ...{ werift, token: 't', tcpPort: 9, turnTls: undefined, signal: AbortSignal.timeout(20_000) },
        origin: { http: '', ws: url, name: url },
        path: paths[seed % 4] ?? 'udp',
      });
      // What it makes of the messages takes a few turns.
      await Promise.race([one.ended, new Promise((resolve) => setTimeout(resolve, 10))]);
      expect(one.candidates().every(({ port: each }) => each <= 65_535)).toBe(true);
      await one.close();
    }
    expect(deadly).toEqual([]);
  }, 300_000);

  test('refuses who answers with noise instead of a JoinResponse', async () => {
    const { port } = http.address() as { port: number };
    const url = `ws://127.0.0.1:${port}`;
    const whole = Buffer.from(new SignalResponse({ message: join }).toBinary());
    let refused = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = randomFrom(seed);
      speak = (say) => say(damaged(whole, random));
      const options = { werift, token: 't', tcpPort: 9, turnTls: undefined, path: 'udp' as const };
      const joined = await joinRoom({
        ...options,
        origin: { http: '', ws: url, name: url },
        signal: AbortSignal.timeout(300),
      }).catch((error: { code?: string }) => error);
      if ('close' in joined) await joined.close();
      else {
        refused++;
        expect(joined).toMatchObject({ code: 'LK-VERIFY-007' });
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect(deadly).toEqual([]);
  }, 300_000);
});

describe('a DNS server whose answers are damaged', () => {
  test('gives addresses, none, or no answer', async () => {
    const server = createSocket('udp4');
    let seed = 0;
    server.on('message', (question, { address, port }) => {
      const random = randomFrom(++seed);
      // The question with an answer to it: an A record of 203.0.113.7.
      const answer = Buffer.concat([question, Buffer.from('c00c00010001000000050004cb007107', 'hex')]);
      answer.writeUInt16BE(0x8180, 2);
      answer.writeUInt16BE(1, 6);
      server.send(random() < 0.2 ? answer : damaged(answer, random), port, address);
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const lookup = dnsLookup([`127.0.0.1:${server.address().port}`]);
    try {
      const names = Array.from({ length: 100 }, (_, index) => `name-${index}.example.test`);
      const found = await Promise.all(
        names.map(async (name) => [
          await lookup.addresses(name),
          await zoneServers(name, lookup),
          await issuersFor(name, lookup),
        ]),
      );
      expect(found).toHaveLength(100);
      expect(seed).toBeGreaterThan(300);
      expect(deadly).toEqual([]);
    } finally {
      server.close();
    }
  }, 300_000);
});
