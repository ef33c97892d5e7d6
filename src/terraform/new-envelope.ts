import type { Context } from '../runner/context.ts';
import type { Envelope } from './envelope.ts';
import type { MadePlan } from './make-plan.ts';
import type { PlanException } from './plan-exception.ts';
import type { PlanPurpose } from './plan-purpose.ts';
import type { Workplace } from './workplace.ts';

export interface EnvelopeParts {
  readonly place: Pick<Workplace, 'environment' | 'engine'>;
  readonly context: Context;
  readonly purpose: Extract<PlanPurpose, { kind: 'pull-request' | 'run' }>;
  readonly made: MadePlan;
  readonly mode: Envelope['mode'];
  readonly exception: PlanException | undefined;
  readonly createdAt: Date;
}

/** The record of a plan that was just made. */
export function newEnvelope({ place, context, purpose, made, mode, exception, createdAt }: EnvelopeParts): Envelope {
  const { add, change, destroy, replace } = made.model.counts;
  const { commit, digest, directories, files, remoteModules } = made.tree;
  const pullRequest = purpose.kind === 'pull-request' ? purpose.pullRequest : undefined;
  return {
    schemaVersion: 2,
    environment: place.environment,
    mode,
    source: purpose.kind,
    plan: { sha256: made.digest, sizeBytes: made.content.length, hasChanges: made.hasChanges },
    counts: { add, change, destroy, replace },
    repository: `${context.repository.owner}/${context.repository.name}`,
    pullRequest: pullRequest?.number ?? null,
    commits: { head: pullRequest?.headSha ?? commit, base: pullRequest?.baseSha ?? commit, planned: commit },
    tree: { digest, directories: [...directories], files: { ...files }, remoteModules: [...remoteModules] },
    lockFile: made.lockFile,
    engine: { name: place.engine.name, version: place.engine.version },
    state: made.state,
    run: { id: context.runId, attempt: context.runAttempt, url: context.runUrl },
    ...(exception === undefined ? {} : { exception }),
    creator: context.actor,
    createdAt: createdAt.toISOString(),
  };
}
