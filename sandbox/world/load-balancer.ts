import type { WorldRecord } from './record.ts';

/**
 * A Service of type LoadBalancer as statements of nftables: from its address and port to the port that kube-proxy serves on
 * every node, each connection to the node that its source says, as a passthrough load balancer does.
 */
export function translations({ loadBalancers }: WorldRecord): string[] {
  return Object.values(loadBalancers).flatMap(({ address, ports, nodes }) =>
    ports.flatMap(({ protocol, port, nodePort }) => {
      if (nodes.length === 0) return [];
      const [only] = nodes;
      const choice = nodes.map((node, index) => `${index} : ${node}`).join(', ');
      const hash = `jhash ip saddr . ${protocol} sport mod ${nodes.length} seed 0x6c6b map { ${choice} }`;
      return [
        `ip daddr ${address} ${protocol} dport ${port} dnat ip to ${nodes.length === 1 ? only : hash} : ${nodePort}`,
      ];
    }),
  );
}

/**
 * The firewall rule that GKE itself makes for such a Service: for the load balancer's own address and ports, hence for none
 * of the nodes' addresses, and from the Service's source ranges.
 */
export function openings({ loadBalancers }: WorldRecord): string[] {
  return Object.values(loadBalancers).flatMap(({ rule, address, ports, sourceRanges }) =>
    ports.map(({ protocol, port }) => {
      const from = sourceRanges.includes('0.0.0.0/0') ? '' : `ip saddr { ${sourceRanges.join(', ')} } `;
      const to = `meta l4proto ${protocol} ct status dnat ct original ip daddr ${address} ct original proto-dst ${port}`;
      return `${to} ${from}counter accept comment "${rule}"`;
    }),
  );
}
