import type { Applied } from './apply-plan.ts';
import { sourcesOf } from './plan-anew.ts';
import type { ApplyReport } from './render/report.ts';
import type { Reviewed } from './reviewed-plan.ts';
import { engineTitle, type Workplace } from './workplace.ts';

/** What comment and summary tell of an apply. */
export function applyReport(
  place: Workplace,
  reviewed: Reviewed,
  applied: Applied,
  run: { serverUrl: string; repository: string; url: string; commit: string; outputsUri: string | undefined },
): ApplyReport {
  const { model, warnings, findings, durationSeconds } = applied;
  const stored = reviewed.plan?.stored;
  const commit = stored?.envelope.commits.head ?? run.commit;
  return {
    plan: {
      environment: place.environment,
      model,
      warnings,
      repositoryPath: place.repositoryPath,
      mode: stored?.envelope.mode,
      exception: stored?.envelope.exception?.reason,
      guards: findings,
      origin: {
        commit,
        commitUrl: `${run.serverUrl}/${run.repository}/commit/${commit}`,
        engine: engineTitle(place.engine),
        stateSerial: applied.stateSerial,
        digest: applied.digest,
        planUri: stored === undefined ? undefined : `gs://${place.bucket.name}/${stored.path}.tfplan`,
        runUrl: stored?.envelope.run.url ?? run.url,
      },
    },
    runUrl: run.url,
    durationSeconds,
    result: resultOf(applied),
    proof: proofOf(applied),
    outputsUri: run.outputsUri,
  };
}

function resultOf({ kind, failure, differences }: Applied): ApplyReport['result'] {
  if (kind === 'differs' && failure !== undefined) return { kind, failure, differences };
  if (kind === 'failed' && failure !== undefined) return { kind, failure };
  return { kind: kind === 'nothing' || kind === 'again' ? kind : 'applied' };
}

function proofOf({ kind, replanned, reasons, covered }: Applied): string | undefined {
  if (!replanned || kind === 'differs') return undefined;
  const compared = kind === 'applied' || kind === 'failed' ? `; all of it was reviewed in ${sourcesOf(covered)}` : '';
  return `Planned anew before it was applied${compared}. ${reasons.join(' ')}`;
}
