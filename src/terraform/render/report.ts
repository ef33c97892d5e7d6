import type { Failure } from '../../failure/failure.ts';
import type { CostEstimate } from '../cost/estimate.ts';
import type { Difference } from '../comparison.ts';
import type { GuardFinding } from '../guards/finding.ts';
import type { Diagnostic } from '../message.ts';
import type { Counts, PlanModel } from '../plan-model.ts';

/** What one environment's part of a comment or summary tells about. */
export interface PlanReport {
  readonly environment: string;
  readonly model: PlanModel;
  readonly warnings: readonly Diagnostic[];
  /** The Terraform directory from the repository's root. */
  readonly repositoryPath: string;
  readonly origin: Origin;
  /** What the plan was made for; `apply` when it is left away. */
  readonly mode?: PlanMode | undefined;
  /** The reason that was given for planning only some resources, or for replacing some. */
  readonly exception?: string | undefined;
  /** What the guards found, the gravest first. */
  readonly guards?: readonly GuardFinding[] | undefined;
  /** The label that allows what the guards ask about; null for a plan of a run, which no label can allow. */
  readonly label?: string | null | undefined;
  readonly cost?: CostEstimate | undefined;
}

export type PlanMode = 'apply' | 'destroy' | 'drift';

/** Where the plan comes from and where it lies. */
export interface Origin {
  readonly commit: string;
  readonly commitUrl: string;
  /** `Terraform 1.11.4` */
  readonly engine: string;
  /** `undefined` for an environment's first plan. */
  readonly stateSerial: number | undefined;
  /** SHA-256 of the plan file. */
  readonly digest: string;
  /** gs://… of the stored plan; `undefined` when it was not stored. */
  readonly planUri: string | undefined;
  /** gs://… of the whole text of this report; `undefined` when it was not kept. */
  readonly textUri?: string | undefined;
  readonly runUrl: string;
}

export interface ApplyReport {
  readonly plan: PlanReport;
  readonly runUrl: string;
  readonly durationSeconds: number;
  readonly result:
    | { readonly kind: 'applied' | 'nothing' | 'again' }
    | { readonly kind: 'failed'; readonly failure: Failure }
    /** Not applied: what would be done now is not what was reviewed. */
    | { readonly kind: 'differs'; readonly failure: Failure; readonly differences: readonly Difference[] };
  /** By what it was proven that this was reviewed, as a sentence. */
  readonly proof?: string | undefined;
  readonly outputsUri: string | undefined;
}

export interface FailureReport {
  readonly environment: string;
  readonly doing: 'plan' | 'apply';
  readonly failure: Failure;
  readonly runUrl: string;
  /** Where the lines of files are that the failure names; without it they are no links. */
  readonly commitUrl?: string | undefined;
}

export interface Verdict {
  readonly icon: string;
  /** `1 to destroy, 2 to create` */
  readonly sentence: string;
}

/** What a plan comes to, the gravest first. */
export function verdict(model: PlanModel): Verdict {
  const { counts } = model;
  const sentence =
    [
      countWords(counts),
      more(model.deferred.length, 'deferred'),
      more(model.invocations.length, model.invocations.length === 1 ? 'action to run' : 'actions to run'),
    ]
      .filter((part) => part !== '')
      .join(', ') || (model.outputs.length > 0 ? 'only outputs change' : 'no changes');
  if (counts.destroy > 0 || counts.replace > 0) return { icon: '🔴', sentence };
  if (counts.change > 0 || counts.forget > 0) return { icon: '🟡', sentence };
  return { icon: model.hasChanges ? '🟢' : '✅', sentence };
}

const more = (count: number, words: string) => (count === 0 ? '' : `${count.toLocaleString('en')} ${words}`);

export function countWords(counts: Counts): string {
  return joined(counts, ['to destroy', 'to replace', 'to change', 'to create', 'to import', 'to move', 'to forget']);
}

/** The same after it was done. */
export function doneWords(counts: Counts): string {
  const words = joined(counts, ['destroyed', 'replaced', 'changed', 'created', 'imported', 'moved', 'forgotten']);
  return words === '' ? 'only outputs changed' : words;
}

function joined(counts: Counts, words: readonly string[]): string {
  const { destroy, replace, change, add, move, forget } = counts;
  return [destroy, replace, change, add, counts.import, move, forget]
    .flatMap((count, index) => (count > 0 ? [`${count.toLocaleString('en')} ${words[index] ?? ''}`] : []))
    .join(', ');
}
