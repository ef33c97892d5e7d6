import { writeFile } from 'node:fs/promises';
import { Failure } from '../failure/failure.ts';
import { log, step } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { compare, countChanges, type Difference } from './comparison.ts';
import type { EngineName } from './engine.ts';
import type { Envelope } from './envelope.ts';
import { SECRET_VARIABLES } from './environment.ts';
import { terraformFailures } from './failures.ts';
import { type MadePlan, makePlan } from './make-plan.ts';
import { parsePlan, type PlanJson } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';
import { plannedVariables } from './planned-variables.ts';
import type { Reviewed, ReviewedPlan } from './reviewed-plan.ts';
import { hideSensitiveValues } from './sensitive-values.ts';
import { checkEngine, checkLockFile } from './verification.ts';
import type { Workplace } from './workplace.ts';

/** A reviewed plan that what is applied was compared with, or is. */
export interface CoveredPlan extends ReviewedPlan {
  /** As the engine shows it, sensitive values in plain: never print it. */
  readonly plan: PlanJson;
  readonly model: PlanModel;
}

export interface AnewOptions {
  /** Where reviewed plans are put to be shown, 0600. */
  readonly file: string;
  /** Where the new plan goes. */
  readonly newFile: string;
  readonly lockTimeout: string;
  /** Whether to take the variables of the reviewed plan, which are as trustworthy as its writer. */
  readonly trusted: boolean;
  /** Names of variables that the step itself gives. */
  readonly givenVariables: readonly string[];
}

export interface PlannedAnew {
  readonly made: MadePlan;
  /** The newest last. */
  readonly covered: readonly CoveredPlan[];
  readonly differences: readonly Difference[];
  /** How many things the new plan does. */
  readonly count: number;
}

/**
 * Plans the checked-out tree anew and compares: with the plan of the commit's own pull request first, and, when that does
 * not say it all, with all that were merged since the last apply. Throws what makePlan throws, LK-TF-016, -023 and -030.
 */
export async function planAnew(place: Workplace, reviewed: Reviewed, options: AnewOptions): Promise<PlannedAnew> {
  const { engine } = place;
  const { plan: own } = reviewed;
  const shown: CoveredPlan[] = [];
  const envelope = own?.stored.envelope;
  const made = await makePlan(place, {
    file: options.newFile,
    lock: true,
    lockTimeout: options.lockTimeout,
    destroy: envelope?.mode === 'destroy',
    targets: envelope?.exception?.targets,
    replace: envelope?.exception?.replace,
    prepare: async () => {
      if (own === undefined) return {};
      const text = await showPlan(place, own, options.file);
      const reviewedPlan = opened(own, text);
      shown.push(reviewedPlan);
      // A failure of the new plan may quote what this one holds.
      hideSensitiveValues(reviewedPlan.plan, (name) => engine.variable(name));
      return options.trusted ? plannedVariables(text, options.givenVariables) : {};
    },
  }).catch((error: unknown) => {
    throw missingVariables(error, engine.name) ?? error;
  });
  if (envelope !== undefined) checkProviders(envelope, made);
  const count = countChanges(made.plan);
  return step(
    'Compare with what was reviewed',
    async () => {
      let differences = compareWith(made, shown);
      if (differences.length > 0) {
        for (const each of await reviewed.others()) {
          const other = await showOther(place, each, options.file);
          if (other !== undefined) shown.unshift(other);
        }
        differences = compareWith(made, shown);
      }
      return { made, covered: shown, differences, count };
    },
    ({ differences }) => {
      const of = `the reviewed plan${shown.length === 1 ? '' : 's'} of ${sourcesOf(shown)}`;
      if (count === 0) return 'There is nothing left to do';
      return differences.length === 0
        ? `All that would be done now (${count}) is in ${of}`
        : `${differences.length} of ${count} changes are not in ${of}`;
    },
  );
}

/** `pull request 7 and pull request 9`, or `this run`. */
export function sourcesOf(plans: readonly ReviewedPlan[]): string {
  const names = plans.map(({ pullRequest }) =>
    pullRequest === undefined ? 'this run' : `pull request ${pullRequest.number}`,
  );
  return names.length === 0 ? 'any pull request' : names.join(' and ');
}

const compareWith = (made: MadePlan, shown: readonly CoveredPlan[]) =>
  compare(
    made.plan,
    shown.map(({ plan }) => plan),
    redact,
  );

async function showPlan({ engine }: Workplace, plan: ReviewedPlan, file: string): Promise<string> {
  await writeFile(file, plan.content, { mode: 0o600 });
  return engine.show(file);
}

function opened(reviewed: ReviewedPlan, text: string): CoveredPlan {
  const plan = parsePlan(text);
  return { ...reviewed, plan, model: planModel(plan, redact) };
}

/** The plan of an earlier pull request; one that cannot be read does not count. */
async function showOther(place: Workplace, other: ReviewedPlan, file: string): Promise<CoveredPlan | undefined> {
  try {
    checkEngine(other.stored.envelope, place.engine);
    return opened(other, await showPlan(place, other, file));
  } catch (error) {
    if (!(error instanceof Failure) || place.signal.aborted) throw error;
    log.warning(`The plan of ${sourcesOf([other])} does not count: ${error.message}`);
    return undefined;
  }
}

/** Other providers may do other things by the same plan. A lock file that is in the tree moves with it, by review. */
function checkProviders(envelope: Envelope, made: MadePlan): void {
  if (envelope.tree.digest === made.tree.digest) checkLockFile(envelope, made.lockFile);
}

/** What Terraform says when nothing gives a variable a value, as a failure of this step's inputs. */
function missingVariables(error: unknown, engine: EngineName): Failure | undefined {
  if (!(error instanceof Failure)) return undefined;
  const text = `${error.message}\n${error.evidence ?? ''}`;
  if (!text.includes('No value for required variable')) return undefined;
  const names = [...new Set([...text.matchAll(/variable "([^"]+)" is not set/g)].map(([, name]) => name ?? ''))];
  const secrets = names.filter((name) => Object.values(SECRET_VARIABLES).some((secret) => secret === name));
  if (secrets.length > 0) return secretMissing(secrets);
  return terraformFailures.failure('variableMissing', {
    what: `${engine} has no value for ${names.join(', ') || 'a variable'}.`,
    evidence: error.evidence,
    cause: error,
  });
}

export const secretMissing = (names: readonly string[]): Failure =>
  terraformFailures.failure('secretMissing', {
    what: `The configuration takes ${names.join(' and ')}, but \`livekit-api-key\` and \`livekit-api-secret\` are not both given.`,
  });
