import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FORBIDDEN_PEERS } from './checks/turn-relay.ts';
import { freePorts, selfSigned, startTrial, type Trial, TURN_DOMAIN } from './livekit.fixture.ts';
import { allocate, bind, permit, release } from './turn/allocation.ts';
import { type Channel, streamChannel, udpChannel } from './turn/channel.ts';
import { offeredServers } from './turn/offered.ts';

/** Debian's package `coturn` has the server and its own clients; these know nothing of ours. */
const stops: (() => Promise<void> | void)[] = [];

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  // Without the package: said in words by whatever waits for it.
  child.on('error', () => undefined);
  stops.push(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await gone;
  });
  return child;
}

function ask(program: string, args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { timeout: 40_000, encoding: 'utf8' });
  if (error) throw new Error(`${program}: ${error.message}; install Debian's package coturn`);
  return { status, said: `${stdout}${stderr}` };
}

const patience = () => ({ milliseconds: 3000, signal: AbortSignal.timeout(20_000) });

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

describe('this client at a real coturn', () => {
  const good = { username: 'someone', password: 'a-password' };
  let ports: { plain: number; tls: number };

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'coturn-'));
    stops.push(() => rmSync(directory, { recursive: true }));
    selfSigned(directory, 'cert', 'key', TURN_DOMAIN, 30);
    const [plain = 0, tls = 0] = await freePorts(2);
    ports = { plain, tls };
    const at = ['-n', '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--no-cli', '--no-dtls'];
    const on = ['--listening-port', String(plain), '--tls-listening-port', String(tls)];
    const files = ['--cert', join(directory, 'cert.pem'), '--pkey', join(directory, 'key.pem'), '--log-file', 'stdout'];
    const users = ['--lt-cred-mech', '--user', `${good.username}:${good.password}`, '--realm', 'example.test'];
    const denied = ['10.0.0.0-10.255.255.255', '172.16.0.0-172.31.255.255', '192.168.0.0-192.168.255.255'];
    const peers = [...denied, '169.254.0.0-169.254.255.255'].flatMap((range) => ['--denied-peer-ip', range]);
    const server = start('turnserver', [
      ...[...at, ...on, ...files, ...users, ...peers],
      ...['--pidfile', join(directory, 'pid'), '--userdb', join(directory, 'users')],
      ...['--min-port', '39000', '--max-port', '39099'],
    ]);
    for (let tries = 0; tries < 100 && server.exitCode === null; tries++) {
      const channel = udpChannel('127.0.0.1', plain, { milliseconds: 200, signal: AbortSignal.timeout(5000) });
      const { kind } = await bind(channel);
      channel.close();
      if (kind === 'granted') return;
      await sleep(100);
    }
    throw new Error('coturn did not start');
  }, 60_000);

  const channels: [string, () => Promise<Channel>][] = [
    ['UDP', () => Promise.resolve(udpChannel('127.0.0.1', ports.plain, patience()))],
    [
      'TLS',
      async () => {
        const socket = connect({ host: '127.0.0.1', port: ports.tls, rejectUnauthorized: false });
        await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
        return streamChannel(socket, patience());
      },
    ],
  ];

  test.each(channels)(
    'over %s it gets a relay with good credentials only, and may not reach the inside',
    async (_, open) => {
      const channel = await open();
      try {
        expect(await bind(channel)).toMatchObject({
          kind: 'granted',
          value: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        });
        expect(await allocate(channel)).toMatchObject({ kind: 'refused', code: 401 });
        expect(await allocate(channel, { ...good, password: 'wrong' })).toMatchObject({ kind: 'refused', code: 401 });
        const relay = await allocate(channel, good);
        expect(relay).toMatchObject({
          kind: 'granted',
          value: { relayed: expect.stringMatching(/^127\.0\.0\.1:390\d\d$/), lifetimeSeconds: 600 },
        });
        if (relay.kind !== 'granted') return;
        const { session } = relay.value;
        for (const way of ['permission', 'channel'] as const) {
          for (const { address } of FORBIDDEN_PEERS) {
            const answer = await permit(channel, session, { address, port: 80 }, way);
            expect({ way, address, kind: answer.kind }).toEqual({ way, address, kind: 'refused' });
          }
          expect(await permit(channel, session, { address: '203.0.113.9', port: 80 }, way)).toEqual({
            kind: 'granted',
            value: true,
          });
        }
        await release(channel, session);
        // What was given back goes within a second.
        const peer = { address: '203.0.113.9', port: 80 };
        let answer = await permit(channel, session, peer, 'permission');
        for (let tries = 0; tries < 50 && answer.kind === 'granted'; tries++) {
          await sleep(100);
          answer = await permit(channel, session, peer, 'permission');
        }
        expect(answer.kind).not.toBe('granted');
      } finally {
        channel.close();
      }
    },
  );
});

describe('coturn’s own clients at a real LiveKit', () => {
  let trial: Trial;
  let peer: number;
  let credentials: { username: string; password: string };

  beforeAll(async () => {
    trial = await startTrial();
    stops.push(() => trial.stop());
    [peer = 0] = await freePorts(1);
    start('turnutils_peer', ['-L', '127.0.0.1', '-p', String(peer)]);
    const offered = await offeredServers(trial.world, AbortSignal.timeout(20_000));
    credentials = offered.credentials ?? { username: '', password: '' };
  }, 60_000);

  const send = (password: string, ...more: string[]) =>
    ask('turnutils_uclient', [
      ...['-u', credentials.username, '-w', password, '-e', '127.0.0.1', '-r', String(peer)],
      ...['-n', '20', '-c', '-X', ...more, '127.0.0.1'],
    ]);

  test('see the same address of theirs as this one', async () => {
    const { said } = ask('turnutils_stunclient', ['-p', String(trial.ports.turnUdp), '127.0.0.1']);
    expect(said).toMatch(/UDP reflexive addr: 127\.0\.0\.1:\d+/);
    const channel = udpChannel('127.0.0.1', trial.ports.turnUdp, patience());
    expect(await bind(channel)).toMatchObject({ kind: 'granted', value: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    channel.close();
  }, 30_000);

  // LiveKit 1.11 relays to the loopback address, which the check turn-relay says of it.
  test.each<[string, () => string[]]>([
    ['UDP', () => ['-p', String(trial.ports.turnUdp)]],
    ['TLS', () => ['-t', '-S', '-p', String(trial.ports.turnTls)]],
  ])(
    'relay over %s with the credentials of a JoinResponse',
    (_, way) => {
      const { said } = send(credentials.password, ...way());
      expect(said).toMatch(/tot_send_msgs=20, tot_recv_msgs=20/);
    },
    60_000,
  );

  test('are refused with a wrong password, as this one is', async () => {
    const { status, said } = send('wrong', '-p', String(trial.ports.turnUdp));
    expect(status).not.toBe(0);
    const [, code] = /error (4\d\d)/.exec(said) ?? [];
    const channel = udpChannel('127.0.0.1', trial.ports.turnUdp, patience());
    expect(await allocate(channel, { ...credentials, password: 'wrong' })).toMatchObject({
      kind: 'refused',
      code: Number(code),
    });
    channel.close();
  }, 60_000);
});
