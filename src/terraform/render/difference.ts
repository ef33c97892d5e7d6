import { code, details, fence, plural } from '../../runner/markdown.ts';
import type { AttributeDifference, ComparedAction, Difference } from '../comparison.ts';
import { cut, text } from './attributes.ts';
import type { Depth } from './resources.ts';

const MOST: Record<Depth, number> = { full: 500, changed: 100, list: 30, short: 10, counts: 0 };
const MOST_ATTRIBUTES = 40;
const LONGEST_LINE = 400;

const NOW: Record<ComparedAction, string> = {
  create: 'would be created',
  update: 'would be changed in place',
  replace: 'would be replaced',
  delete: 'would be destroyed',
  forget: 'would be forgotten',
  import: 'would be imported',
  move: 'would be moved',
  output: 'would change',
};
const REVIEWED: Record<ComparedAction, string> = {
  create: 'create it',
  update: 'change it in place',
  replace: 'replace it',
  delete: 'destroy it',
  forget: 'forget it',
  import: 'import it',
  move: 'move it',
  output: 'change it',
};

/** What would be done now and was not reviewed so, a block for each resource. */
export function differencePart(differences: readonly Difference[], depth: Depth): string[] {
  if (differences.length === 0) return [];
  const title = `**Not as reviewed** · ${plural(differences.length, 'change')}`;
  const shown = differences.slice(0, MOST[depth]);
  const rest = differences.length - shown.length;
  const more = rest > 0 && shown.length > 0 ? [`… and ${plural(rest, 'more change')}`] : [];
  const withValues = depth === 'full' || depth === 'changed';
  return [
    title,
    ...(withValues
      ? [...shown.map(block), ...more]
      : shown.length === 0
        ? []
        : [[...shown, ...more].map((each) => `- ${typeof each === 'string' ? each : headline(each)}`).join('\n')]),
  ];
}

/** The same as lines of the log. */
export function differenceLines(differences: readonly Difference[]): string[] {
  return differences
    .slice(0, MOST.full)
    .flatMap((difference) => [
      `${nameOf(difference)} ${sentenceOf(difference)}`,
      ...attributeLines(difference.attributes).map((line) => `    ${line}`),
    ]);
}

function block(difference: Difference): string {
  const lines = attributeLines(difference.attributes);
  return lines.length === 0
    ? headline(difference)
    : details(headline(difference), fence('diff', lines.join('\n')), true);
}

const headline = (difference: Difference) => `${code(cut(nameOf(difference), LONGEST_LINE))} ${sentenceOf(difference)}`;

const nameOf = ({ address, now }: Difference) => (now === 'output' ? `output ${address}` : address);

function sentenceOf({ now, reviewed, attributes }: Difference): string {
  if (reviewed.length === 0) return `${NOW[now]}; no reviewed plan touches it`;
  const words = reviewed.map((action) => REVIEWED[action]).join(' or ');
  if (attributes.length > 0) return `${NOW[now]}, with other values than were reviewed`;
  return reviewed.includes(now)
    ? `${NOW[now]}, but its object, id, former address or order is not the reviewed one`
    : `${NOW[now]}; the reviewed plan was to ${words}`;
}

/** `-` what was reviewed, `+` what would be done now. */
function attributeLines(attributes: readonly AttributeDifference[]): string[] {
  const lines = attributes.slice(0, MOST_ATTRIBUTES).flatMap(({ path, reviewed, now }) => {
    const [then, present] = [wordsOf(reviewed), wordsOf(now)];
    if (then === present)
      return [oneLine(`! ${path}: differs, ${then.includes('(sensitive)') ? '(sensitive)' : 'hidden'}`)];
    return [oneLine(`- ${path}: reviewed ${then}`), oneLine(`+ ${path}: now ${present}`)];
  });
  const rest = attributes.length - MOST_ATTRIBUTES;
  return rest > 0 ? [...lines, `  … and ${plural(rest, 'more attribute')}`] : lines;
}

function wordsOf(side: AttributeDifference['now']): string {
  if (side === undefined) return 'unchanged';
  return side.before.kind === 'absent' ? text(side.after) : `${text(side.before)} → ${text(side.after)}`;
}

function oneLine(line: string): string {
  const flat = line.replaceAll('\n', ' ');
  return flat.length > LONGEST_LINE ? `${cut(flat, LONGEST_LINE - 1)}…` : flat;
}
