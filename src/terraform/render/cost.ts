import type { CostEstimate, CostPart, CostRange } from '../cost/estimate.ts';
import { code, details, plain, plural, table } from '../../runner/markdown.ts';
import type { Depth } from './resources.ts';

const MOST_PARTS = 30;
const MOST_NOT_ESTIMATED = 30;

/** The cost line, and in the fuller depths the parts that it is made of and what it leaves out. */
export function costPart(estimate: CostEstimate, depth: Depth): string[] {
  if (estimate.parts.length === 0 && estimate.notEstimated.length === 0) return [];
  if (depth === 'short' || depth === 'counts') return [costSentence(estimate)];
  return [
    details(costSentence(estimate), [...partsTable(estimate), ...leftOut(estimate), basis(estimate)].join('\n\n')),
  ];
}

/** `Cost · about $412 → $824 a month with the fewest nodes, up to $824 → $1,648 with the most`, as HTML. */
export function costSentence({ before, after, parts, notEstimated }: CostEstimate): string {
  const left = notEstimated.length === 0 ? '' : `${plural(notEstimated.length, 'item')} not estimated`;
  if (parts.length === 0) return `<b>Cost</b> · ${left}`;
  const scales = before.minimum !== before.maximum || after.minimum !== after.maximum;
  const most = scales ? ` at the least, up to ${change(before.maximum, after.maximum)} at the most` : '';
  return `<b>Cost</b> · about ${change(before.minimum, after.minimum)} a month${most}${left === '' ? '' : `, ${left}`}`;
}

function change(before: number, after: number): string {
  const [was, will] = [dollars(before), dollars(after)];
  return was === will ? `${will} (as before)` : `${was} → ${will}`;
}

function partsTable({ parts }: CostEstimate): string[] {
  if (parts.length === 0) return [];
  const rows = parts.slice(0, MOST_PARTS).map(row);
  const rest = parts.length - rows.length;
  const more = rest === 0 ? [] : [`and ${plural(rest, 'cheaper part')}.`];
  return [table(['resource', 'what', 'before', 'after'], ['left', 'left', 'right', 'right'], rows), ...more];
}

const row = ({ address, what, before, after }: CostPart) => [code(address), plain(what), range(before), range(after)];

function range(value: CostRange | undefined): string {
  if (value === undefined) return '·';
  const [least, most] = [dollars(value.minimum), dollars(value.maximum)];
  return least === most ? least : `${least} to ${most}`;
}

function leftOut({ notEstimated }: CostEstimate): string[] {
  if (notEstimated.length === 0) return [];
  const lines = notEstimated
    .slice(0, MOST_NOT_ESTIMATED)
    .map(
      ({ what, count, why }) =>
        `- ${code(what)}${count === 1 ? '' : ` (${count.toLocaleString('en')})`}: ${plain(why)}`,
    );
  const rest = notEstimated.length - lines.length;
  return [['Not estimated:', ...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n')];
}

function basis({ prices }: CostEstimate): string {
  const unconfirmed =
    prices.unconfirmed.length === 0 ? '' : ` Not confirmed: those of ${prices.unconfirmed.map(code).join(', ')}.`;
  return `<sub>List prices of ${plain(prices.region)} as of ${plain(prices.date)}, without discounts and tax; a month is 730 hours. Source: ${plain(prices.source)}.${unconfirmed}</sub>`;
}

function dollars(amount: number): string {
  const digits = amount > 0 && amount < 10 ? 2 : 0;
  return `$${amount.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
