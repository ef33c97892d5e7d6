import type { EnvironmentOutputs } from '../environment/outputs.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { PodPort } from '../kubernetes/port-forward.ts';
import type { ApiKey } from './keys.ts';
import type { Workload } from './workload.ts';

/** All that a check may look at. Nothing here is fetched before a check asks. */
export interface World {
  readonly environment: string;
  readonly outputs: EnvironmentOutputs;
  readonly namespace: string;
  /** The Helm release's name. */
  readonly release: string;
  /** Where signalling is tried. */
  readonly signalTarget: SignalTarget;
  readonly kubernetes: Pick<Kubernetes, 'get' | 'list'>;
  /** Makes a pod's TCP port reachable at `127.0.0.1:<port>` while `use` runs. */
  forward<T>(pod: PodPort, signal: AbortSignal, use: (origin: string) => Promise<T>): Promise<T>;
  /** LiveKit's Deployment, pods and the nodes, read once for all checks. */
  workload(): Promise<Workload>;
  /** LiveKit's first API key with its secret, from Secret Manager, masked. */
  keys(): Promise<ApiKey>;
}

/** An address (`wss://…`), or one of the pods through the cluster's API. */
export type SignalTarget = { readonly kind: 'address'; readonly url: URL } | { readonly kind: 'pod' };
