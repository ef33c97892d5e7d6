import { readFile } from 'node:fs/promises';
import { log, step } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { annotate } from './annotate.ts';
import { type CostEstimate, estimateCost } from './cost/estimate.ts';
import type { PriceTable } from './cost/prices.ts';
import { unitPrices } from './cost/unit-prices.ts';
import { type PlanOptions, readLockFile } from './engine.ts';
import { digestOf, type Envelope } from './envelope.ts';
import { serveFirstState } from './first-plan.ts';
import type { Diagnostic } from './message.ts';
import { parsePlan, type PlanJson } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';
import { verdict } from './render/report.ts';
import { withSensitiveValues } from './sensitive-values.ts';
import { emptyState, firstStateVersion, readStateVersion, statePath } from './state.ts';
import { readTree, type Tree } from './tree.ts';
import type { Workplace } from './workplace.ts';

export interface MakePlanOptions extends PlanOptions {
  /** Where the plan goes. */
  readonly file: string;
  readonly prices?: PriceTable | undefined;
  /** Called once the directory is initialised; gives more variables for the plan's process. */
  readonly prepare?: (() => Promise<NodeJS.ProcessEnv>) | undefined;
}

export interface MadePlan {
  /** As the engine shows it, sensitive values in plain: never print it. */
  readonly plan: PlanJson;
  readonly model: PlanModel;
  /** A month before and after. */
  readonly cost: CostEstimate;
  readonly content: Buffer;
  readonly digest: string;
  readonly hasChanges: boolean;
  readonly state: Envelope['state'];
  readonly tree: Tree;
  readonly lockFile: string | null;
  readonly warnings: readonly Diagnostic[];
}

/** Init, plan and model of one environment. Throws LK-TF-001 to -007 and -020. */
export async function makePlan(place: Workplace, options: MakePlanOptions): Promise<MadePlan> {
  const { engine, bucket, environment } = place;
  const present = await step(
    'Look at the state',
    () => readStateVersion(bucket, environment),
    (version) => (version === undefined ? 'No state yet: this is the first plan' : `State at serial ${version.serial}`),
  );
  const state = { ...(present ?? firstStateVersion()), first: present === undefined };
  const firstPlan = state.first
    ? await serveFirstState({
        bucket: bucket.name,
        path: statePath(environment),
        content: emptyState(state, engine.version),
      })
    : undefined;
  const redirect = firstPlan?.environment ?? {};
  try {
    const initialised = await step(
      `${engine.name} init`,
      () => engine.init(place.backend, redirect),
      () => 'Initialised',
    );
    const treeWork = readTree(place.workspace, engine.directory, place.signal);
    treeWork.catch(() => undefined);
    const more = await options.prepare?.();
    const planned = await step(
      `${engine.name} plan`,
      () => engine.plan(options.file, { ...options, lock: options.lock && !state.first }, { ...more, ...redirect }),
      () => 'Planned',
    );
    const [json, content, lockFile, tree] = await Promise.all([
      engine.show(options.file),
      readFile(options.file),
      readLockFile(engine.directory),
      treeWork,
    ]);
    const plan = parsePlan(json);
    const model = planModel(plan, redact);
    const cost = estimateCost(plan, options.prices ?? unitPrices, withSensitiveValues(plan, redact));
    const warnings = [...initialised, ...planned.diagnostics];
    annotate(warnings, place.repositoryPath);
    log.info(`${environment}: ${verdict(model).sentence}`);
    return {
      plan,
      model,
      cost,
      content,
      digest: digestOf(content),
      hasChanges: planned.hasChanges,
      state,
      tree,
      lockFile: lockFile === undefined ? null : digestOf(lockFile),
      warnings,
    };
  } finally {
    await firstPlan?.close();
  }
}
