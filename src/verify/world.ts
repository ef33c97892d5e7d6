import type { EnvironmentOutputs } from '../environment/outputs.ts';
import type { ApiKey } from './keys.ts';
import type { Workload } from './workload.ts';

/** The few things that checks ask of the cluster. */
export interface Cluster {
  /** The objects of a kind as the API gives them; a Failure when the API cannot be reached or refuses. */
  list(
    resource: string,
    options: { namespace?: string; selector?: string; signal: AbortSignal },
  ): Promise<readonly unknown[]>;
  /**
   * Makes a pod's TCP port reachable while `use` runs; `origin` is `127.0.0.1:<port>`. Nothing is left when it ends.
   * Throws LK-VERIFY-006 when the tunnel does not come up.
   */
  forward<T>(
    pod: { readonly namespace: string; readonly name: string; readonly port: number },
    signal: AbortSignal,
    use: (origin: string) => Promise<T>,
  ): Promise<T>;
}

/** All that a check may look at. Nothing here is fetched before a check asks. */
export interface World {
  readonly environment: string;
  readonly outputs: EnvironmentOutputs;
  readonly namespace: string;
  /** The Helm release's name. */
  readonly release: string;
  readonly cluster: Cluster;
  /** Where signalling is tried: an address (`wss://…`), or through one of the pods. */
  readonly signalTarget: SignalTarget;
  /** LiveKit's Deployment, pods and the nodes, read once for all checks. */
  workload(): Promise<Workload>;
  /** LiveKit's first API key with its secret, from Secret Manager, masked. */
  keys(): Promise<ApiKey>;
}

export type SignalTarget = { readonly kind: 'address'; readonly url: URL } | { readonly kind: 'pod' };
