import type { AttributeChange, Shown } from '../attribute-change.ts';
import type { ResourceChange } from '../plan-model.ts';
import { lineDiff } from './line-diff.ts';

const LONGEST_VALUE = 160;
const LONGEST_LINE = 110;
/** Of a value whose successor is not known yet. */
const LONGEST_OLD = 40;
const WIDEST_NAME = 48;
const MOST_LINES = 60;

/**
 * A resource's attributes as lines of a `diff` block: `+` what comes, `-` what goes, `!` what changes. Values that are
 * only known after the apply are counted when nothing can be said of them.
 */
export function attributeLines(
  resource: ResourceChange,
  noteOf: (change: AttributeChange) => string = forces,
): string[] {
  const quiet = resource.action === 'create' || resource.action === 'replace';
  const own = resource.attributes.filter(({ path }) => !isEcho(path, resource.attributes));
  const said = own.filter((change) => !quiet || change.after.kind !== 'unknown' || change.forcesReplacement);
  const sorted = said.toSorted((a, b) => Number(b.forcesReplacement) - Number(a.forcesReplacement));
  const width = Math.min(
    WIDEST_NAME,
    sorted.reduce((widest, { path }) => Math.max(widest, path.length), 0),
  );
  const lines = sorted.flatMap((change) => lineOf(change, width, noteOf(change)));
  const rest = own.length - said.length;
  if (rest > 0) lines.push(`  # and ${rest} known after apply`);
  return lines;
}

/** The google provider shows labels three times: `labels`, and both of these, which hold the same. */
function isEcho(path: string, all: readonly AttributeChange[]): boolean {
  if (!path.startsWith('terraform_labels')) return false;
  const other = path.replace('terraform_labels', 'effective_labels');
  return all.some((change) => change.path === other);
}

const forces = (change: AttributeChange) => (change.forcesReplacement ? '   # forces replacement' : '');

function lineOf(change: AttributeChange, width: number, note: string): string[] {
  const { before, after } = change;
  const name = change.path.padEnd(width);
  if ((isLong(before) && isTextOrAbsent(after)) || (isLong(after) && isTextOrAbsent(before))) {
    const lines = lineDiff(stringOf(before), stringOf(after), MOST_LINES);
    return [`! ${change.path}:${note}`, ...lines.map((line) => `${line[0]}     ${line.slice(2)}`)];
  }
  if (before.kind === 'absent') return [`+ ${name} = ${text(after)}${note}`];
  if (after.kind === 'absent') return [`- ${name} = ${text(before)}${note}`];
  if (after.kind === 'unknown') return [`! ${name} = ${text(before, LONGEST_OLD)} → ${text(after)}${note}`];
  const [was, will] = [text(before), text(after)];
  if (was === will) return [`! ${name} = ${was} (changes)${note}`];
  if (name.length + was.length + will.length > LONGEST_LINE)
    return [`- ${name} = ${was}${note}`, `+ ${name} = ${will}${note}`];
  return [`! ${name} = ${was} → ${will}${note}`];
}

/** A value in one line. */
export function text(shown: Shown, longest = LONGEST_VALUE): string {
  switch (shown.kind) {
    case 'sensitive':
      return '(sensitive)';
    case 'hidden':
      return '(hidden: its name is that of a secret)';
    case 'unknown':
      return '(known after apply)';
    case 'absent':
      return 'null';
    case 'value': {
      const whole = JSON.stringify(shown.value);
      return whole.length > longest ? `${cut(whole, longest)}… (${whole.length} characters)` : whole;
    }
  }
}

const isLong = (shown: Shown) =>
  shown.kind === 'value' && typeof shown.value === 'string' && shown.value.trim().includes('\n');

const isTextOrAbsent = (shown: Shown) =>
  shown.kind === 'absent' || (shown.kind === 'value' && typeof shown.value === 'string');

const stringOf = (shown: Shown): string => {
  if (shown.kind === 'absent') return '';
  return shown.kind === 'value' && typeof shown.value === 'string' ? shown.value : text(shown);
};

/** Cuts without leaving half of a surrogate pair. */
export function cut(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
