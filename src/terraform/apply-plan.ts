import { writeFile } from 'node:fs/promises';
import type { DetachedProcess } from '../exec/detached.ts';
import { Failure, reason } from '../failure/failure.ts';
import { log, step } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { annotate } from './annotate.ts';
import type { Difference } from './comparison.ts';
import { readLockFile } from './engine.ts';
import { digestOf, type Envelope } from './envelope.ts';
import { SECRET_VARIABLES } from './environment.ts';
import { terraformFailures } from './failures.ts';
import type { GuardFinding } from './guards/finding.ts';
import type { Diagnostic } from './message.ts';
import { type CoveredPlan, planAnew, type PlannedAnew, secretMissing, sourcesOf } from './plan-anew.ts';
import { parsePlan, type PlanJson } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';
import { type AppliedMark, markApplied, readApplied } from './plan-store.ts';
import { verdict } from './render/report.ts';
import type { Reviewed, ReviewedPlan } from './reviewed-plan.ts';
import { hideSensitiveValues } from './sensitive-values.ts';
import { readStateVersion, type StateVersion, writeFirstState } from './state.ts';
import { readTree } from './tree.ts';
import { checkAge, checkEngine, checkLockFile, checkState, checkTree } from './verification.ts';
import type { Workplace } from './workplace.ts';

export interface ApplyOptions {
  /**
   * `always`: nothing that is stored is believed; the tree is planned anew, and the new plan is applied when all that it
   * does is in the stored one. `when-stale`: the stored file itself is applied while it fits state, tree and engine,
   * which is safe only where nobody but the protected workflow can store one.
   */
  readonly compare: 'always' | 'when-stale';
  /** Where the reviewed plan is put, 0600, and where a new one goes. */
  readonly file: string;
  readonly newFile: string;
  readonly logFile: string;
  readonly lockTimeout: string;
  readonly maxAgeHours: number;
  readonly haveSecrets: boolean;
  /** Names of the variables that the step itself gives. */
  readonly givenVariables: readonly string[];
  readonly commit: string;
  readonly runUrl: string;
  /** Asked before anything is applied; throws when it must not be, else gives what is to be told. */
  readonly guard: (
    final: { readonly plan: PlanJson; readonly model: PlanModel },
    covered: readonly CoveredPlan[],
  ) => Promise<readonly GuardFinding[]>;
  /** Told when the engine has begun, and with which plan. */
  readonly onStart: (child: DetachedProcess, planFile: string) => void;
}

export interface Applied {
  readonly kind: 'applied' | 'nothing' | 'again' | 'failed' | 'differs';
  /** What was applied, or would be. */
  readonly model: PlanModel;
  readonly warnings: readonly Diagnostic[];
  readonly durationSeconds: number;
  /** Only with `failed` (Terraform's own failure) and `differs` (LK-TF-025). What was proven before is thrown. */
  readonly failure: Failure | undefined;
  /** True when a new plan, proven to be what was reviewed, took the stored one's place. */
  readonly replanned: boolean;
  /** Why it was planned anew, as sentences. */
  readonly reasons: readonly string[];
  /** SHA-256 of the plan file that was applied. */
  readonly digest: string;
  readonly stateSerial: number | undefined;
  /** The reviewed plans that it was proven by, the newest last. */
  readonly covered: readonly CoveredPlan[];
  /** Only with `differs`. */
  readonly differences: readonly Difference[];
  readonly findings: readonly GuardFinding[];
}

/**
 * Applies what was reviewed and nothing else. Throws before anything is applied: LK-TF-016, -017, -019, -020, -023, -026,
 * -028, -030, and what the guards throw; a failed apply and a difference are results.
 */
export async function applyPlan(place: Workplace, reviewed: Reviewed, options: ApplyOptions): Promise<Applied> {
  const proof = await step(
    'Prove the plan',
    () => prove(place, reviewed, options),
    ({ plan, reasons }) => {
      const intact =
        plan === undefined
          ? []
          : [`The plan has the recorded SHA-256 ${plan.stored.envelope.plan.sha256.slice(0, 12)}…`];
      const next = reasons.length === 0 ? ['The state is the one it was made for'] : ['It is planned anew', ...reasons];
      return [...intact, ...next].join('. ').replace(/\.\. /g, '. ');
    },
  );
  if (proof.plan !== undefined && proof.reasons.length === 0) {
    const result = await applyStored(place, proof.plan, proof.again, options);
    if (!('reason' in result)) return result;
    proof.reasons.push(result.reason);
  }
  return applyAnew(place, reviewed, proof.reasons, options);
}

interface Proof {
  readonly plan: ReviewedPlan | undefined;
  /** True when the plan was applied before, and nothing changed since. */
  readonly again: boolean;
  /** Why the stored file cannot be applied as it is; empty when it can. */
  readonly reasons: string[];
}

async function prove(place: Workplace, { plan, source }: Reviewed, options: ApplyOptions): Promise<Proof> {
  const { engine, bucket, environment } = place;
  if (plan === undefined)
    return { plan, again: false, reasons: ['The commit’s own pull request has no plan for this environment.'] };
  const { envelope } = plan.stored;
  checkEngine(envelope, engine);
  if (options.compare === 'always' && source === 'pull-request') checkRequests(envelope);
  const [present, mark] = await Promise.all([readStateVersion(bucket, environment), readApplied(bucket, plan.stored)]);
  const again = options.compare === 'when-stale' && mark !== undefined && same(mark.state, present);
  const stale = again ? undefined : reasonOf(() => checkState(envelope, present));
  const reasons = [
    ...(options.compare === 'always' ? ['`compare: always` asks for it.'] : []),
    ...(stale === undefined ? [] : [stale]),
  ];
  // The plan's own file can only be applied to the empty state that it was made for.
  if (present === undefined && reasons.length === 0)
    await writeFirstState(bucket, environment, envelope.state, engine.version);
  return { plan, again, reasons };
}

/** What a record alone may not ask for; throws LK-TF-028. */
function checkRequests({ mode, exception }: Envelope): void {
  const asked = [
    ...(mode === 'destroy' ? ['to destroy everything'] : []),
    ...(exception !== undefined && exception.replace.length > 0 ? [`to replace ${exception.replace.join(', ')}`] : []),
  ];
  if (asked.length === 0) return;
  throw terraformFailures.failure('planUntrusted', { what: `The stored plan was asked ${asked.join(' and ')}.` });
}

/** Applies the stored file, unless the tree is another one: then gives why it does not. */
async function applyStored(
  place: Workplace,
  plan: ReviewedPlan,
  again: boolean,
  options: ApplyOptions,
): Promise<Applied | { readonly reason: string }> {
  const { engine, environment } = place;
  const { envelope } = plan.stored;
  await writeFile(options.file, plan.content, { mode: 0o600 });
  const warnings = await step(
    `${engine.name} init`,
    () => engine.init(place.backend),
    () => 'Initialised',
  );
  const compared = await step(
    'Compare the tree',
    async (): Promise<{ reason: string } | { shown: Pick<CoveredPlan, 'plan' | 'model'> }> => {
      const [tree, lockFile, json] = await Promise.all([
        readTree(place.workspace, engine.directory, place.signal),
        readLockFile(engine.directory),
        engine.show(options.file),
      ]);
      const moved = reasonOf(() => checkTree(envelope, tree));
      if (moved !== undefined) return { reason: moved };
      checkLockFile(envelope, lockFile === undefined ? null : digestOf(lockFile));
      const plan = parsePlan(json);
      return { shown: { plan, model: planModel(plan, redact) } };
    },
    (found) =>
      'shown' in found
        ? `The checked-out files are those that were planned: ${verdict(found.shown.model).sentence}`
        : `It is planned anew. ${found.reason}`,
  );
  if ('reason' in compared) return compared;
  const { model } = compared.shown;
  const covered = [{ ...plan, ...compared.shown }];
  const result = {
    ...noOutcome,
    model,
    warnings,
    digest: envelope.plan.sha256,
    stateSerial: envelope.state.first ? undefined : envelope.state.serial,
    covered,
  };
  if (again) return { ...result, kind: 'again' };
  if (!envelope.plan.hasChanges) return { ...result, kind: 'nothing' };
  checkAge(envelope, options.maxAgeHours);
  checkSecrets(model, options.haveSecrets);
  hideSensitiveValues(compared.shown.plan, (name) => engine.variable(name));
  const findings = await options.guard(compared.shown, covered);
  log.info(`${environment}: applying the stored plan itself.`);
  return { ...result, findings, ...(await runApply(place, options.file, { ...result, warnings }, options)) };
}

/** Plans the tree anew and applies that, when all that it does was reviewed. */
async function applyAnew(
  place: Workplace,
  reviewed: Reviewed,
  reasons: readonly string[],
  options: ApplyOptions,
): Promise<Applied> {
  const { bucket, environment, engine } = place;
  const trusted = options.compare === 'when-stale' || reviewed.source === 'run';
  const anew = await planAnew(place, reviewed, { ...options, trusted });
  const { made, covered, differences } = anew;
  const own = reviewed.plan?.stored.envelope;
  const result = {
    ...noOutcome,
    model: made.model,
    warnings: made.warnings,
    replanned: true,
    reasons,
    digest: made.digest,
    stateSerial: made.state.first ? undefined : made.state.serial,
    covered,
  };
  if (!made.hasChanges) {
    if (own?.plan.hasChanges !== true) return { ...result, kind: 'nothing' };
    // All that was reviewed is there: by an earlier run, or by one that was interrupted after the work was done.
    return { ...result, kind: 'again', model: covered.at(-1)?.model ?? made.model };
  }
  if (differences.length > 0)
    return { ...result, kind: 'differs', differences, failure: differs(environment, anew, reasons) };
  if (own !== undefined) checkAge(own, options.maxAgeHours);
  checkSecrets(made.model, options.haveSecrets);
  hideSensitiveValues(made.plan, (name) => engine.variable(name));
  const findings = await options.guard(made, covered);
  if (made.state.first) await writeFirstState(bucket, environment, made.state, engine.version);
  log.info(`${environment}: applying the new plan, all of which was reviewed in ${sourcesOf(covered)}.`);
  return { ...result, findings, ...(await runApply(place, options.newFile, result, options)) };
}

const noOutcome = {
  durationSeconds: 0,
  failure: undefined,
  replanned: false,
  reasons: [],
  differences: [],
  findings: [],
};

const MOST_NAMED = 3;

function differs(
  environment: string,
  { differences, count, covered }: PlannedAnew,
  reasons: readonly string[],
): Failure {
  const named = differences.slice(0, MOST_NAMED).map(({ address, now }) => `${now} ${address}`);
  const more = differences.length > MOST_NAMED ? ` and ${differences.length - MOST_NAMED} more` : '';
  const found = reasons.filter((each) => !each.startsWith('`compare'));
  return terraformFailures.failure('planDiffers', {
    what: `${differences.length} of the ${count} changes that would be made in ${environment} now were not reviewed in ${sourcesOf(covered)}: ${named.join(', ')}${more}.`,
    ...(found.length === 0 ? {} : { why: `It was planned anew. ${found.join(' ')}` }),
  });
}

async function runApply(
  { engine, bucket, environment, repositoryPath }: Workplace,
  file: string,
  done: Pick<Applied, 'warnings' | 'covered' | 'replanned'>,
  options: ApplyOptions,
): Promise<Pick<Applied, 'kind' | 'warnings' | 'durationSeconds' | 'failure'>> {
  const started = performance.now();
  let outcome: Awaited<ReturnType<typeof engine.apply>> | undefined;
  const applying = step(
    `${engine.name} apply`,
    async () => {
      outcome = await engine.apply(file, { ...options, onStart: (child) => options.onStart(child, file) });
      if (outcome.failed !== undefined) throw outcome.failed;
    },
    () => 'Applied',
  );
  await applying.catch((error: unknown) => {
    if (outcome?.failed !== error) throw error;
  });
  const { diagnostics = [], failed } = outcome ?? {};
  annotate(diagnostics, repositoryPath);
  const durationSeconds = (performance.now() - started) / 1000;
  const warnings = [...done.warnings, ...diagnostics.filter(({ severity }) => severity === 'warning')];
  if (failed !== undefined) return { kind: 'failed', warnings, durationSeconds, failure: failed };
  await noteApplied(bucket, environment, done, options);
  return { kind: 'applied', warnings, durationSeconds, failure: undefined };
}

/** The changes are made, whatever becomes of the note; without it a second run of the job plans anew. */
async function noteApplied(
  bucket: Workplace['bucket'],
  environment: string,
  { covered, replanned }: Pick<Applied, 'covered' | 'replanned'>,
  { commit, runUrl }: ApplyOptions,
): Promise<void> {
  try {
    const state = await readStateVersion(bucket, environment);
    if (state === undefined) return;
    const pullRequests = covered.flatMap(({ pullRequest }) => pullRequest?.number ?? []);
    const mark: AppliedMark = { runUrl, appliedAt: new Date().toISOString(), state, commit, pullRequests, replanned };
    await Promise.all(covered.map(({ stored }) => markApplied(bucket, stored, mark)));
  } catch (error) {
    log.warning(`The plan is applied, but it could not be noted in the bucket: ${reason(error)}`);
  }
}

function checkSecrets(model: PlanModel, haveSecrets: boolean): void {
  const needed = Object.values(SECRET_VARIABLES).filter((name) => model.variables.includes(name));
  if (needed.length > 0 && !haveSecrets) throw secretMissing(needed);
}

const STALE = ['stateChanged', 'treeDiffers'] as const;

/** Why a plan is stale, as a sentence; what is worse than stale is thrown. */
function reasonOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Failure && STALE.some((kind) => error.code === terraformFailures.code(kind)))
      return error.message;
    throw error;
  }
}

const same = (a: StateVersion, b: StateVersion | undefined) => a.lineage === b?.lineage && a.serial === b.serial;
