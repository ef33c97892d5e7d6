import { randomBytes } from 'node:crypto';
import type { Check, Result } from '../check.ts';
import { roomService } from '../rooms.ts';
import { joinAndLeave, withSignal } from '../signal.ts';
import { accessToken } from '../token.ts';

export const signalJoin: Check = {
  id: 'signal-join',
  title: 'A participant joins',
  proves:
    'A client opens the signal WebSocket, joins a new room, gets LiveKit’s JoinResponse and leaves; the API then removes the room.',
  tags: ['signalling'],
  needs: ['signal'],
  timeoutSeconds: 20,
  async run(world, abort): Promise<Result> {
    const apiKey = await world.keys();
    const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
    const token = accessToken(apiKey, 'livekit-gke-verify', { roomJoin: true, room, hidden: true });
    return withSignal(world, abort, async (origin) => {
      const rooms = roomService(origin, apiKey);
      try {
        const joined = await joinAndLeave(origin, token, abort);
        if (joined.room !== room) {
          return {
            verdict: 'fail',
            evidence: `${origin.name} let the participant join the room ${JSON.stringify(joined.room)} instead of ${room}.`,
            cause: 'What answers is not LiveKit as it is released.',
            fix: 'Look at which image the pods run.',
          };
        }
        await rooms.remove(room, abort);
        if ((await rooms.existing([room], abort)).length > 0) {
          return {
            verdict: 'warn',
            evidence: `A participant joined in ${joined.milliseconds} ms, but the room ${room} is still there after it was deleted.`,
            cause: 'The node that holds the room did not get the message; the nodes talk to each other by Redis.',
            fix: `Look at Redis (${world.outputs.redis_host}:${world.outputs.redis_port}) and the pods’ log.`,
          };
        }
        return {
          verdict: 'pass',
          evidence: `Joined through ${origin.name} in ${joined.milliseconds} ms: LiveKit ${joined.version}, node ${joined.nodeId}; left, room removed.`,
        };
      } catch (error) {
        // Cut off half-way: the room must not stay, whatever the reason. A room without participants also ends by itself.
        await rooms.remove(room, AbortSignal.timeout(2000)).catch(() => undefined);
        throw error;
      }
    });
  },
};
