import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { environmentPaths, publishOutputs } from '../environment/outputs.ts';
import type { DetachedProcess } from '../exec/detached.ts';
import { type Failure, reason } from '../failure/failure.ts';
import type { Bucket } from '../google/storage.ts';
import { log, step } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { annotate, readLockFile } from './engine.ts';
import { digestOf } from './envelope.ts';
import { SECRET_VARIABLES } from './environment.ts';
import { terraformFailures } from './failures.ts';
import type { Diagnostic } from './message.ts';
import { parsePlan } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';
import { fetchPlan, markApplied, readApplied, type StoredPlan } from './plan-store.ts';
import { verdict } from './render/report.ts';
import { readStateVersion, type StateVersion, writeFirstState } from './state.ts';
import { readTree } from './tree.ts';
import { checkEngine, checkLockFile, checkState, checkTree } from './verification.ts';
import type { Workplace } from './workplace.ts';

export interface ApplyOptions {
  /** Where the plan is put, 0600. */
  readonly file: string;
  readonly logFile: string;
  readonly lockTimeout: string;
  readonly haveSecrets: boolean;
  readonly runUrl: string;
  readonly onStart: (child: DetachedProcess) => void;
}

export interface Applied {
  readonly kind: 'applied' | 'nothing' | 'again' | 'failed';
  readonly model: PlanModel;
  readonly warnings: readonly Diagnostic[];
  readonly durationSeconds: number;
  /** Only with `failed`: Terraform's own failure. What was proven before it is thrown, this is not. */
  readonly failure: Failure | undefined;
}

/**
 * Proves that a stored plan is the one for this tree, state and engine, and applies exactly that file. Throws before
 * anything is applied: LK-TF-012 and -015 to -020, -023; a failed apply is a result.
 */
export async function applyPlan(place: Workplace, stored: StoredPlan, options: ApplyOptions): Promise<Applied> {
  const { engine, bucket, environment } = place;
  const { envelope } = stored;
  const again = await step(
    'Prove the plan',
    async () => {
      checkEngine(envelope, engine);
      await writeFile(options.file, await fetchPlan(bucket, stored), { mode: 0o600 });
      const [present, mark] = await Promise.all([readStateVersion(bucket, environment), readApplied(bucket, stored)]);
      if (mark !== undefined && same(mark.state, present)) return true;
      checkState(envelope, present);
      if (present === undefined) await writeFirstState(bucket, environment, envelope.state, engine.version);
      return false;
    },
    () =>
      `The plan has the recorded SHA-256 ${envelope.plan.sha256.slice(0, 12)}…, and the state is the one it was made for`,
  );
  const warnings = await step(
    `${engine.name} init`,
    () => engine.init(place.backend),
    () => 'Initialised',
  );
  const model = await step(
    'Compare the tree',
    async () => {
      const [tree, lockFile, json] = await Promise.all([
        readTree(place.workspace, engine.directory, place.signal),
        readLockFile(engine.directory),
        engine.show(options.file),
      ]);
      checkTree(envelope, tree);
      checkLockFile(envelope, lockFile === undefined ? null : digestOf(lockFile));
      return planModel(parsePlan(json), redact);
    },
    (shown) => `The checked-out files are those that were planned: ${verdict(shown).sentence}`,
  );
  const result = { model, warnings, durationSeconds: 0, failure: undefined };
  if (again) return { ...result, kind: 'again' };
  if (!envelope.plan.hasChanges) return { ...result, kind: 'nothing' };
  checkSecrets(model, options.haveSecrets);
  return { ...result, ...(await runApply(place, stored, options, warnings)) };
}

async function runApply(
  { engine, bucket, environment, repositoryPath }: Workplace,
  stored: StoredPlan,
  options: ApplyOptions,
  warnings: readonly Diagnostic[],
): Promise<Pick<Applied, 'kind' | 'warnings' | 'durationSeconds' | 'failure'>> {
  const started = performance.now();
  let outcome: Awaited<ReturnType<typeof engine.apply>> | undefined;
  const applying = step(
    `${engine.name} apply`,
    async () => {
      outcome = await engine.apply(options.file, options);
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
  const said = [...warnings, ...diagnostics.filter(({ severity }) => severity === 'warning')];
  if (failed !== undefined) return { kind: 'failed', warnings: said, durationSeconds, failure: failed };
  await noteApplied(bucket, environment, stored, options.runUrl);
  return { kind: 'applied', warnings: said, durationSeconds, failure: undefined };
}

/** The changes are made, whatever becomes of the note; without it only a second run of the job is refused. */
async function noteApplied(bucket: Bucket, environment: string, stored: StoredPlan, runUrl: string): Promise<void> {
  try {
    const state = await readStateVersion(bucket, environment);
    if (state !== undefined) await markApplied(bucket, stored, { runUrl, appliedAt: new Date().toISOString(), state });
  } catch (error) {
    log.warning(
      `The plan is applied, but it could not be noted in the bucket, so this job cannot be run a second time: ${reason(error)}`,
    );
  }
}

const outputsSchema = z.record(z.string(), z.object({ sensitive: z.boolean().default(false), value: z.unknown() }));

/** Publishes the environment's outputs that are not sensitive. Gives where, and the document's generation. */
export async function publishEnvironment(
  place: Workplace,
  commit: string,
): Promise<{ uri: string; generation: string }> {
  const { engine, bucket, environment } = place;
  const [text, state] = await Promise.all([engine.output(), readStateVersion(bucket, environment)]);
  const outputs = Object.entries(outputsSchema.parse(JSON.parse(redact(text))))
    .filter(([, { sensitive }]) => !sensitive)
    .map(([name, { value }]) => [name, value]);
  if (state === undefined)
    throw terraformFailures.failure('output', { what: `The environment ${environment} has no state after the apply.` });
  const generation = await publishOutputs(bucket, {
    schemaVersion: 1,
    environment,
    publishedAt: new Date().toISOString(),
    commit,
    state,
    // The schema of the document proves the form when it is written.
    outputs: Object.fromEntries(outputs) as never,
  });
  return { uri: `gs://${bucket.name}/${environmentPaths(environment).outputs}`, generation };
}

function checkSecrets(model: PlanModel, haveSecrets: boolean): void {
  const needed = Object.values(SECRET_VARIABLES).filter((name) => model.variables.includes(name));
  if (needed.length === 0 || haveSecrets) return;
  throw terraformFailures.failure('secretMissing', {
    what: `The configuration takes ${needed.join(' and ')}, but \`livekit-api-key\` and \`livekit-api-secret\` are not both given.`,
  });
}

const same = (a: StateVersion, b: StateVersion | undefined) => a.lineage === b?.lineage && a.serial === b.serial;
