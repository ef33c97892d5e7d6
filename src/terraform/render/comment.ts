import type { Section } from '../../github/comment-body.ts';
import type { Counts } from '../plan-model.ts';
import { code, table } from '../../runner/markdown.ts';
import { fitting, renderApply, renderFailure, renderPlan } from './plan.ts';
import { type ApplyReport, type FailureReport, type PlanReport, verdict } from './report.ts';
import type { Depth } from './resources.ts';

export const COMMENT_KIND = 'terraform';

/** A section takes at most this, so that three environments fit into one comment (65,536 UTF-16 units). */
const LONGEST_SECTION = 21_000;
/** GitHub drops a step's summary over 1 MiB; the rest is for other steps' sake. */
const LONGEST_SUMMARY_BYTES = 900_000;

export type Report =
  | { readonly kind: 'plan'; readonly report: PlanReport }
  | { readonly kind: 'apply'; readonly report: ApplyReport }
  | { readonly kind: 'failure'; readonly report: FailureReport };

/** The comment's head: one row for each environment. */
export function commentHead(sections: readonly Section[]): string {
  const rows = sections.map(
    ({ cells: [icon = '', add = '', change = '', replace = '', destroy = '', status = ''], key }) => [
      icon,
      `**${key}**`,
      destroy,
      replace,
      change,
      add,
      status,
    ],
  );
  return `## Terraform\n\n${table(
    ['', 'environment', 'destroy', 'replace', 'change', 'create', ''],
    ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    rows,
  )}`;
}

/** The environment's section in the space that is left. */
export function commentSection(report: Report, spaceLeft: number): Omit<Section, 'key'> {
  const longest = Math.min(LONGEST_SECTION, spaceLeft);
  const body = fitting(
    (depth) => render(report, depth),
    (text) => text.length <= longest,
  );
  return { cells: cellsOf(report), body: body.length <= spaceLeft ? body : '' };
}

/** The same for the job summary, which has more room. */
export function summaryText(report: Report): string {
  return fitting(
    (depth) => render(report, depth),
    (text) => Buffer.byteLength(text) <= LONGEST_SUMMARY_BYTES,
  );
}

function render({ kind, report }: Report, depth: Depth): string {
  switch (kind) {
    case 'plan':
      return renderPlan(report, depth);
    case 'apply':
      return renderApply(report, depth);
    case 'failure':
      return renderFailure(report);
  }
}

function cellsOf({ kind, report }: Report): string[] {
  switch (kind) {
    case 'plan':
      return [
        verdict(report.model).icon,
        ...numbers(report.model.counts),
        `[planned](${report.origin.runUrl}) for ${code(report.origin.commit.slice(0, 7))}`,
      ];
    case 'apply': {
      const failed = report.result.kind === 'failed';
      return [
        failed ? '❌' : '✅',
        ...numbers(report.plan.model.counts),
        `[${failed ? 'apply failed' : 'applied'}](${report.runUrl})`,
      ];
    }
    case 'failure':
      return ['❌', '', '', '', '', `[${report.doing} failed](${report.runUrl})`];
  }
}

/** In the order of the cells: create, change, replace, destroy. */
function numbers({ add, change, replace, destroy }: Counts): string[] {
  return [add, change, replace, destroy].map((count) => (count === 0 ? '·' : `**${count.toLocaleString('en')}**`));
}
