import type { Failure } from '../failure/failure.ts';
import type { Application } from './application.ts';

/** What came of waiting for Argo CD; all that outputs and summary are made of. */
export interface GitopsResult {
  readonly application: string;
  readonly namespace: string;
  /** deployed: Synced and Healthy at the revision. rolled-back: an earlier one serves, and automated sync is off. */
  readonly status: 'deployed' | 'rolled-back' | 'failed';
  /** What was waited for; `undefined` for whichever the application follows. */
  readonly wanted: string | undefined;
  /** The last look; `undefined` when there is no such application. */
  readonly seen: Application | undefined;
  /** In sentences, beside the verdict. */
  readonly notes: readonly string[];
  readonly durationSeconds: number;
  /** What failed the step; the caller throws it after it has reported the rest. */
  readonly failure: Failure | undefined;
}
