import { randomBytes } from 'node:crypto';
import { mask } from '../../runner/mask.ts';
import { verifyFailures } from '../failures.ts';
import { roomService } from '../rooms.ts';
import { joinAndLeave, withSignal } from '../signal.ts';
import { handshake } from '../tls/handshake.ts';
import { accessToken } from '../token.ts';
import type { World } from '../world.ts';
import type { Credentials } from './allocation.ts';
import { bind } from './allocation.ts';
import { type Channel, streamChannel, udpChannel } from './channel.ts';

/** The TURN servers that LiveKit gives its clients. */
export interface Offered {
  readonly version: string;
  readonly urls: readonly string[];
  /** `undefined` when it gives none. */
  readonly credentials: Credentials | undefined;
}

/** Joins a room for the sake of its JoinResponse, and leaves. Throws LK-VERIFY-005 to -008. */
export async function offeredServers(world: World, signal: AbortSignal): Promise<Offered> {
  const apiKey = await world.keys();
  const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
  const token = accessToken(apiKey, 'livekit-gke-turn', { roomJoin: true, room, hidden: true });
  return withSignal(world, signal, async (origin) => {
    try {
      const { iceServers, version } = await joinAndLeave(origin, token, signal);
      const turn = iceServers.filter(({ urls }) => urls.some((url) => /^turns?:/.test(url)));
      const [first] = turn;
      if (first !== undefined) mask(first.credential);
      return {
        version,
        urls: turn.flatMap(({ urls }) => urls),
        credentials: first === undefined ? undefined : { username: first.username, password: first.credential },
      };
    } finally {
      await roomService(origin, apiKey)
        .remove(room, AbortSignal.timeout(2000))
        .catch(() => undefined);
    }
  });
}

const ANSWER_MILLISECONDS = 3000;

/**
 * Runs `use` with a way to ask one of the environment's TURN servers: TLS, as clients in closed networks do, or UDP when
 * that does not answer. The certificate is another check's concern. Throws LK-VERIFY-010 when no server can be asked.
 */
export async function withTurnServer<T>(
  world: World,
  offered: Offered,
  signal: AbortSignal,
  use: (channel: Channel, where: string) => Promise<T>,
): Promise<T> {
  const patience = { milliseconds: ANSWER_MILLISECONDS, signal };
  const given: { work?: Promise<T> } = {};
  if (offered.urls.some((url) => url.startsWith('turns:'))) {
    const { host, port } = world.turnTarget;
    await handshake(world.turnTarget, signal, async (socket) => {
      const channel = streamChannel(socket, patience);
      if ((await bind(channel)).kind === 'silent') return;
      given.work = use(channel, `${host}:${port}`);
      // What it throws is thrown below; the connection waits for its end only.
      await given.work.catch(() => undefined);
    });
  }
  if (given.work !== undefined) return given.work;
  for (const url of offered.urls) {
    const [, host, port] = /^turn:\[?([^\]?]+?)\]?(?::(\d+))?(?:\?transport=udp)?$/.exec(url) ?? [];
    if (host === undefined) continue;
    const channel = udpChannel(host, Number(port ?? 3478), patience);
    try {
      if ((await bind(channel)).kind !== 'silent') return await use(channel, `${host}:${port ?? 3478}`);
    } finally {
      channel.close();
    }
  }
  throw verifyFailures.failure('noTurn', {
    what: `None of the TURN servers that LiveKit offers answers here: ${offered.urls.join(', ')}.`,
  });
}
