import { connect } from 'node:net';
import { once } from 'node:events';
import { z } from 'zod';
import { readSecret } from '../../../../google/secret.ts';
import { resource } from '../../../../kubernetes/resources.ts';
import { parseAddon, type AddonTarget } from '../../../addons.ts';
import type { Result } from '../../../check.ts';
import { handshake } from '../../../tls/handshake.ts';
import type { Credentials } from '../../../turn/allocation.ts';
import { type Channel, type Patience, streamChannel, udpChannel } from '../../../turn/channel.ts';
import { mintCredentials } from '../../../turn/ephemeral.ts';
import type { World } from '../../../world.ts';

export const ADDON = 'turn-server';

/** Ways to the server, in the order in which clients try them. */
export type Way = 'udp' | 'udp alternative' | 'tcp' | 'tls';

const PORTS: Record<Way, number> = { udp: 3478, 'udp alternative': 3479, tcp: 3478, tls: 5349 };
const ANSWER_MILLISECONDS = 4000;

const configMaps = resource(
  'v1',
  'ConfigMap',
  'configmaps',
  z.object({ data: z.record(z.string(), z.string()).default({}) }),
);

export function target(world: World): AddonTarget {
  return world.addons.find(({ name }) => name === ADDON) ?? parseAddon(ADDON);
}

/** Where clients find it: the option `host`, or the domain that Terraform knows. */
export function hostOf(world: World): string | undefined {
  return target(world).options.get('host') ?? world.outputs.turn_server?.domain;
}

export const noHost: Result = {
  verdict: 'skip',
  evidence: 'The environment’s outputs name no TURN server, and the input addons no host.',
  cause: 'Terraform’s switch `addons.turn_server` is off, or the environment was not applied since.',
  fix: 'Switch it on and apply, or write `turn-server host=turn.example.com` in the input addons.',
};

/** What coturn is configured with, as the chart wrote it; the last of several. `undefined` when there is no such release. */
export async function configuration(world: World): Promise<ReadonlyMap<string, string> | undefined> {
  const { namespace, release } = target(world);
  const found = await world.kubernetes.get(configMaps, namespace, release);
  const text = found?.data['turnserver.conf'];
  if (text === undefined) return undefined;
  return new Map(
    text.split('\n').map((line) => {
      const [key = '', ...value] = line.split('=');
      return [key, value.join('=')] as const;
    }),
  );
}

/** Credentials that work, and how to make ones that have ended; a static user has none of these. */
export interface Access {
  readonly good: Credentials;
  readonly expired: Credentials | undefined;
}

/**
 * From the shared secret in Secret Manager, the environment's own or the option `secret=<id>`; with the option `user=<name>` the secret
 * is that user's password.
 */
export async function access(world: World): Promise<Access | undefined> {
  const { options } = target(world);
  const id = options.get('secret') ?? world.outputs.turn_server?.secret_id;
  if (id === undefined) return undefined;
  const full = id.includes('/') ? id : `projects/${world.outputs.project_id}/secrets/${id}`;
  const secret = (await readSecret(world.google as Parameters<typeof readSecret>[0], full, 'latest')).value.trim();
  const user = options.get('user');
  if (user !== undefined) return { good: { username: user, password: secret }, expired: undefined };
  const now = Date.now() / 1000;
  return {
    good: mintCredentials(secret, 'livekit-gke-verify', now + 600),
    expired: mintCredentials(secret, 'livekit-gke-verify', now - 3600),
  };
}

export const noAccess: Result = {
  verdict: 'skip',
  evidence: 'No secret is known from which credentials could be made.',
  cause: 'The environment’s outputs name none, and the input addons has no `secret=`.',
  fix: 'Name the secret in Secret Manager: `turn-server secret=livekit-dev-turn-server` (with `user=nova` for a static user’s password).',
};

/** Runs `use` with a channel to the server; `undefined` when there is no connection that way. */
export async function withServer<T>(
  host: string,
  way: Way,
  signal: AbortSignal,
  use: (channel: Channel) => Promise<T>,
): Promise<T | undefined> {
  const patience: Patience = { milliseconds: ANSWER_MILLISECONDS, signal };
  const port = PORTS[way];
  if (way === 'udp' || way === 'udp alternative') return closing(udpChannel(host, port, patience), use);
  if (way === 'tls') {
    const given: { work?: Promise<T> } = {};
    await handshake({ host, port, serverName: host }, signal, async (socket) => {
      given.work = use(streamChannel(socket, patience));
      await given.work.catch(() => undefined);
    });
    return given.work;
  }
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MILLISECONDS)]) });
  } catch {
    socket.destroy();
    return undefined;
  }
  return closing(streamChannel(socket, patience), use);
}

async function closing<T>(channel: Channel, use: (channel: Channel) => Promise<T>): Promise<T> {
  try {
    return await use(channel);
  } finally {
    channel.close();
  }
}
