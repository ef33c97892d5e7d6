import type { Section } from '../../github/comment-body.ts';
import type { Draw } from '../../github/comment-space.ts';
import { loadWords } from '../../livekit/load.ts';
import { code, details, fence, plain, plural, prose, table } from '../../runner/markdown.ts';
import { written } from '../values/tree.ts';
import { type ChangeAction, isOfTemplate, type ObjectChange } from './change.ts';
import type { Difference } from './compare.ts';
import type { Preview, RolledWorkload } from './preview.ts';
import { hideIn, isHidden } from './secrecy.ts';

export const COMMENT_KIND = 'helm';

const SIGNS: Readonly<Record<ChangeAction, string>> = {
  delete: '−',
  change: '~',
  create: '+',
  unreadable: '?',
  'unknown-kind': '!',
};
const WORDS: Readonly<Record<ChangeAction, string>> = {
  delete: 'deleted',
  change: 'changed',
  create: 'created',
  unreadable: 'not to be seen by this identity',
  'unknown-kind': 'of a kind that the cluster does not know, so the deploy would fail',
};
const ORDER: readonly ChangeAction[] = ['unknown-kind', 'delete', 'change', 'create', 'unreadable'];

/** How much of each object is told: its fields with their values, or that it changes. */
type Depth = 'fields' | 'objects' | 'counts';

const LONGEST_VALUE = 300;
/** GitHub drops a step's summary over 1 MiB; the rest is for other steps' sake. */
const LONGEST_SUMMARY = 400_000;

/** The comment's head: one row for each environment. */
export function commentHead(sections: readonly Section[]): string {
  const rows = sections.map(
    ({ key, cells: [icon = '', deleted = '', changed = '', created = '', rolls = '', status = ''] }) => [
      icon,
      `**${key}**`,
      deleted,
      changed,
      created,
      rolls,
      status,
    ],
  );
  const head = ['', 'environment', 'delete', 'change', 'create', 'pods that roll', ''];
  return `## Helm\n\n${table(head, ['left', 'left', 'right', 'right', 'right', 'left', 'left'], rows)}`;
}

/** Makes the environment's section for the room that it gets. */
export function previewSection(preview: Preview, run: { readonly url: string; readonly commit: string }): Draw {
  const number = (action: ChangeAction) => {
    const count = preview.changes.filter((change) => change.action === action).length;
    return count === 0 ? '·' : `**${count}**`;
  };
  const isBroken = preview.changes.some(({ action }) => action === 'unknown-kind');
  const cells = [
    isBroken ? '❌' : preview.rolls.length > 0 ? '🔄' : preview.changes.length > 0 ? '✏️' : '✅',
    ...(['delete', 'change', 'create'] as const).map(number),
    preview.rolls.length === 0 ? '·' : preview.rolls.map(rolledWords).join(', '),
    `[previewed](${run.url})${run.commit === '' ? '' : ` for ${code(run.commit.slice(0, 7))}`}`,
  ];
  return (room) => {
    const body = renderPreview(preview, room);
    return { cells, body: body.length <= room ? body : '' };
  };
}

/** What a deploy would change, in GitHub's markdown, in at most so many UTF-16 code units where that can be. Pure. */
export function renderPreview(preview: Preview, room = LONGEST_SUMMARY): string {
  for (const depth of ['fields', 'objects'] as const) {
    const text = render(preview, depth);
    if (text.length <= room) return text;
  }
  return render(preview, 'counts');
}

function render(preview: Preview, depth: Depth): string {
  const { environment, release, namespace, chart, changes, rolls, notes } = preview;
  const counts = ORDER.map((action) => [action, changes.filter((change) => change.action === action).length] as const)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${WORDS[action]}`);
  const lines = [
    `### ${environment}: ${counts.length === 0 ? 'nothing would change' : counts.join(', ')}`,
    '',
    `Release ${code(release)} in ${code(namespace)}, chart ${code(`${chart.name} ${chart.version}`)}.`,
    '',
    ...rolls.map(
      (workload) => `🔄 **${rolledWords(workload)}**: ${causeOf(changes, workload)}. ${callsWords(workload)}\n`,
    ),
  ];
  if (depth !== 'counts') {
    const sorted = changes.toSorted((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
    for (const change of sorted) lines.push(objectPart(change, depth), '');
  }
  for (const note of notes) lines.push(`> ${prose(note)}`, '');
  return lines.join('\n').trim();
}

function objectPart({ action, kind, name, differences, rollsPods }: ObjectChange, depth: Depth): string {
  const title = `${SIGNS[action]} ${kind} <b>${plain(name)}</b>`;
  if (action !== 'change' || depth === 'objects')
    return `${title} ${action === 'change' ? `(${plural(differences.length, 'field')})` : WORDS[action]}\n`;
  const fields = fence('diff', differences.map((each) => fieldLines(kind, each)).join('\n'));
  return details(`${title} · ${plural(differences.length, 'field')}${rollsPods ? ' · pods roll' : ''}`, fields, true);
}

function fieldLines(kind: string, difference: Difference): string {
  const { path, before, after, setBy } = difference;
  const by = setBy.length === 0 ? '' : `   # set by ${setBy.join(', ')}`;
  const name = field(path);
  const line = (sign: string, value: unknown) =>
    value === undefined
      ? []
      : valueText(kind, path, value)
          .split('\n')
          .map((text, index) => (index === 0 ? `${sign} ${name}: ${text}` : `${sign}   ${text}`));
  const lines = [...line('-', before).map((text, index) => (index === 0 ? text + by : text)), ...line('+', after)];
  // Two secrets that differ look alike.
  return (
    isHidden(kind, path) && before !== undefined && after !== undefined
      ? [`! ${name}: another value (hidden)${by}`]
      : lines
  ).join('\n');
}

/** `spec.containers[livekit-server].image` */
const field = (path: Difference['path']) => written(path).replace(/\.\[/g, '[').replace(/\s+/g, ' ');

function valueText(kind: string, path: Difference['path'], value: unknown): string {
  const shown = hideIn(kind, path, value);
  const text =
    typeof shown === 'string' && shown !== '' && !/^[\s"[{]|[\s]$/.test(shown) ? shown : JSON.stringify(shown);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)} … (${text.length} characters)`;
}

const rolledWords = ({ kind, name, pods }: RolledWorkload) => `${plural(pods, 'pod')} of ${kind} ${plain(name)}`;

/** What of the template changes; a checksum only says that something else has. */
function causeOf(changes: readonly ObjectChange[], { kind, name }: RolledWorkload): string {
  const own = changes.find((change) => change.kind === kind && change.name === name);
  const fields = (own?.differences ?? []).filter(isOfTemplate).map(({ path }) => path);
  const names = fields.map((path) => code(field(path.slice(2))));
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more fields`;
}

function callsWords({ load, pods }: RolledWorkload): string {
  if (pods === 0) return 'No pod runs now.';
  if (load === undefined) return 'They hold no calls.';
  if (load === 'unknown') return 'How many participants are on them now is not known.';
  if (load.participants === 0) return 'Nobody is on them now.';
  return `${loadWords(load)} are on them now: they stay until their calls end, for as long as the pods’ grace lasts.`;
}
