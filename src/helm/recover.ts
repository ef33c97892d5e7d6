import { Failure, reason } from '../failure/failure.ts';
import { log, step } from '../runner/log.ts';
import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';
import { rememberGood } from './last-good.ts';
import { readHistory, type ReleaseHistory, type Revision, rollBack, uninstall } from './release.ts';
import type { DeployStatus } from './result.ts';
import type { Followed } from './rollout/follow.ts';
import { makeRoom } from './rollout/make-room.ts';
import { followAll, type RolloutOptions, rolloutFailure } from './rollout/rollout.ts';
import { deploymentsOf } from './workloads.ts';

export type OnFailure = 'rollback' | 'keep';

export interface Recovered {
  readonly status: DeployStatus;
  /** The revision that stands now; `undefined` when the release was removed. */
  readonly revision: number | undefined;
  readonly followed: Followed[] | undefined;
  /** The first failure, with what was done about it. */
  readonly failure: Failure;
}

interface Situation {
  readonly release: string;
  /** As it was before. */
  readonly history: ReleaseHistory;
  /** The revision that was seen to work. */
  readonly lastGood: Revision | undefined;
  readonly onFailure: OnFailure;
  readonly failure: Failure;
}

/** After a failed deploy, and after its diagnosis: back to the revision that worked, or away with a first install. */
export async function recover(helm: Helm, rollout: RolloutOptions, situation: Situation): Promise<Recovered> {
  const { release, history, lastGood, onFailure, failure } = situation;
  const latest = (await readHistory(helm, release)).latest;
  const failed = (done: string, revision: number | undefined): Recovered => ({
    status: 'failed',
    revision,
    followed: undefined,
    failure: withNote(failure, done),
  });
  if (latest === undefined) return failed('Nothing was installed.', undefined);
  if (onFailure === 'keep') {
    await rememberGood(rollout.client, rollout.namespace, release, lastGood);
    return failed('The release is kept as it is (`on-failure: keep`).', latest.revision);
  }
  // Helm may have refused before it wrote anything.
  if (latest.revision === history.latest?.revision) return failed('The release was not changed.', latest.revision);
  if (lastGood === undefined) {
    await step(`Remove ${release}, which never worked`, () => uninstall(helm, release));
    return failed('No revision of it ever worked, so the release was removed; its Secrets are kept.', undefined);
  }
  return goBack(helm, rollout, situation, lastGood.revision);
}

async function goBack(helm: Helm, rollout: RolloutOptions, situation: Situation, to: number): Promise<Recovered> {
  const { release, failure } = situation;
  try {
    await step(`Roll ${release} back to revision ${to}`, () => rollBack(helm, release, to));
    const assist = makeRoom(rollout.client, rollout.namespace);
    const followed = await followAll({ ...rollout, assist }, await deploymentsOf(await manifestOf(helm, release)));
    const second = await rolloutFailure(rollout, release, followed);
    if (second !== undefined) throw second;
    const { latest } = await readHistory(helm, release);
    await rememberGood(rollout.client, rollout.namespace, release, latest);
    const revision = latest?.revision;
    log.info(`✓ ${release} is back on what revision ${to} was (now revision ${revision ?? to})`);
    return {
      status: 'rolled-back',
      revision,
      followed,
      failure: withNote(failure, `The release was rolled back to revision ${to}, whose pods are ready.`),
    };
  } catch (error) {
    if (rollout.signal.aborted) throw error;
    const second = helmFailures.failure('rollback', {
      what: `${failure.message} The rollback to revision ${to} failed too: ${reason(error)}`,
      why: failure.why,
      evidence: [failure.evidence, error instanceof Failure ? error.evidence : undefined].filter(Boolean).join('\n\n'),
      cause: error,
    });
    return { status: 'failed', revision: undefined, followed: undefined, failure: second };
  }
}

async function manifestOf(helm: Helm, release: string): Promise<string> {
  const { exitCode, stdout, stderr } = await helm.command(['get', 'manifest', release]);
  if (exitCode !== 0) {
    throw helmFailures.failure('command', { what: `helm get manifest ${release} failed: ${helmWords(stderr)}.` });
  }
  return stdout;
}

function withNote(failure: Failure, done: string): Failure {
  return new Failure(failure.code, {
    what: `${failure.message} ${done}`,
    why: failure.why,
    fix: failure.fix,
    evidence: failure.evidence,
    cause: failure.cause,
  });
}
