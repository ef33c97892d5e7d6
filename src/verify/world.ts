import type { EnvironmentOutputs } from '../environment/outputs.ts';
import type { NodePool } from '../google/node-pools.ts';
import type { GoogleClient } from '../google/request.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import type { PodPort } from '../kubernetes/port-forward.ts';
import type { AddonTarget } from './addons.ts';
import type { ApiKey } from './keys.ts';
import type { Profile } from './profile.ts';
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
  readonly google: Pick<GoogleClient, 'request'>;
  /** Where TURN over TLS is tried. */
  readonly turnTarget: TurnTarget;
  /** A STUN server elsewhere: whether this machine can send and receive UDP at all. */
  readonly controlStun: { readonly host: string; readonly port: number };
  /** Address of a DNS server that everybody may ask. */
  readonly publicResolver: string;
  readonly thresholds: Thresholds;
  /** Those that are to be verified, too. */
  readonly addons: readonly AddonTarget[];
  /** What the environment is meant to be; `undefined` where no table says it. */
  readonly profile: Profile | undefined;
  /** Makes a pod's TCP port reachable at `127.0.0.1:<port>` while `use` runs. */
  forward<T>(pod: PodPort, signal: AbortSignal, use: (origin: string) => Promise<T>): Promise<T>;
  /** LiveKit's Deployment, pods and the nodes, read once for all checks. */
  workload(): Promise<Workload>;
  /** The node pools that LiveKit runs on, as Google has them now; `undefined` where this identity may not read them. */
  nodePools(): Promise<readonly NodePool[] | undefined>;
  /** LiveKit's id of each pod that serves, by the pod's name; of those whose metrics could be read. */
  nodeIds(): Promise<ReadonlyMap<string, string>>;
  /** LiveKit's first API key with its secret, from Secret Manager, masked. */
  keys(): Promise<ApiKey>;
}

/** An address (`wss://…`), or one of the pods through the cluster's API. */
export type SignalTarget = { readonly kind: 'address'; readonly url: URL } | { readonly kind: 'pod' };

/** The TURN domain at 443, or another address that leads to the same server. */
export interface TurnTarget {
  readonly host: string;
  readonly port: number;
  /** The name in the certificate: the TURN domain. */
  readonly serverName: string;
  /** PEM of authorities that are trusted besides the machine's own. */
  readonly authorities?: readonly string[] | undefined;
}

/** What is still good enough. */
export interface Thresholds {
  /** Of audio packets; more fails. */
  readonly lossPercent: number;
  /** From here to a node and back; more warns, since this machine may be far away. */
  readonly roundTripMilliseconds: number;
  /** That a certificate must still have; fewer warns. */
  readonly certificateDays: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { lossPercent: 5, roundTripMilliseconds: 400, certificateDays: 14 };
