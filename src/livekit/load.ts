import type { PodPort } from '../kubernetes/port-forward.ts';
import { parseMetrics } from './metrics.ts';

/** What a LiveKit server holds now. */
export interface Load {
  readonly rooms: number;
  readonly participants: number;
}

/** Makes a pod's TCP port reachable at `127.0.0.1:<port>` while `use` runs. */
export type Forward = <T>(pod: PodPort, signal: AbortSignal, use: (origin: string) => Promise<T>) => Promise<T>;

const TIMEOUT_SECONDS = 10;

/** Rooms and participants from a page of LiveKit's metrics; `undefined` when it has none of both. */
export function loadOf(page: string): Load | undefined {
  const samples = parseMetrics(page);
  const sum = (name: string) => {
    const found = samples.filter((sample) => sample.name === name);
    return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
  };
  const rooms = sum('livekit_room_total');
  const participants = sum('livekit_participant_total');
  return rooms === undefined || participants === undefined ? undefined : { rooms, participants };
}

/**
 * Asks one pod's metrics, through the cluster's API. A draining pod answers until its last call is over; `undefined` when
 * it does not answer: how busy a pod is only informs, so nothing fails for it.
 */
export async function readLoad(forward: Forward, pod: PodPort, signal: AbortSignal): Promise<Load | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_SECONDS * 1000)]);
  try {
    return await forward(pod, limit, async (origin) => {
      const answer = await fetch(`http://${origin}/metrics`, { signal: limit, redirect: 'manual' });
      return answer.status === 200 ? loadOf(await answer.text()) : undefined;
    });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** `3 rooms, 17 participants` */
export function loadWords({ rooms, participants }: Load): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return `${count(rooms, 'room')}, ${count(participants, 'participant')}`;
}
