import { redact } from '../../runner/mask.ts';
import { sentence } from '../message.ts';
import { cut } from './attributes.ts';
import { code, details, fence, plain, plural } from '../../runner/markdown.ts';
import { type ApplyReport, type FailureReport, doneWords, type PlanReport, verdict } from './report.ts';
import { DEPTHS, type Depth, driftPart, outputPart, resourceParts } from './resources.ts';

const LONGEST_EVIDENCE = 4_000;
const MOST_WARNINGS = 20;

/** The fullest text that fits: attributes, then without those of new resources, then a list, then counts. */
export function fitting(render: (depth: Depth) => string, fits: (text: string) => boolean): string {
  let text = '';
  for (const depth of DEPTHS) {
    text = render(depth);
    if (fits(text)) return text;
  }
  return text;
}

/** One environment's plan as markdown. */
export function renderPlan(report: PlanReport, depth: Depth): string {
  const { icon, sentence: words } = verdict(report.model);
  return [`### ${icon} ${report.environment}: ${words}`, ...planParts(report, depth), footer(report)].join('\n\n');
}

/** One environment's apply: its result, then the plan that it was. */
export function renderApply(report: ApplyReport, depth: Depth): string {
  const { plan, result } = report;
  const run = `[this run](${report.runUrl})`;
  const outputs =
    report.outputsUri === undefined ? '' : ` The environment’s outputs are in ${code(report.outputsUri)}.`;
  const head = {
    applied: [
      `### ✅ ${plan.environment}: applied`,
      `${doneWords(plan.model.counts)} in ${duration(report.durationSeconds)} by ${run}.${outputs}`,
    ],
    nothing: [`### ✅ ${plan.environment}: nothing to apply`, `The plan had no changes (${run}).${outputs}`],
    again: [
      `### ✅ ${plan.environment}: applied before`,
      `An earlier run applied this plan, and the state is still the one it left (${run}).${outputs}`,
    ],
    failed:
      result.kind === 'failed'
        ? [`### ❌ ${plan.environment}: apply failed`, failureText(result.failure), `See ${run}.`]
        : [],
  }[result.kind];
  const parts = planParts(plan, depth === 'full' ? 'changed' : depth);
  const planned = parts.length === 0 ? [] : [details('<b>The plan that was applied</b>', parts.join('\n\n'))];
  return [...head, ...planned, footer(plan)].join('\n\n');
}

/** An environment whose plan or apply did not come to a plan. */
export function renderFailure(report: FailureReport): string {
  return [
    `### ❌ ${report.environment}: ${report.doing} failed`,
    failureText(report.failure),
    `<sub>[Run](${report.runUrl})</sub>`,
  ].join('\n\n');
}

function planParts(report: PlanReport, depth: Depth): string[] {
  const { model } = report;
  const reads = model.resources.filter(({ action }) => action === 'read').length;
  return [
    ...warningPart(report, depth),
    ...resourceParts(model.resources, depth),
    ...outputPart(model, depth),
    ...driftPart(model, depth),
    ...(reads === 0 || depth !== 'full' ? [] : [`${plural(reads, 'data source')} read during the apply.`]),
    ...(depth === 'full' ? [] : [shortened(report, depth)]),
  ];
}

function shortened(report: PlanReport, depth: Depth): string {
  const what = {
    changed: 'The attributes of new resources are left out here',
    list: 'The attributes are left out here',
    short: 'Most of the plan is left out here',
    counts: 'The plan is left out here',
    full: '',
  }[depth];
  return `<sub>${what}; the [job summary](${report.origin.runUrl}) tells more.</sub>`;
}

function warningPart(report: PlanReport, depth: Depth): string[] {
  const { model, warnings } = report;
  const checks = model.failedChecks.map((check) => `- ❌ check ${plain(check)}`);
  const told = warnings
    .slice(0, MOST_WARNINGS)
    .map((warning) => `- ⚠️ ${plain(cut(redact(sentence(warning, report.repositoryPath)), 600))}`);
  const rest = warnings.length - told.length;
  if (checks.length + told.length === 0) return [];
  if (depth === 'counts' || depth === 'short')
    return [`${plural(warnings.length, 'warning')}, ${plural(checks.length, 'failed check')}`];
  return [[...checks, ...told, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n')];
}

/** Known secrets go before a sign is escaped: afterwards they would not be recognised. */
function failureText(failure: FailureReport['failure']): string {
  const evidence =
    failure.evidence === undefined
      ? []
      : [details('Terraform’s own words', fence('text', cut(redact(failure.evidence), LONGEST_EVIDENCE)))];
  return [
    `> [!CAUTION]\n> **${failure.code}** ${plain(redact(failure.message))}`,
    `Why: ${plain(redact(failure.why))}  \nFix: ${plain(redact(failure.fix))}`,
    ...evidence,
  ].join('\n\n');
}

function footer({ origin }: PlanReport): string {
  const stored = origin.planUri === undefined ? 'not stored' : code(origin.planUri);
  return `<sub>Plan of [${code(origin.commit.slice(0, 7))}](${origin.commitUrl}) · ${plain(origin.engine)} · ${origin.stateSerial === undefined ? 'first plan, no state yet' : `state serial ${origin.stateSerial}`} · SHA-256 ${code(origin.digest.slice(0, 12))} · ${stored} · [run](${origin.runUrl})</sub>`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
