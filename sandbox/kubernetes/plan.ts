/** Addresses of the sandbox's own network: one bridge, one namespace a node, pods and services behind them. */
export const BRIDGE = 'lkbr';
export const BRIDGE_ADDRESS = '10.77.0.1';
export const DNS_ADDRESS = '10.77.0.2';
export const SERVICE_RANGE = '10.96.0.0/16';
export const POD_RANGE = '10.78.0.0/16';
/** Redis instances are numbered from here. */
export const REDIS_ADDRESS = '10.77.0.51';

/** One of the machines that play Compute Engine: spare until a node pool takes it. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Network namespace, cgroup and directory have this name. */
  readonly namespace: string;
  readonly podRange: string;
  readonly zone: string;
}

/** The machines there are: three, since each is a containerd, a kubelet and a kube-proxy on one real machine. */
export const MACHINES: readonly Machine[] = ['a', 'b', 'c'].map((zone, index) => ({
  name: `gke-livekit-dev-${index + 1}`,
  address: `10.77.0.${11 + index}`,
  namespace: `lk-node${index + 1}`,
  podRange: `10.78.${index + 1}.0/24`,
  zone: `asia-northeast1-${zone}`,
}));
