import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Result } from '../check.ts';
import { openSignalling } from '../call/signalling.ts';
import { roomService } from '../rooms.ts';
import { withSignal } from '../signal.ts';
import { accessToken } from '../token.ts';

/** Google's back ends end every WebSocket after 30 s, busy or not, unless a BackendConfig says otherwise. */
export const LIFE_SECONDS = 35;

/** A check as long as `seconds`: shorter ones are for tests. */
export function signalLifeOf(seconds: number): Check {
  return {
    id: 'signal-life',
    title: 'Signal connection lives',
    proves: `An active signal WebSocket lives past ${seconds} s, which it does not when the load balancer’s back end has lost its BackendConfig.`,
    tags: ['signalling', 'load-balancer'],
    needs: ['signal'],
    timeoutSeconds: seconds + 15,
    async run(world, signal): Promise<Result> {
      const apiKey = await world.keys();
      const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
      const token = accessToken(apiKey, 'livekit-gke-life', { roomJoin: true, room, hidden: true }, seconds + 60);
      return withSignal(world, signal, async (origin) => {
        const heard = { messages: 0, answers: 0 };
        const connection = await openSignalling(
          origin,
          token,
          ({ case: kind }) => {
            heard.messages++;
            if (kind === 'pong' || kind === 'pongResp') heard.answers++;
          },
          signal,
        );
        const started = performance.now();
        const timer = new AbortController();
        try {
          const ended = await Promise.race([
            connection.ended,
            sleep(seconds * 1000, undefined, { signal: timer.signal }).catch(() => undefined),
          ]);
          const lived = (performance.now() - started) / 1000;
          return judgeLife(origin.name, seconds, lived, ended ?? undefined, heard.answers);
        } finally {
          timer.abort();
          await connection.close();
          await roomService(origin, apiKey)
            .remove(room, AbortSignal.timeout(2000))
            .catch(() => undefined);
        }
      });
    },
  };
}

/** The verdict on a connection that lived for `lived` seconds, of `seconds` that it should. */
export function judgeLife(
  name: string,
  seconds: number,
  lived: number,
  ended: string | undefined,
  answers: number,
): Result {
  if (ended === undefined) {
    return answers > 0
      ? {
          verdict: 'pass',
          evidence: `A connection to ${name} lived for ${seconds} s, with ${answers} answers to pings.`,
        }
      : {
          verdict: 'fail',
          evidence: `A connection to ${name} stayed open for ${seconds} s, but LiveKit answered none of its pings.`,
          cause: 'Something before LiveKit keeps the connection open and hands nothing on.',
          fix: 'Look for a proxy between here and LiveKit.',
        };
  }
  const isBackendLimit = lived > 27 && lived < 33;
  return {
    verdict: 'fail',
    evidence: `An active connection to ${name} was cut after ${lived.toFixed(1)} s: ${ended}.`,
    cause: isBackendLimit
      ? 'The load balancer’s back end has its default limit of 30 s: the BackendConfig with `timeoutSec: 36000` is missing or not attached.'
      : 'The pod ended, or something between here and LiveKit limits the life of connections.',
    fix: isBackendLimit
      ? 'See what the check backend-config says, and run the helm-deploy workflow.'
      : 'See what the checks pods-ready and backend-config say, and the pods’ log at this time.',
  };
}

export const signalLife = signalLifeOf(LIFE_SECONDS);
