import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { verifyFailures } from './failures.ts';
import { quote, request } from './http.ts';
import type { ApiKey } from './keys.ts';
import { redisTrouble } from './redis-trouble.ts';
import type { SignalOrigin } from './signal.ts';
import { accessToken, type Grant } from './token.ts';

/** A room that is listed again after it was removed is removed again, so often; together less than two seconds. */
const REMOVALS = 6;
const REMOVAL_MILLISECONDS = 250;

const rooms = z.object({ rooms: z.array(z.object({ name: z.string(), sid: z.string().optional() })).default([]) });

/** LiveKit's RoomService over its JSON form of Twirp (https://docs.livekit.io/reference/server/server-apis/). */
export function roomService(origin: SignalOrigin, apiKey: ApiKey) {
  const call = async (method: string, grant: Grant, json: object, signal: AbortSignal) => {
    const token = accessToken(apiKey, 'livekit-gke-verify', grant);
    const answer = await request(`${origin.http}/twirp/livekit.RoomService/${method}`, signal, {
      method: 'POST',
      token,
      json,
    });
    if (answer.status === 200) return answer.body;
    throw verifyFailures.failure('api', {
      what: `LiveKit’s API refused ${method} with status ${answer.status}: ${quote(answer.body)}.`,
      ...redisTrouble(answer.body),
    });
  };
  /** Names of the rooms that exist among `names`. */
  const existing = async (names: readonly string[], signal: AbortSignal): Promise<string[]> => {
    const body = await call('ListRooms', { roomList: true }, { names }, signal);
    try {
      return rooms.parse(JSON.parse(body)).rooms.map((room) => room.name);
    } catch (error) {
      throw verifyFailures.failure('api', {
        what: 'LiveKit’s API answered ListRooms with something else.',
        cause: error,
      });
    }
  };
  return {
    existing,
    /** Makes a room; on the node of this id when one is given. It ends by itself when nobody stays in it. */
    async create(name: string, signal: AbortSignal, nodeId?: string): Promise<void> {
      const limits = { empty_timeout: 60, departure_timeout: 5, max_participants: 4 };
      const placed = nodeId === undefined ? {} : { node_id: nodeId };
      await call('CreateRoom', { roomCreate: true }, { name, ...limits, ...placed }, signal);
    },
    /** Removes a room and all participants in it; once more where its node wrote it anew, since somebody was just leaving. */
    async remove(name: string, signal: AbortSignal): Promise<void> {
      const once = () => call('DeleteRoom', { roomCreate: true }, { room: name }, signal);
      await once();
      for (let again = 0; again < REMOVALS; again++) {
        // What its node writes late comes within this time.
        await sleep(REMOVAL_MILLISECONDS, undefined, { signal });
        if (!(await existing([name], signal)).includes(name)) return;
        await once().catch(() => undefined);
      }
    },
  };
}
