import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { run } from '../exec/run.ts';
import { FORBIDDEN_PEERS } from './checks/turn-relay.ts';
import { freePorts, selfSigned, TURN_DOMAIN } from './livekit.fixture.ts';
import { allocate, bind, type Credentials, permit } from './turn/allocation.ts';
import { type Channel, streamChannel, udpChannel } from './turn/channel.ts';
import { mintCredentials } from './turn/ephemeral.ts';

/**
 * The configuration that the add-on turn-server renders, finished by its own setup.sh as in the pod, read by a real coturn (Debian's
 * package), which this client then asks. Only paths and ports are this machine's.
 */
const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';
const SECRET = 'a-shared-secret-that-is-long-enough';
const EXTERNAL = '203.0.113.7';
const stops: (() => Promise<void> | void)[] = [];

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

const configMap = z.looseObject({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });

interface Ports {
  readonly stun: number;
  readonly alternative: number;
  readonly tls: number;
}

/** The pod's part of it in a folder: what Helm renders, the Secret's keys as files, the certificate; then setup.sh. */
async function setUp(values: object, secret: Readonly<Record<string, string>>, ports: Ports): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'turn-server-'));
  stops.push(() => rmSync(directory, { recursive: true }));
  const all = {
    ...{ metrics: { enabled: false }, ports: { stun: ports.stun, alternative: ports.alternative } },
    ...{
      relay: { minPort: 39_200, maxPort: 39_299 },
      limits: { totalQuota: 100 },
      clusterRanges: ['198.18.0.0-198.18.255.255'],
    },
    ...{ tls: { enabled: true, port: ports.tls }, ...values },
  };
  writeFileSync(join(directory, 'values.json'), JSON.stringify(all));
  const { exitCode, stdout, stderr } = await run(
    join(bin, 'helm'),
    [
      'template',
      'turn-server',
      'helm/addons/turn-server',
      '--namespace',
      'nova-turn',
      '--values',
      join(directory, 'values.json'),
    ],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  const found = parseAllDocuments(stdout).flatMap((document) => configMap.safeParse(document.toJS()).data ?? []);
  const here = (text: string) =>
    ['/etc/turn-server', '/etc/turn-secret', '/etc/turn-tls', '/run/turn'].reduce(
      (rest, path) => rest.replaceAll(path, join(directory, path.slice(1).replace('/', '-'))),
      text,
    );
  for (const folder of ['etc-turn-server', 'etc-turn-secret', 'etc-turn-tls', 'run-turn'])
    mkdirSync(join(directory, folder));
  for (const [name, text] of Object.entries(found[0]?.data ?? {}))
    writeFileSync(join(directory, 'etc-turn-server', name), here(text));
  for (const [name, text] of Object.entries(secret)) writeFileSync(join(directory, 'etc-turn-secret', name), text);
  const tls = join(directory, 'etc-turn-tls');
  selfSigned(tls, 'cert', 'key', TURN_DOMAIN, 30);
  renameSync(join(tls, 'cert.pem'), join(tls, 'tls.crt'));
  renameSync(join(tls, 'key.pem'), join(tls, 'tls.key'));
  const mode = z.object({ auth: z.object({ mode: z.string() }).default({ mode: 'ephemeral' }) }).parse(all).auth.mode;
  const setup = await run('sh', [join(directory, 'etc-turn-server', 'setup.sh')], {
    timeoutSeconds: 30,
    env: {
      ...{ PATH: process.env['PATH'] ?? '', NODE_IP: '127.0.0.1', AUTH_MODE: mode, SECRET_NAME: 'turn-server-secret' },
      ...{ DEFAULT_REALM: 'turn.nova.local', DEFAULT_EXTERNAL: EXTERNAL },
    },
  });
  if (setup.exitCode !== 0) throw new Error(setup.stderr);
  return join(directory, 'run-turn', 'turnserver.conf');
}

const patience = () => ({ milliseconds: 3000, signal: AbortSignal.timeout(20_000) });

async function startCoturn(configuration: string, { stun }: Ports): Promise<void> {
  const server: ChildProcess = spawn('turnserver', ['-c', configuration, '--log-file=stdout'], { stdio: 'ignore' });
  // Without the package: said in words below.
  server.on('error', () => undefined);
  stops.push(async () => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill('SIGKILL')) await gone;
  });
  for (let tries = 0; tries < 100 && server.exitCode === null; tries++) {
    const channel = udpChannel('127.0.0.1', stun, { milliseconds: 200, signal: AbortSignal.timeout(5000) });
    const { kind } = await bind(channel);
    channel.close();
    if (kind === 'granted') return;
    await sleep(100);
  }
  throw new Error('coturn did not start; Debian has it in the package coturn');
}

async function overTls(port: number): Promise<Channel> {
  const socket = connect({ host: '127.0.0.1', port, servername: TURN_DOMAIN, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return streamChannel(socket, patience());
}

const portsOf = async (): Promise<Ports> => {
  const [stun = 0, alternative = 0, tls = 0] = await freePorts(3);
  return { stun, alternative, tls };
};

describe.each<{
  mode: string;
  values: object;
  secret: Record<string, string>;
  good: () => Credentials;
  bad: Credentials;
}>([
  {
    mode: 'ephemeral',
    values: {},
    secret: { TURN_AUTH_SECRET: SECRET },
    good: () => mintCredentials(SECRET, 'alice', Math.floor(Date.now() / 1000) + 600),
    // It ended long ago.
    bad: mintCredentials(SECRET, 'alice', 1_700_000_000),
  },
  {
    mode: 'static',
    values: { auth: { mode: 'static' } },
    secret: { TURN_USER: 'nova', TURN_PASSWORD: 'of-all-clients', REALM: 'turn.nova.example' },
    good: () => ({ username: 'nova', password: 'of-all-clients' }),
    bad: { username: 'nova', password: 'wrong' },
  },
])('the chart’s configuration with $mode credentials', ({ values, secret, good, bad }) => {
  test('answers over UDP, the alternative port and TLS; relays at the external address; refuses peers inside', async () => {
    const ports = await portsOf();
    await startCoturn(await setUp(values, secret, ports), ports);
    const ways: [string, () => Promise<Channel>][] = [
      ['UDP', () => Promise.resolve(udpChannel('127.0.0.1', ports.stun, patience()))],
      ['alternative', () => Promise.resolve(udpChannel('127.0.0.1', ports.alternative, patience()))],
      ['TLS', () => overTls(ports.tls)],
    ];
    for (const [way, open] of ways) {
      // A session of coturn's is of one user, also when he was refused.
      const refused = await open();
      expect([way, await allocate(refused, bad)]).toEqual([
        way,
        expect.objectContaining({ kind: 'refused', code: 401 }),
      ]);
      refused.close();
      const channel = await open();
      try {
        const relay = await allocate(channel, good());
        expect([way, relay]).toEqual([
          way,
          {
            kind: 'granted',
            value: expect.objectContaining({
              relayed: expect.stringMatching(/^203\.0\.113\.7:392\d\d$/),
            }) as unknown,
          },
        ]);
        if (relay.kind !== 'granted') continue;
        const { session } = relay.value;
        for (const { address } of [...FORBIDDEN_PEERS, { address: '198.18.0.1' }]) {
          const { kind } = await permit(channel, session, { address, port: 80 }, 'permission');
          expect({ way, address, kind }).toEqual({ way, address, kind: 'refused' });
        }
        expect(await permit(channel, session, { address: '198.51.100.9', port: 80 }, 'permission')).toMatchObject({
          kind: 'granted',
        });
      } finally {
        channel.close();
      }
    }
  }, 60_000);
});

test('without tls nothing listens there', async () => {
  const ports = await portsOf();
  await startCoturn(
    await setUp({ tls: { enabled: false, port: ports.tls } }, { TURN_AUTH_SECRET: SECRET }, ports),
    ports,
  );
  await expect(overTls(ports.tls)).rejects.toThrow('ECONNREFUSED');
}, 60_000);

test.each<[string, object, Record<string, string>, RegExp]>([
  [
    'both kinds of credentials',
    {},
    { TURN_AUTH_SECRET: SECRET, TURN_PASSWORD: 'x' },
    /has TURN_PASSWORD, and auth\.mode is ephemeral/,
  ],
  ['no shared secret', {}, {}, /has no TURN_AUTH_SECRET/],
  [
    'a placeholder',
    { auth: { mode: 'static' } },
    { TURN_USER: 'nova', TURN_PASSWORD: 'TODO' },
    /TURN_PASSWORD .* placeholder/,
  ],
  ['an address that is none', {}, { TURN_AUTH_SECRET: SECRET, EXTERNAL_IP: 'turn.nova.com' }, /is no IPv4 address/],
])(
  'the pod does not start with %s',
  async (_what, values, secret, words) => {
    await expect(setUp(values, secret, await portsOf())).rejects.toThrow(words);
  },
  60_000,
);

test('the password is in no file of coturn’s', async () => {
  const file = await setUp(
    { auth: { mode: 'static' } },
    { TURN_USER: 'nova', TURN_PASSWORD: 'of-all-clients' },
    await portsOf(),
  );
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^user=nova:0x[0-9a-f]{32}$/m);
  expect(text).not.toContain('of-all-clients');
}, 60_000);
