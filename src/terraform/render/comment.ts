import type { Section } from '../../github/comment-body.ts';
import type { Draw } from '../../github/comment-space.ts';
import type { Counts } from '../plan-model.ts';
import { code, table } from '../../runner/markdown.ts';
import { renderApply, renderFailure, renderPlan } from './plan.ts';
import { type ApplyReport, type FailureReport, type PlanReport, verdict } from './report.ts';
import { DEPTHS, type Depth } from './resources.ts';

export const COMMENT_KIND = 'terraform';

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

/** Makes the environment's section for the room that it gets; without any, its row in the head's table has to do. */
export function commentSection(report: Report): Draw {
  const cells = cellsOf(report);
  return (room) => {
    const body = fullest(report, room, (text) => text.length);
    return { cells, body: body.length <= room ? body : '' };
  };
}

/** The same for the job summary, which has more room. */
export function summaryText(report: Report): string {
  return fullest(report, LONGEST_SUMMARY_BYTES, (text) => Buffer.byteLength(text));
}

/** What was rendered before: comment and summary ask for the same, and the comment more than once. */
const rendered = new WeakMap<Report, Map<Depth, string>>();

/** The fullest text that fits: attributes, then without those of new resources, then a list, then counts. */
function fullest(report: Report, longest: number, lengthOf: (text: string) => number): string {
  const texts = rendered.get(report) ?? new Map<Depth, string>();
  rendered.set(report, texts);
  for (const depth of DEPTHS) {
    if (depth !== 'counts' && atLeast(report, depth) > longest) continue;
    const text = texts.get(depth) ?? render(report, depth);
    texts.set(depth, text);
    if (depth === 'counts' || lengthOf(text) <= longest) return text;
  }
  throw new TypeError('the last depth is always taken');
}

/** UTF-16 code units below which the text cannot be: to render a large plan only to throw it away takes long. */
function atLeast({ kind, report }: Report, depth: Depth): number {
  if (kind === 'failure' || depth === 'short' || depth === 'counts') return 0;
  const { resources } = kind === 'apply' ? report.plan.model : report.model;
  return resources.reduce((sum, resource) => {
    const { action, address, attributes } = resource;
    if (action === 'read') return sum;
    const told =
      action === 'update' || action === 'replace' || (action === 'create' && depth === 'full' && kind === 'plan');
    if (depth === 'list' || !told) return sum + address.length;
    return attributes.reduce(
      (length, { path, after }) =>
        after.kind === 'unknown' || path.startsWith('terraform_') ? length : length + path.length,
      sum + address.length,
    );
  }, 0);
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
      const [icon, words] = APPLY_WORDS[report.result.kind];
      return [icon, ...numbers(report.plan.model.counts), `[${words}](${report.runUrl})`];
    }
    case 'failure':
      return ['❌', '', '', '', '', `[${report.doing} failed](${report.runUrl})`];
  }
}

const APPLY_WORDS: Record<ApplyReport['result']['kind'], readonly [string, string]> = {
  applied: ['✅', 'applied'],
  nothing: ['✅', 'applied'],
  again: ['✅', 'applied'],
  failed: ['❌', 'apply failed'],
  differs: ['⛔', 'not applied'],
};

/** In the order of the cells: create, change, replace, destroy. */
function numbers({ add, change, replace, destroy }: Counts): string[] {
  return [add, change, replace, destroy].map((count) => (count === 0 ? '·' : `**${count.toLocaleString('en')}**`));
}
