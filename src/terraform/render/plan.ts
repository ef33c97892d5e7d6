import { documentedCode } from '../../runner/documentation.ts';
import { redact } from '../../runner/mask.ts';
import { cut } from './attributes.ts';
import { costPart } from './cost.ts';
import { diagnosticPart } from './diagnostics.ts';
import { differencePart } from './difference.ts';
import { driftPart } from './drift.ts';
import { guardPart } from './guards.ts';
import { picturePart } from './picture.ts';
import { linkedProse, placeLinks } from './place-link.ts';
import { code, details, fence, plain, prose } from '../../runner/markdown.ts';
import { type ApplyReport, type FailureReport, doneWords, type PlanMode, type PlanReport, verdict } from './report.ts';
import { type Depth, otherParts, outputPart, resourceParts } from './resources.ts';

const LONGEST_EVIDENCE = 4_000;
const MOST_PLACES = 10;
const MODES: Record<PlanMode, string> = { apply: '', destroy: 'destroy everything: ', drift: 'drift: ' };

/** One environment's plan as markdown. */
export function renderPlan(report: PlanReport, depth: Depth): string {
  const { icon, sentence: words } = verdict(report.model);
  return [
    `### ${icon} ${report.environment}: ${MODES[report.mode ?? 'apply']}${words}`,
    ...planParts(report, depth),
    footer(report),
  ].join('\n\n');
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
        ? [
            `### ❌ ${plan.environment}: apply failed`,
            failureText(result.failure, plan.origin.commitUrl),
            `See ${run}.`,
          ]
        : [],
    differs:
      result.kind === 'differs'
        ? [
            `### ⛔ ${plan.environment}: not applied`,
            failureText(result.failure, plan.origin.commitUrl),
            ...differencePart(result.differences, depth),
            `See ${run}.`,
          ]
        : [],
  }[result.kind];
  const parts = planParts(plan, depth === 'full' ? 'changed' : depth);
  const title = result.kind === 'differs' ? 'The plan that would be applied now' : 'The plan that was applied';
  const planned = parts.length === 0 ? [] : [details(`<b>${title}</b>`, parts.join('\n\n'))];
  const proof = report.proof === undefined ? [] : [prose(report.proof)];
  return [...head, ...proof, ...planned, footer(plan)].join('\n\n');
}

/** An environment whose plan or apply did not come to a plan. */
export function renderFailure(report: FailureReport): string {
  return [
    `### ❌ ${report.environment}: ${report.doing} failed`,
    failureText(report.failure, report.commitUrl),
    `<sub>[Run](${report.runUrl})</sub>`,
  ].join('\n\n');
}

function planParts(report: PlanReport, depth: Depth): string[] {
  const { model } = report;
  return [
    ...exceptionPart(report),
    ...(report.guards === undefined ? [] : guardPart(report.guards, depth, report.label)),
    ...diagnosticPart(report, depth),
    ...resourceParts(model.resources, depth),
    ...otherParts(model, depth),
    ...outputPart(model, depth),
    ...driftPart(model, depth),
    ...(report.cost === undefined || depth === 'counts' ? [] : costPart(report.cost, depth)),
    ...(depth === 'full' || depth === 'changed' ? picturePart(model.graph) : []),
    ...(depth === 'full' ? [] : [shortened(report, depth)]),
  ];
}

/** A plan that is not of everything, and why. */
function exceptionPart({ exception, model }: PlanReport): string[] {
  if (exception !== undefined && exception !== '')
    return [
      `> [!IMPORTANT]\n> **An exception:** ${prose(redact(exception))}  \n> Only some resources were planned, or some are replaced on request.`,
    ];
  return model.complete ? [] : ['This plan does not reach everything: after its apply, plan again.'];
}

function shortened(report: PlanReport, depth: Depth): string {
  const what = {
    changed: 'The attributes of new resources are left out here',
    list: 'The attributes are left out here',
    short: 'Most of the plan is left out here',
    counts: 'The plan is left out here',
    full: '',
  }[depth];
  const { runUrl, textUri } = report.origin;
  const whole = textUri === undefined ? '' : `, and ${code(textUri)} is all of it`;
  return `<sub>${what}; the [job summary](${runUrl}) tells more${whole}.</sub>`;
}

/** Known secrets go before a sign is escaped: afterwards they would not be recognised. */
function failureText(failure: FailureReport['failure'], commitUrl: string | undefined): string {
  const message = redact(failure.message);
  const words = failure.evidence === undefined ? undefined : redact(failure.evidence);
  const places = placeLinks(words ?? '', commitUrl, message).slice(0, MOST_PLACES);
  return [
    `> [!CAUTION]\n> ${documentedCode(failure.code)} ${linkedProse(message, commitUrl)}`,
    `Why: ${prose(redact(failure.why))}  \nFix: ${prose(redact(failure.fix))}`,
    ...(places.length === 0 ? [] : [`Also at ${places.join(', ')}.`]),
    ...(words === undefined ? [] : [details('Terraform’s own words', fence('text', cut(words, LONGEST_EVIDENCE)))]),
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
