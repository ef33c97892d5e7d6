import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  allocate,
  type Allocation,
  type Answer,
  bind,
  type Credentials,
  permit,
  release,
} from '../../../turn/allocation.ts';
import { type Channel, udpChannel } from '../../../turn/channel.ts';
import { ATTRIBUTE, METHOD, readXorAddress, transactionId, valueOf, xorAddress } from '../../../turn/message.ts';

/** What came through a relay, from a peer to its client and back. */
export interface Relayed {
  readonly allocation: Answer<Allocation>;
  /** Packets that the client heard of the peer's, and that the peer heard back. */
  readonly inward: number;
  readonly outward: number;
  readonly sent: number;
  /** Bytes that came inward. */
  readonly bytes: number;
  /** This machine's address, where the server does not want to relay to it. */
  readonly peerRefused?: string;
  /** For how long the peer sent. */
  readonly seconds: number;
}

export interface Load {
  readonly packets: number;
  readonly size: number;
  readonly everyMilliseconds: number;
  /** Packets at a time. */
  readonly burst?: number;
}

const AFTER_MILLISECONDS = 1500;

/**
 * Allocates a relay and lets a peer beside this client send to it: over the internet to the relay's own address and port, as any
 * peer does. Every packet that arrives is sent back the same way. `undefined` when this machine's own address cannot be found.
 */
export async function relay(
  channel: Channel,
  stun: { readonly host: string; readonly port: number },
  credentials: Credentials,
  load: Load,
  signal: AbortSignal,
): Promise<Relayed | undefined> {
  const own = udpChannel(stun.host, stun.port, { milliseconds: 3000, signal });
  const mapped = await bind(own).finally(() => own.close());
  if (mapped.kind !== 'granted') return undefined;
  const allocation = await allocate(channel, credentials);
  const nothing = { allocation, inward: 0, outward: 0, sent: 0, bytes: 0, seconds: 0 };
  if (allocation.kind !== 'granted') return nothing;
  const { session, relayed } = allocation.value;
  const peer = createSocket('udp4');
  try {
    const address = mapped.value.replace(/:\d+$/, '');
    const permission = await permit(channel, session, { address, port: 9 }, 'permission');
    if (permission.kind !== 'granted') return { ...nothing, peerRefused: address };
    const seen = { inward: 0, outward: 0, sent: 0, bytes: 0 };
    peer.on('error', () => undefined);
    peer.on('message', () => (seen.outward += 1));
    channel.heard((indication) => {
      const data = valueOf(indication, ATTRIBUTE.data);
      const from = readXorAddress(indication, ATTRIBUTE.xorPeerAddress);
      if (indication.method !== METHOD.data || data === undefined || from === undefined) return;
      seen.inward += 1;
      seen.bytes += data.length;
      const [host = '', port = '0'] = from.split(':');
      const transaction = transactionId();
      const to = xorAddress(ATTRIBUTE.xorPeerAddress, host, Number(port), transaction);
      const attributes = [to, { type: ATTRIBUTE.data, value: data }];
      channel.tell({ method: METHOD.send, kind: 'indication', transaction, attributes });
    });
    peer.bind(0);
    await once(peer, 'listening');
    const [host = '', port = '0'] = relayed.split(':');
    const started = performance.now();
    while (seen.sent < load.packets && !signal.aborted) {
      for (let one = 0; one < (load.burst ?? 1); one++, seen.sent++) {
        peer.send(Buffer.alloc(load.size, seen.sent % 256), Number(port), host, () => undefined);
      }
      await pause(load.everyMilliseconds);
    }
    const seconds = (performance.now() - started) / 1000;
    await pause(AFTER_MILLISECONDS);
    return { allocation, ...seen, seconds };
  } finally {
    peer.close();
    await release(channel, session);
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
