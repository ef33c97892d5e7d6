import { randomBytes } from 'node:crypto';
import type { Check, Result } from '../check.ts';
import { roomService } from '../rooms.ts';
import { withSignal } from '../signal.ts';

export const api: Check = {
  id: 'api',
  title: 'Room API',
  proves: 'Through the signal address the API makes a room, lists it, and deletes it.',
  tags: ['signalling'],
  needs: ['signal'],
  timeoutSeconds: 20,
  async run(world, signal): Promise<Result> {
    const apiKey = await world.keys();
    const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
    return withSignal(world, signal, async (origin) => {
      const rooms = roomService(origin, apiKey);
      const started = performance.now();
      try {
        await rooms.create(room, signal);
        const made = await rooms.existing([room], signal);
        if (!made.includes(room)) {
          return {
            verdict: 'fail',
            evidence: `${origin.name} made the room ${room}, and does not list it.`,
            cause: 'The pods do not share one Redis: the one that lists does not know what the other made.',
            fix: `Compare \`livekit.redis.address\` in the values with ${world.outputs.redis_host}:${world.outputs.redis_port}.`,
          };
        }
        await rooms.remove(room, signal);
        if ((await rooms.existing([room], signal)).includes(room)) {
          return {
            verdict: 'fail',
            evidence: `${origin.name} deleted the room ${room}, and still lists it.`,
            cause: 'The node that has the room did not get the message; the nodes talk to each other by Redis.',
            fix: `Look at Redis (${world.outputs.redis_host}:${world.outputs.redis_port}) and the pods’ log.`,
          };
        }
        const milliseconds = Math.round(performance.now() - started);
        return { verdict: 'pass', evidence: `${origin.name} made, listed and deleted a room in ${milliseconds} ms.` };
      } catch (error) {
        await rooms.remove(room, AbortSignal.timeout(2000)).catch(() => undefined);
        throw error;
      }
    });
  },
};
