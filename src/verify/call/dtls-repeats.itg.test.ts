import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as werift from 'werift';
import { randomFrom } from '../page/hostile.fixture.ts';
import { dropRepeats, guard } from './dtls-repeats.ts';

type Certificate = Awaited<ReturnType<typeof werift.CipherContext.createSelfSignedCertificateWithKey>>;
let certificate: Certificate;

beforeAll(async () => {
  certificate = await werift.CipherContext.createSelfSignedCertificateWithKey(
    { signature: werift.SignatureAlgorithm.ecdsa_3, hash: werift.HashAlgorithm.sha256_4 },
    werift.NamedCurveAlgorithm.secp256r1_23,
  );
});

// What the library still waits for when it was told to end.
afterAll(() => sleep(3000));

/** What a network does to all that one end sent in a turn: how often it arrives at once, and whether a copy comes late. */
type Fate = () => { copies: number; isRepeated: boolean };

/** Two ends of a network that hands over in turns: what arrives in one is handled at once, as what a stream gives in a read. */
function network(fate: Fate, stands = () => true) {
  const ends = [0, 1].map(() => ({
    sent: [] as Buffer[],
    late: [] as Buffer[],
    hear: undefined as ((packet: Buffer) => void) | undefined,
  }));
  const transport = (own: number): werift.Transport => ({
    type: 'memory',
    closed: false,
    address: {} as werift.Transport['address'],
    set onData(hear: (packet: Buffer) => void) {
      const end = ends[own];
      if (end !== undefined) end.hear = hear;
    },
    send(packet: Buffer) {
      if (!stands()) return Promise.reject(new Error('write EPIPE'));
      ends[1 - own]?.sent.push(Buffer.from(packet));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
  const turn = () => {
    const arriving = ends.map((end) => {
      const sent = end.sent.splice(0);
      if (sent.length === 0) return [];
      const { copies, isRepeated } = fate();
      const now = [...end.late.splice(0), ...Array.from({ length: copies }, () => sent).flat()];
      // With what answers the original, as of a server that did not hear in time.
      if (isRepeated) end.late.push(...sent);
      return now;
    });
    for (const [own, packets] of arriving.entries()) for (const packet of packets) ends[own]?.hear?.(packet);
  };
  return { transport, turn };
}

const options = (transport: werift.Transport) => ({
  transport,
  cert: certificate.certPem,
  key: certificate.keyPem,
  signatureHash: certificate.signatureHash,
  extendedMasterSecret: true,
});

/** Turns until two ends of a network that loses nothing must have understood each other. */
const PATIENCE = 300;

/** Whether a client and a server agree on keys: each hears what the other says. */
async function understandEachOther(fate: Fate, guarded: boolean, patience = PATIENCE): Promise<boolean> {
  const { transport, turn } = network(fate);
  const client = new werift.DtlsClient(options(transport(0)));
  const server = new werift.DtlsServer({ ...options(transport(1)), certificateRequest: true });
  const sockets = [client, server];
  for (const socket of sockets) {
    const renew = socket.renegotiation.bind(socket);
    socket.renegotiation = () => {
      socket.dtls.flight = 99;
      renew();
    };
  }
  if (guarded) sockets.forEach(guard);
  const heard = new Set<werift.DtlsSocket>();
  for (const socket of sockets) socket.onData.subscribe(() => void heard.add(socket));
  void client.connect().catch(() => undefined);
  try {
    for (let turns = 0; turns < patience; turns++) {
      turn();
      if (heard.size === 2) return true;
      await sleep(1);
      // Said again and again, as a path may lose what is said once.
      for (const socket of sockets.filter(({ connected }) => connected)) {
        await socket.send(Buffer.from('hello')).catch(() => undefined);
      }
    }
    return false;
  } finally {
    // Ends what the library still repeats.
    for (const socket of sockets) socket.dtls.flight = 99;
  }
}

/** Up to three copies at once, and often a late one. */
const copying = (seed: number): Fate => {
  const random = randomFrom(seed);
  return () => ({ copies: 1 + Math.floor(random() * 3), isRepeated: random() < 0.5 });
};

/** Three in ten are lost, others are repeated. */
const losing = (seed: number): Fate => {
  const random = randomFrom(seed);
  return () => ({ copies: random() < 0.3 ? 0 : 1, isRepeated: random() < 0.5 });
};

const failing = async (seeds: number, fate: (seed: number) => Fate, guarded: boolean, patience?: number) => {
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  const results = await Promise.all(
    all.map(async (seed) => ((await understandEachOther(fate(seed), guarded, patience)) ? [] : [seed])),
  );
  return results.flat();
};

describe('a DTLS handshake whose messages are repeated', () => {
  test('ends in keys that both have, however often each message comes', async () => {
    expect(await failing(10, copying, true)).toEqual([]);
  }, 60_000);

  // Lost ones are said again after a while only, so there is no number of turns.
  test('also when messages are lost', async () => {
    expect(await failing(10, losing, true, Infinity)).toEqual([]);
  }, 60_000);

  test('throws nothing when the connection ends amid it', async () => {
    const unheard: unknown[] = [];
    const hear = (error: unknown) => void unheard.push(error);
    process.on('unhandledRejection', hear);
    const sent = Array.from({ length: 12 }, (_, index) => index);
    for (const last of sent) {
      let left = last;
      const { transport, turn } = network(copying(last), () => left-- > 0);
      const client = new werift.DtlsClient(options(transport(0)));
      const server = new werift.DtlsServer({ ...options(transport(1)), certificateRequest: true });
      [client, server].forEach(guard);
      void client.connect().catch(() => undefined);
      for (let turns = 0; turns < 8; turns++) {
        turn();
        await sleep(1);
      }
      for (const socket of [client, server]) socket.dtls.flight = 99;
    }
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  }, 60_000);

  // When this fails, the library has mended it: dtls-repeats.ts can go.
  test('does not with the library alone', async () => {
    expect(await failing(3, copying, false)).not.toEqual([]);
  }, 60_000);
});

test('packets of SCTP that are none, or damaged, are lost', async () => {
  const connection = new werift.RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
  try {
    connection.createDataChannel('_reliable');
    await connection.createOffer();
    dropRepeats(connection);
    const sctp = connection.sctpTransport?.sctp;
    expect(sctp).toBeDefined();
    const handle = Reflect.get(sctp ?? {}, 'handleData') as (packet: Buffer) => Promise<void>;
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomFrom(seed);
      const packet = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)));
      await expect(handle(packet)).resolves.toBeUndefined();
    }
  } finally {
    await connection.close();
  }
});
