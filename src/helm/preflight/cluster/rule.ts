import type { Kubernetes } from '../../../kubernetes/client.ts';
import type { Values } from '../../values/tree.ts';
import type { Finding, PreflightContext } from '../rule.ts';

export interface ClusterContext extends PreflightContext {
  readonly client: Kubernetes;
  readonly namespace: string;
  /** Of the companion chart, its defaults included; `undefined` when it is switched off. */
  readonly companion: Values | undefined;
  readonly dns: Dns;
  readonly now: Date;
}

/** Addresses of a name; empty when there are none. Throws when nobody answers. */
export interface Dns {
  addresses(name: string, family: 4 | 6): Promise<string[]>;
}

/** One question to the cluster or to DNS. All are asked at once; each has `SECONDS_TO_ANSWER`. */
export interface ClusterRule {
  /** What stays unknown without an answer: `whether …`. */
  readonly question: string;
  ask(context: ClusterContext): Promise<Finding[]>;
}
