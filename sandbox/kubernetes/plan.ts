/** Addresses of the sandbox's own network: one bridge, one namespace a node, pods and services behind them. */
export const BRIDGE = 'lkbr';
export const BRIDGE_ADDRESS = '10.77.0.1';
export const DNS_ADDRESS = '10.77.0.2';
export const SERVICE_RANGE = '10.96.0.0/16';
export const POD_RANGE = '10.78.0.0/16';
/** Redis instances are numbered from here. */
export const REDIS_ADDRESS = '10.77.0.51';

/**
 * The outside: clients of the world sit in a namespace of its own behind the host, with addresses of the range for network
 * tests (RFC 2544), which neither the internet nor a private network uses.
 */
export const WORLD_NAMESPACE = 'lk-world';
/** The host's end of the only way in. */
export const WORLD_DEVICE = 'lkworld';
export const WORLD_RANGE = '198.18.0.0/24';
export const WORLD_GATEWAY = '198.18.0.1';
export const WORLD_CLIENT = '198.18.0.2';
/** The public DNS server of the world. */
export const WORLD_DNS = '198.18.0.53';
/** An address of Google's load balancers and health checks (35.191.0.0/16), for probes that come from there. */
export const WORLD_HEALTH_CHECK = '35.191.0.10';
/** Reserved addresses: global ones, and regional ones behind those of the nodes. */
export const GLOBAL_ADDRESSES = '198.51.100.0/24';
export const REGIONAL_ADDRESSES = '203.0.113.128/25';
/** Nodes' external addresses and the regional ones. */
export const EXTERNAL_RANGE = '203.0.113.0/24';

/** One of the machines that play Compute Engine: spare until a node pool takes it. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Where the outside reaches it, translated one to one as on Compute Engine: the machine itself does not know it. */
  readonly externalAddress: string;
  /** Network namespace, cgroup and directory have this name. */
  readonly namespace: string;
  readonly podRange: string;
  readonly zone: string;
}

/** The machines there are: three, since each is a containerd, a kubelet and a kube-proxy on one real machine. */
export const MACHINES: readonly Machine[] = ['a', 'b', 'c'].map((zone, index) => ({
  name: `gke-livekit-dev-${index + 1}`,
  address: `10.77.0.${11 + index}`,
  externalAddress: `203.0.113.${11 + index}`,
  namespace: `lk-node${index + 1}`,
  podRange: `10.78.${index + 1}.0/24`,
  zone: `asia-northeast1-${zone}`,
}));
