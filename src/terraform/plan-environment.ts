import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reason } from '../failure/failure.ts';
import type { Bucket } from '../google/storage.ts';
import type { Context } from '../runner/context.ts';
import { redact } from '../runner/mask.ts';
import { log, step } from '../runner/log.ts';
import { type PriceTable, readPrices } from './cost/prices.ts';
import { terraformFailures } from './failures.ts';
import { told } from './guards/check-policy.ts';
import type { GuardFinding } from './guards/finding.ts';
import { findings } from './guards/findings.ts';
import { readGuardRules, type RuleInputs } from './guards/rules.ts';
import { type MadePlan, makePlan } from './make-plan.ts';
import { newEnvelope } from './new-envelope.ts';
import type { PlanException } from './plan-exception.ts';
import type { PlanPurpose, PlanRunMode } from './plan-purpose.ts';
import { storePlan } from './plan-store.ts';
import type { PlanReport } from './render/report.ts';
import { engineTitle, type Workplace } from './workplace.ts';

export interface PlanEnvironmentOptions extends Omit<RuleInputs, 'workspace'> {
  /** Where the plan goes. */
  readonly file: string;
  readonly mode: PlanRunMode;
  readonly purpose: Exclude<PlanPurpose, { kind: 'fork' }>;
  readonly exception: PlanException | undefined;
  /** Path of a price table of the repository's own. */
  readonly prices: string | undefined;
  readonly lock: boolean;
  readonly lockTimeout: string;
}

export interface PlannedEnvironment {
  readonly made: MadePlan;
  readonly guards: readonly GuardFinding[];
  /** gs://… of the stored plan. */
  readonly planUri: string | undefined;
  readonly report: PlanReport;
}

/** Plans one environment, asks the guards, and stores what is to be applied. Throws LK-TF-001 to -007, -020, -021, -038, -055. */
export async function planEnvironment(
  place: Workplace,
  context: Context,
  options: PlanEnvironmentOptions,
): Promise<PlannedEnvironment> {
  const { purpose, exception, mode } = options;
  // A file that is wrong is told before minutes are spent.
  const [rules, prices] = await Promise.all([
    readGuardRules({ ...options, workspace: place.workspace }),
    pricesOf(place.workspace, options.prices),
  ]);
  const made = await makePlan(place, {
    file: options.file,
    lock: options.lock,
    lockTimeout: options.lockTimeout,
    prices,
    destroy: mode === 'destroy',
    targets: exception?.targets,
    replace: exception?.replace,
  });
  const guards = findings({ plan: made.plan, model: made.model, redact }, rules);
  if (purpose.kind !== 'drift') tellGuards(guards);
  const stored = await store(place, context, options, made);
  const commit = purpose.kind === 'pull-request' ? purpose.pullRequest.headSha : made.tree.commit;
  const planUri = stored === undefined ? undefined : `gs://${place.bucket.name}/${stored}.tfplan`;
  const report: PlanReport = {
    environment: place.environment,
    model: made.model,
    warnings: made.warnings,
    repositoryPath: place.repositoryPath,
    mode: mode === 'plan' ? 'apply' : mode,
    exception: exception?.reason,
    // What differs is applied by another plan, which is asked about then.
    guards: purpose.kind === 'drift' ? undefined : guards,
    label: purpose.kind === 'run' ? null : rules.label,
    cost: made.cost,
    origin: {
      commit,
      commitUrl: `${context.serverUrl}/${context.repository.owner}/${context.repository.name}/commit/${commit}`,
      engine: engineTitle(place.engine),
      stateSerial: made.state.first ? undefined : made.state.serial,
      digest: made.digest,
      planUri,
      runUrl: context.runUrl,
    },
  };
  const textUri = stored === undefined ? undefined : await keepText(place.bucket, stored, report);
  return { made, guards, planUri, report: { ...report, origin: { ...report.origin, textUri } } };
}

/**
 * Keeps the whole text beside the plan, for what neither comment nor summary has room for. Without it nothing is lost but
 * that, so a failure only warns.
 */
async function keepText(bucket: Bucket, path: string, report: PlanReport): Promise<string | undefined> {
  const { renderPlan } = await import('./render/plan.ts');
  const text = redact(renderPlan(report, 'full'));
  try {
    await bucket.write(`${path}.md`, `${text}\n`, { contentType: 'text/markdown; charset=utf-8', ifGeneration: '0' });
    return `gs://${bucket.name}/${path}.md`;
  } catch (error) {
    log.warning(`The plan’s whole text could not be kept in the bucket: ${reason(error)}`);
    return undefined;
  }
}

/** The comment and the summary tell all of it; what forbids the plan fails the job. */
function tellGuards(guards: readonly GuardFinding[]): void {
  const asking = guards.filter(({ level }) => level === 'needs-label');
  if (asking.length > 0) log.warning(`The apply will have to be allowed, since ${told(asking)}.`);
  const warnings = guards.filter(({ level }) => level === 'warn');
  if (warnings.length > 0) log.warning(`The policy warns: ${told(warnings)}.`);
}

/** Stores the plan, so that the merge or a later job applies exactly this one; gives its path. */
async function store(
  place: Workplace,
  context: Context,
  { purpose, mode, exception }: PlanEnvironmentOptions,
  made: MadePlan,
): Promise<string | undefined> {
  if (purpose.kind !== 'pull-request' && purpose.kind !== 'run') return undefined;
  const envelope = newEnvelope({
    place,
    context,
    purpose,
    made,
    mode: mode === 'destroy' ? 'destroy' : 'apply',
    exception,
    createdAt: new Date(),
  });
  const stored = await step('Store the plan', () => storePlan(place.bucket, made.content, envelope));
  return stored.path;
}

async function pricesOf(workspace: string, path: string | undefined): Promise<PriceTable | undefined> {
  if (path === undefined) return undefined;
  const content = await readFile(resolve(workspace, path), 'utf8').catch((error: unknown) => {
    throw terraformFailures.failure('prices', { what: `${path} could not be read: ${reason(error)}.`, cause: error });
  });
  return readPrices({ path, content });
}
