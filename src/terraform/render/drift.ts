import type { AttributeChange } from '../attribute-change.ts';
import type { Drift, PlanModel } from '../plan-model.ts';
import { attributeLines } from './attributes.ts';
import { details, fence, plural } from '../../runner/markdown.ts';
import type { Depth } from './resources.ts';

/** What changed outside of Terraform, first what this plan undoes. */
export function driftPart(model: PlanModel, depth: Depth): string[] {
  const { drift } = model;
  if (drift.length === 0 || depth === 'counts') return [];
  const sorted = drift.toSorted((a, b) => Number(isUndone(b)) - Number(isUndone(a)));
  const undone = drift.filter(isUndone).length;
  const fate =
    undone === 0
      ? 'this plan leaves it so'
      : undone === drift.length
        ? 'this plan undoes it'
        : `this plan undoes ${undone}`;
  const title = `<b>Changed outside of Terraform</b> · ${plural(drift.length, 'resource')}, ${fate}`;
  if (depth === 'short' || depth === 'list') return [title];
  return [details(title, fence('diff', sorted.map(block).join('\n\n')))];
}

const isUndone = ({ undone, planned, action }: Drift) =>
  undone.size > 0 || (action === 'delete' && planned === 'create');

function block(drift: Drift): string {
  const head = `@@ ${drift.address} @@`;
  if (drift.action === 'delete') return `${head}\n- deleted${afterwards(drift)}`;
  const note = (change: AttributeChange) =>
    drift.undone.has(drift.attributes.indexOf(change)) ? '   # this plan sets it back' : '';
  return [head, ...attributeLines({ ...drift, action: 'update' }, note)].join('\n');
}

function afterwards({ planned }: Drift): string {
  return planned === 'create' ? '   # this plan makes it again' : '';
}
