import type { Failure } from '../failure/failure.ts';
import type { NodeMove } from './nodes/move.ts';
import type { DrainingPod } from './rollout/drain.ts';
import type { PodLife } from './rollout/timeline.ts';

/**
 * deployed: all new pods ready, no old one left. draining: new pods ready, old ones wait for their calls to end.
 * rolled-back: the new revision failed, the earlier one serves again. failed: as it says.
 */
export type DeployStatus = 'deployed' | 'draining' | 'rolled-back' | 'failed';

export interface PodRow {
  readonly name: string;
  readonly node: string;
  readonly image: string;
  readonly age: 'new' | 'old';
  readonly state: string;
  readonly ready: boolean;
  readonly created: string;
}

/** What came of a deploy; all that outputs and summary are made of. */
export interface DeployResult {
  readonly release: string;
  readonly namespace: string;
  readonly chart: { readonly name: string; readonly version: string };
  readonly revision: number | undefined;
  readonly previousRevision: number | undefined;
  readonly status: DeployStatus;
  readonly image: string;
  readonly podsReady: number;
  readonly podsWanted: number;
  readonly pods: readonly PodRow[];
  /** Old pods that still held calls when the step handed over. */
  readonly draining: readonly DrainingPod[];
  /** What became of each pod while it was followed. */
  readonly lives?: readonly PodLife[];
  /** After a node upgrade. */
  readonly nodes?: NodeMove;
  readonly durationSeconds: number;
  /** What failed the step; the caller throws it after it has reported the rest. */
  readonly failure: Failure | undefined;
  /** Whether an object has changed; `undefined` where nothing was written. */
  readonly changed?: boolean;
}
