import { createServer, type Server } from 'node:http';
import { createHmac } from 'node:crypto';
import { JoinResponse, LeaveRequest, SignalRequest, SignalResponse } from '@livekit/protocol';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { signal } from './checks/signal.ts';
import { signalJoin } from './checks/signal-join.ts';
import { roomService } from './rooms.ts';
import { joinAndLeave } from './signal.ts';
import { parseSignalTarget } from './signal-target.ts';
import { accessToken } from './token.ts';
import { fakeWorld, livekitPod } from './world.fixture.ts';

let server: Server;
let sockets: WebSocketServer;
let address: string;
/** What the test's server does; each test sets what it needs. */
let onSocket: (socket: WebSocket) => void;
let validate: (authorization: string | undefined) => { status: number; body: string };
let calls: { path: string; body: unknown }[];
let rooms: string[];

const never = new AbortController().signal;
const origin = () => ({ http: `http://${address}`, ws: `ws://${address}`, name: 'the test’s server' });

function joinResponse(room: string): Uint8Array {
  return new SignalResponse({
    message: {
      case: 'join',
      value: new JoinResponse({
        room: { name: room, sid: 'RM_1' },
        participant: { identity: 'livekit-gke-verify' },
        serverInfo: { version: '1.13.0', nodeId: 'ND_1' },
      }),
    },
  }).toBinary();
}

beforeEach(async () => {
  calls = [];
  rooms = [];
  validate = () => ({ status: 200, body: 'success' });
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/rtc/validate') {
      const { status, body } = validate(request.headers.authorization);
      response.writeHead(status).end(body);
      return;
    }
    if (path.startsWith('/rtc')) {
      response.writeHead(404).end();
      return;
    }
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      calls.push({ path, body: JSON.parse(text) as unknown });
      response.writeHead(200).end(JSON.stringify({ rooms: rooms.map((name) => ({ name })) }));
    });
  });
  sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => onSocket(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

describe('joining', () => {
  test('sends the token in a header, gets the JoinResponse, and says that it leaves', async () => {
    const left = new Promise<SignalRequest>((resolve) => {
      onSocket = (socket) => {
        socket.on('message', (data: Buffer) => resolve(SignalRequest.fromBinary(data)));
        socket.send(joinResponse('room-1'));
      };
    });
    const asked = new Promise<{ url: string; authorization: string }>((resolve) =>
      server.once('upgrade', ({ url = '', headers }) => resolve({ url, authorization: headers.authorization ?? '' })),
    );
    expect(await joinAndLeave(origin(), 'the-token', never)).toMatchObject({
      room: 'room-1',
      nodeId: 'ND_1',
      version: '1.13.0',
    });
    expect((await left).message.case).toBe('leave');
    const { url, authorization } = await asked;
    expect(authorization).toBe('Bearer the-token');
    expect(url).toMatch(/^\/rtc\?/);
    expect(url).not.toContain('the-token');
  });

  test.each<[string, (socket: WebSocket) => void, RegExp]>([
    ['is closed before a JoinResponse', (socket) => socket.close(1001), /closed with code 1001/],
    [
      'gets a LeaveRequest instead',
      (socket) => socket.send(new SignalResponse({ message: { case: 'leave', value: new LeaveRequest() } }).toBinary()),
      /LeaveRequest instead/,
    ],
    ['gets text', (socket) => socket.send('{"join":{}}'), /sent text/],
    [
      'gets bytes that are no message',
      (socket) => socket.send(Buffer.from([0xff, 0xff, 0xff, 0xff])),
      /could not be understood/,
    ],
  ])('fails in words when it %s', async (_what, behave, words) => {
    onSocket = behave;
    await expect(joinAndLeave(origin(), 't', never)).rejects.toMatchObject({
      code: 'LK-VERIFY-007',
      message: expect.stringMatching(words),
    });
  });

  test('fails in words when the server does not speak WebSocket', async () => {
    sockets.close();
    server.removeAllListeners('upgrade');
    await expect(joinAndLeave(origin(), 't', never)).rejects.toMatchObject({ code: 'LK-VERIFY-007' });
  });

  test('ends when it is aborted, and closes its socket', async () => {
    const closed = new Promise<void>((resolve) => {
      onSocket = (socket) => socket.on('close', () => resolve());
    });
    await expect(joinAndLeave(origin(), 't', AbortSignal.timeout(100))).rejects.toThrow('no JoinResponse came in time');
    await closed;
  });

  test.each(Array.from({ length: 40 }, (_, index) => index))('survives damaged messages (%i)', async (seed) => {
    const whole = Buffer.from(joinResponse('room-1'));
    // A fixed sequence of damages: cut, flip, repeat.
    const damaged = Buffer.from(
      whole.subarray(0, seed % 2 === 0 ? whole.length - (seed % whole.length) : whole.length),
    );
    if (damaged.length > 0) damaged[(seed * 7) % damaged.length] = (seed * 37) % 256;
    onSocket = (socket) => {
      socket.send(damaged);
      socket.close();
    };
    const result = await joinAndLeave(origin(), 't', never).then(
      () => 'joined',
      (error: unknown) => (error as { code?: string }).code,
    );
    expect(['joined', 'LK-VERIFY-007']).toContain(result);
  });
});

describe('the check signal-join', () => {
  const world = () => fakeWorld({ signalTarget: { kind: 'address', url: new URL(`ws://${address}`) } });

  test('removes its room after a join, and passes when it is gone', async () => {
    onSocket = (socket) => void socket;
    sockets.on('connection', (socket, { headers }) => {
      const payload = headers.authorization?.split('.')[1] ?? '';
      const { video } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { video: { room: string } };
      socket.send(joinResponse(video.room));
    });
    const result = await signalJoin.run(world(), never);
    expect(result).toMatchObject({ verdict: 'pass', evidence: expect.stringContaining('LiveKit 1.13.0, node ND_1') });
    expect(calls.map(({ path }) => path)).toEqual([
      '/twirp/livekit.RoomService/DeleteRoom',
      '/twirp/livekit.RoomService/ListRooms',
      '/twirp/livekit.RoomService/ListRooms',
    ]);
    expect(calls[0]?.body).toEqual({ room: expect.stringMatching(/^livekit-gke-verify-[0-9a-f]{12}$/) });
  });

  test('removes its room also when the join failed half-way', async () => {
    onSocket = (socket) => socket.close(1011);
    await expect(signalJoin.run(world(), never)).rejects.toMatchObject({ code: 'LK-VERIFY-007' });
    expect(calls.map(({ path }) => path)).toEqual([
      '/twirp/livekit.RoomService/DeleteRoom',
      '/twirp/livekit.RoomService/ListRooms',
    ]);
  });

  test('a room that its node wrote anew is removed again', async () => {
    rooms = ['livekit-gke-verify-late'];
    const removed = () => calls.filter(({ path }) => path.endsWith('DeleteRoom')).length;
    const timer = setInterval(() => {
      if (removed() === 2) rooms = [];
    }, 5);
    const service = roomService(origin(), { key: 'k', secret: 's' });
    await service.remove('livekit-gke-verify-late', never);
    clearInterval(timer);
    expect(removed()).toBe(2);
    expect(rooms).toEqual([]);
  });

  test('fails when it lands in another room', async () => {
    onSocket = (socket) => socket.send(joinResponse('some-other'));
    expect(await signalJoin.run(world(), never)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('"some-other"'),
    });
  });

  test('through a pod needs one that is ready', async () => {
    const pods = [livekitPod('p1', { status: { phase: 'Pending', conditions: [] } })];
    await expect(signalJoin.run(fakeWorld({ signalTarget: { kind: 'pod' }, pods }), never)).rejects.toMatchObject({
      code: 'LK-VERIFY-005',
    });
  });
});

describe('the check signal', () => {
  const key = { key: 'APItest', secret: 'a-secret-for-tests-of-thirty-two-characters' };
  const run = () =>
    signal.run(
      fakeWorld({ keys: async () => key, signalTarget: { kind: 'address', url: new URL(`ws://${address}`) } }),
      never,
    );

  /** What LiveKit does with a token. */
  function livekit(authorization: string | undefined) {
    const [header = '', payload = '', signature] = (authorization ?? '').replace('Bearer ', '').split('.');
    const good = createHmac('sha256', key.secret).update(`${header}.${payload}`).digest('base64url') === signature;
    const claims = good ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number }) : { exp: 0 };
    return claims.exp * 1000 > Date.now() ? { status: 200, body: 'success' } : { status: 401, body: 'invalid token' };
  }

  test('passes where the good token is accepted and all others are refused', async () => {
    validate = livekit;
    expect(await run()).toMatchObject({ verdict: 'pass' });
  });

  test.each<[string, (authorization: string | undefined) => { status: number; body: string }, RegExp]>([
    ['the good token is refused', () => ({ status: 401, body: 'invalid' }), /refused a token made with the key/],
    [
      'no token is needed',
      (given) => (given === undefined ? { status: 200, body: 'success' } : livekit(given)),
      /instead of 401 to no token/,
    ],
    ['anything is accepted', () => ({ status: 200, body: 'success' }), /instead of 401 to no token/],
    ['the back ends are gone', () => ({ status: 502, body: '<html>bad</html>' }), /status 502/],
    ['something else answers', () => ({ status: 200, body: '<html>Welcome</html>' }), /status 200: <html>Welcome/],
  ])('fails when %s', async (_what, answer, words) => {
    validate = answer;
    const result = await run();
    expect(result).toMatchObject({ verdict: 'fail', evidence: expect.stringMatching(words) });
    expect(result.cause).toBeDefined();
    expect(result.fix).toBeDefined();
  });

  test('a refusal that quotes the token is shown without it', async () => {
    validate = (given) => ({ status: 401, body: `invalid token: ${given?.replace('Bearer ', '')}, error: x` });
    const { evidence } = await run();
    expect(evidence).toContain('invalid token: (a token), error: x.');
    expect(evidence).not.toContain('eyJ');
  });

  test.each<[string, () => string, RegExp]>([
    ['a name without an address', () => 'ws://name.invalid', /no address in DNS/],
    ['a closed port', () => `ws://${address}`, /nothing serves this port/],
  ])('an address that leads nowhere is told by its cause: %s', async (_what, url, why) => {
    await new Promise((resolve) => server.close(resolve));
    const world = fakeWorld({ signalTarget: { kind: 'address', url: new URL(url()) } });
    await expect(signal.run(world, never)).rejects.toMatchObject({
      code: 'LK-VERIFY-006',
      message: expect.stringMatching(/^http:\/\/\S+ could not be reached: \S+/),
      why: expect.stringMatching(why),
    });
  });
});

describe('tokens', () => {
  test('are JWTs by HS256 with LiveKit’s claims', () => {
    const token = accessToken({ key: 'API1', secret: 's3cret' }, 'me', { roomJoin: true, room: 'r' }, 60);
    const [header = '', payload = '', signature] = token.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    expect(read(header)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(read(payload)).toMatchObject({ iss: 'API1', sub: 'me', video: { roomJoin: true, room: 'r' } });
    const { nbf, exp } = read(payload) as { nbf: number; exp: number };
    expect(exp - nbf).toBe(120);
    expect(signature).toBe(createHmac('sha256', 's3cret').update(`${header}.${payload}`).digest('base64url'));
  });
});

describe('the input signal-url', () => {
  test('is the domain by default', () =>
    expect(parseSignalTarget(undefined, 'livekit.example.com')).toEqual({
      kind: 'address',
      url: new URL('wss://livekit.example.com'),
    }));
  test('may be a pod', () => expect(parseSignalTarget('pod', 'd')).toEqual({ kind: 'pod' }));
  test.each(['https://a', 'livekit.example.com', 'wss://', 'wss://u:p@a', 'wss://a?token=1'])('is not %s', (text) =>
    expect(() => parseSignalTarget(text, 'd')).toThrow(expect.objectContaining({ code: 'LK-VERIFY-004' })),
  );
});
