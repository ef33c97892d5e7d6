import { createSocket } from 'node:dgram';

/** This machine's address on the way to another; `undefined` when there is no way. No packet is sent for it. */
export function localAddressTo(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (found: string | undefined) => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(undefined));
    // Any port will do: connecting a UDP socket only asks the routing table.
    socket.connect(9, address, () => end(socket.address().address));
  });
}

/**
 * Lets one of this machine's addresses reach each of the other side's: the one that the routing table names. A machine with
 * many addresses would open a TCP connection from each, and the two sides might then settle on different ones.
 */
export function routes() {
  const local = new Map<string, string | undefined>();
  let first: string | undefined;
  return {
    async learn(remote: string): Promise<void> {
      if (!local.has(remote)) local.set(remote, await localAddressTo(remote));
    },
    admits(own: string, remote: string): boolean {
      const routed = local.get(remote);
      if (routed === undefined) return true;
      // Loopback addresses are never offered: any other one reaches this machine as well, but one only.
      if (routed.startsWith('127.')) return own === (first ??= own);
      return own === routed;
    },
  };
}
