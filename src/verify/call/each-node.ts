import { randomBytes } from 'node:crypto';
import { limited } from '../limit.ts';
import { roomService } from '../rooms.ts';
import { type SignalOrigin, throughPod, withSignal } from '../signal.ts';
import { accessToken } from '../token.ts';
import { containerPort, isReady, servingPods } from '../workload.ts';
import type { World } from '../world.ts';
import { type CallReport, placeCall } from './call.ts';
import type { MediaPath } from './path.ts';

export interface NodeCall {
  /** The pod on whose node the room was; undefined when LiveKit chose. */
  readonly pod: string | undefined;
  /** The node id that was asked for. */
  readonly wantedNodeId: string | undefined;
  /** Of the last try. */
  readonly report: CallReport;
  /** Of tries before it, which came to nothing. */
  readonly earlier: readonly CallReport[];
}

/**
 * For a call to stand, each try; the slowest way takes some 3 s on a good network. Twice, as every client does: one packet
 * lost in a handshake may hold it up for longer than anybody waits.
 */
export const CONNECT_SECONDS = [8, 12] as const;
export const MEASURE_SECONDS = 5;
/** All of it, with joining and leaving. */
export const CALL_SECONDS = CONNECT_SECONDS[0] + CONNECT_SECONDS[1] + MEASURE_SECONDS + 8;
const ICE_TCP_PORT = 7881;
/** Nodes that are called at once by one path: each call is three connections, and encryption takes this machine's CPU. */
const AT_ONCE = 4;

/**
 * One call on every pod's node by one path. The caller signals through the signal address (or the room's own pod), the
 * callee through another pod when there is one, so that both the nodes' media and their routing are proved. Throws
 * LK-VERIFY-005, -006, -007 and -008. Rooms are removed whatever happens.
 */
export async function callEachNode(world: World, path: MediaPath, signal: AbortSignal): Promise<NodeCall[]> {
  const ids = await world.nodeIds();
  const pods = servingPods(await world.workload()).filter((pod) => isReady(pod));
  const known = pods.flatMap((pod) => {
    const id = ids.get(pod.metadata.name);
    return id === undefined
      ? []
      : [{ name: pod.metadata.name, id, tcpPort: containerPort(pod, 'rtc-tcp', ICE_TCP_PORT) }];
  });
  if (known.length === 0) return [await callOn(world, path, undefined, undefined, ICE_TCP_PORT, signal)];
  return limited(AT_ONCE, [...known.entries()], ([index, pod]) => {
    const other = known.length > 1 ? known[(index + 1) % known.length] : undefined;
    return callOn(world, path, pod, other?.name, pod.tcpPort, signal);
  });
}

async function callOn(
  world: World,
  path: MediaPath,
  pod: { readonly name: string; readonly id: string } | undefined,
  otherPod: string | undefined,
  tcpPort: number,
  signal: AbortSignal,
): Promise<NodeCall> {
  const apiKey = await world.keys();
  const room = `livekit-gke-verify-${randomBytes(6).toString('hex')}`;
  const token = (identity: string) => accessToken(apiKey, identity, { roomJoin: true, room, hidden: false });
  const first = <T>(use: (origin: SignalOrigin) => Promise<T>) =>
    world.signalTarget.kind === 'pod' && pod !== undefined
      ? throughPod(world, pod.name, signal, use)
      : withSignal(world, signal, use);
  const second = <T>(origin: SignalOrigin, use: (origin: SignalOrigin) => Promise<T>) =>
    otherPod === undefined ? use(origin) : throughPod(world, otherPod, signal, use);
  return first((callerOrigin) =>
    second(callerOrigin, async (calleeOrigin) => {
      const rooms = roomService(callerOrigin, apiKey);
      try {
        await rooms.create(room, signal, pod?.id);
        const earlier: CallReport[] = [];
        for (;;) {
          const report = await placeCall({
            path,
            caller: { origin: callerOrigin, token: token('livekit-gke-caller') },
            callee: { origin: calleeOrigin, token: token('livekit-gke-callee') },
            tcpPort,
            turnTls: world.turnTarget,
            connectSeconds: CONNECT_SECONDS[earlier.length] ?? CONNECT_SECONDS[1],
            measureSeconds: MEASURE_SECONDS,
            signal,
          });
          const isLast = earlier.length === CONNECT_SECONDS.length - 1;
          if (report.stage === 'done' || isLast || signal.aborted) {
            return { pod: pod?.name, wantedNodeId: pod?.id, report, earlier };
          }
          earlier.push(report);
        }
      } finally {
        // Also after a cancelled run; a room without participants ends by itself, too.
        await rooms.remove(room, AbortSignal.timeout(2000)).catch(() => undefined);
      }
    }),
  );
}
