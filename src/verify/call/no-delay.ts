import type { Socket } from 'node:net';
import type { RTCPeerConnection } from 'werift';

/** What is looked at of the library's ICE, which its types keep to themselves: connections, directly or to a TURN server. */
interface Ice {
  readonly protocols: readonly {
    readonly sockets?: ReadonlyMap<string, { readonly socket: Socket }>;
    readonly turn?: { readonly transport?: { readonly stream?: { readonly client?: Socket } } };
  }[];
}

/**
 * Lets a connection's TCP send each packet at once, as clients do. Werift 0.25.2 leaves Nagle's algorithm on, which holds a packet
 * back until the one before is acknowledged: a round trip would be measured up to twice as long as it is.
 */
export function sendAtOnce({ iceTransports }: RTCPeerConnection): void {
  for (const { connection } of iceTransports) {
    for (const { sockets, turn } of (connection as unknown as Ice).protocols) {
      for (const { socket } of sockets?.values() ?? []) socket.setNoDelay(true);
      turn?.transport?.stream?.client?.setNoDelay(true);
    }
  }
}
