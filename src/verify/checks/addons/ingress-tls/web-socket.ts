import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Result } from '../../../check.ts';
import { eachIngress, type EntranceIngress, numberSetting } from './entrance.ts';
import { alone, hold } from './lane.ts';
import { openWebSocket } from './probe.ts';

/** nginx and Traefik end a WebSocket that is silent for 60 s, unless proxy-read-timeout says otherwise. */
export const SILENCE_SECONDS = 65;

/** A check as long as `seconds`: shorter ones are for tests. */
export function webSocketOf(seconds: number): Check {
  return {
    id: 'ingress-tls-web-socket',
    title: 'Entrance: WebSockets live',
    proves: `A WebSocket that is silent for ${seconds} s is still there: the read time-out is not the default of 60 s.`,
    tags: ['ingress-tls'],
    needs: ['ingress-tls-health'],
    timeoutSeconds: seconds + 40,
    run: (world, signal) =>
      eachIngress(world, async (ingress, address) => {
        const path = ingress.hints['web-socket-path'];
        if (path === undefined) return { verdict: 'skip', evidence: `${ingress.host} names no WebSocket to try.` };
        const timeout = numberSetting(ingress, 'proxy-read-timeout');
        const opened = await alone(world, () => openWebSocket({ address, host: ingress.host, path }, signal));
        if (!('socket' in opened)) return judgeSocket(ingress, { status: opened.status });
        const { socket } = opened;
        const release = hold(world);
        const timer = new AbortController();
        const started = performance.now();
        try {
          await socket.ping();
          const silent = sleep(seconds * 1000, undefined, { signal: timer.signal }).catch(() => undefined);
          const ended = await Promise.race([socket.ended, silent]);
          const lived = (performance.now() - started) / 1000;
          if (ended === undefined) await socket.ping();
          return judgeSocket(ingress, { lived, ended, wanted: timeout });
        } finally {
          timer.abort();
          release();
          socket.close();
        }
      }),
  };
}

type Seen =
  | { readonly status: number }
  | { readonly lived: number; readonly ended: string | undefined; readonly wanted: number | undefined };

/** The verdict on a WebSocket that was silent for `lived` seconds. */
export function judgeSocket({ host }: EntranceIngress, seen: Seen): Result {
  if ('status' in seen) {
    return {
      verdict: 'fail',
      evidence: `${host} answers ${seen.status} where a WebSocket is asked for.`,
      cause:
        seen.status === 429
          ? 'This address has all of its connections open already, or used its requests up.'
          : 'The service does not open WebSockets on this path.',
      fix: 'Give the right `verify.webSocketPath` in the values of the Ingress, or verify from an address that nobody shares.',
    };
  }
  const { lived, ended, wanted } = seen;
  if (ended === undefined) {
    return {
      verdict: 'pass',
      evidence: `A WebSocket to ${host} was silent for ${lived.toFixed(0)} s and then answered (proxy-read-timeout ${wanted ?? 'not set'}).`,
    };
  }
  return {
    verdict: 'fail',
    evidence: `A silent WebSocket to ${host} ended after ${lived.toFixed(1)} s: ${ended}.`,
    cause:
      lived > 55 && lived < 63
        ? 'The read time-out is the default of 60 s: the annotation proxy-read-timeout is missing or not read.'
        : 'The pod ended, or something on the way limits the life of connections.',
    fix: 'Give `timeouts.readSeconds` in the values of the Ingress, and run the helm-deploy workflow.',
  };
}

export const webSocket = webSocketOf(SILENCE_SECONDS);
