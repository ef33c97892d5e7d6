import { externalAddress, isPrivateAddress } from '../addresses.ts';
import type { Check, Result } from '../check.ts';
import { openTcp } from '../tls/handshake.ts';

/** Of the nodes' own addresses: signalling without TLS, and metrics. */
export const CLOSED_PORTS = [7880, 6789] as const;

export const closedPorts: Check = {
  id: 'closed-ports',
  title: 'Inner ports are closed to the world',
  proves:
    'From where verify runs, outside of the network, no node answers on 7880 (signalling without TLS) or 6789 (metrics).',
  tags: ['network', 'security'],
  needs: ['cluster'],
  timeoutSeconds: 20,
  async run(world, signal): Promise<Result> {
    const { nodes } = await world.workload();
    const addresses = nodes.flatMap((node) => externalAddress(node) ?? []).filter((one) => !isPrivateAddress(one));
    const tried = await Promise.all(
      addresses.flatMap((address) =>
        CLOSED_PORTS.map(async (port) => {
          const met = await openTcp(address, port, signal);
          if (met.kind === 'open') met.socket.destroy();
          return { address, port, isOpen: met.kind === 'open' };
        }),
      ),
    );
    return judgePorts(tried);
  },
};

/** The verdict on which inner ports could be reached. */
export function judgePorts(tried: readonly { address: string; port: number; isOpen: boolean }[]): Result {
  if (tried.length === 0) {
    return {
      verdict: 'fail',
      evidence: 'No node has an external address.',
      cause: 'The cluster is private: LiveKit’s clients reach the nodes themselves, so media cannot work.',
      fix: 'Make the node pool with public nodes (`enable_private_nodes` off), as the Terraform payload does.',
    };
  }
  const open = tried.filter(({ isOpen }) => isOpen);
  if (open.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${open.map(({ address, port }) => `${address}:${port}`).join(', ')} accepts connections from here.`,
      cause:
        'A firewall rule opens it to more than Google’s load balancers and the network itself: tokens would cross the network in the open, or anybody reads the metrics.',
      fix: 'See what the check firewall says, and apply Terraform.',
    };
  }
  const nodes = new Set(tried.map(({ address }) => address));
  return {
    verdict: 'pass',
    evidence: `${CLOSED_PORTS.join(' and ')} of ${[...nodes].join(', ')} do not answer from here.`,
  };
}
