import { createSocket } from 'node:dgram';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { randomFrom } from '../page/hostile.fixture.ts';
import { allocate, bind } from './allocation.ts';
import { streamChannel, udpChannel } from './channel.ts';
import { ATTRIBUTE, decode, encode, type Message, METHOD, xorAddress } from './message.ts';

const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);
const bytesOf = (random: () => number, length: number) =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

/** The answer to a Binding request: from 203.0.113.7:5000. */
function answerTo({ transaction }: Message): Buffer {
  const address = xorAddress(ATTRIBUTE.xorMappedAddress, '203.0.113.7', 5000, transaction);
  return encode({ method: METHOD.binding, kind: 'success', transaction, attributes: [address] });
}

/** A stream whose other end hears each request, and sends what it likes. */
function stream(hear: (request: Message, send: (bytes: Buffer) => void) => void): Socket {
  const socket: Duplex = new Duplex({
    read: () => undefined,
    write(bytes: Buffer, _encoding, done) {
      const request = decode(bytes);
      if (request !== undefined) hear(request, (answer) => void (socket.destroyed || socket.push(answer)));
      done();
    },
  });
  return socket as Socket;
}

const patience = (milliseconds: number) => ({ milliseconds, signal: new AbortController().signal });

describe('a channel over a stream', () => {
  test('reads an answer in whatever pieces it comes, with others before it', async () => {
    for (const seed of SEEDS) {
      const random = randomFrom(seed);
      const channel = streamChannel(
        stream((request, send) => {
          const others = Array.from({ length: Math.floor(random() * 3) }, () =>
            answerTo({ ...request, transaction: bytesOf(random, 12).toString('hex') }),
          );
          const all = Buffer.concat([...others, answerTo(request)]);
          for (let at = 0; at < all.length;) {
            const size = 1 + Math.floor(random() * 40);
            send(all.subarray(at, at + size));
            at += size;
          }
        }),
        patience(10_000),
      );
      expect({ seed, answer: await bind(channel) }).toEqual({
        seed,
        answer: { kind: 'granted', value: '203.0.113.7:5000' },
      });
      channel.close();
    }
  });

  test('gives no answer, and throws nothing, when noise or damaged answers come', async () => {
    const answers = await Promise.all(
      SEEDS.map(async (seed) => {
        const random = randomFrom(seed);
        const channel = streamChannel(
          stream((request, send) => {
            const bytes = random() < 0.5 ? bytesOf(random, Math.floor(random() * 2000)) : answerTo(request);
            for (let flips = 1 + Math.floor(random() * 6); flips > 0 && bytes.length > 0; flips--) {
              bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
            }
            send(bytes);
          }),
          patience(200),
        );
        const answer = await allocate(channel, { username: 'u', password: 'p' });
        channel.close();
        return answer.kind;
      }),
    );
    expect(answers.every((kind) => ['silent', 'refused', 'granted'].includes(kind))).toBe(true);
    expect(answers).toContain('silent');
  });

  test('listens to nobody who sends without end', async () => {
    const socket = stream((_request, send) => {
      for (let sent = 0; sent < 80_000; sent += 1000) send(Buffer.alloc(1000, 0xff));
    });
    expect(await streamChannel(socket, patience(200)).ask(requestOf())).toBeUndefined();
    expect(socket.destroyed).toBe(true);
  });
});

function requestOf(): Message {
  return { method: METHOD.binding, kind: 'request', transaction: '0102030405060708090a0b0c', attributes: [] };
}

test('a channel over UDP hears the answer among noise', async () => {
  const server = createSocket('udp4');
  const random = randomFrom(11);
  server.on('message', (bytes, { address, port }) => {
    const request = decode(bytes);
    for (let noise = 0; noise < 100; noise++) {
      server.send(bytesOf(random, Math.floor(random() * 200)), port, address);
    }
    if (request !== undefined) server.send(answerTo(request), port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const channel = udpChannel('127.0.0.1', server.address().port, patience(10_000));
  try {
    expect(await bind(channel)).toEqual({ kind: 'granted', value: '203.0.113.7:5000' });
  } finally {
    channel.close();
    server.close();
  }
});
