import type { Deferred, Invocation, PlanModel, ResourceAction, ResourceChange } from '../plan-model.ts';
import { attributeLines, cut, text } from './attributes.ts';
import { code, details, fence, inHtml, plural } from '../../runner/markdown.ts';

/** How much is told: each step tells less than the one before it. */
export type Depth = 'full' | 'changed' | 'list' | 'short' | 'counts';
export const DEPTHS: readonly Depth[] = ['full', 'changed', 'list', 'short', 'counts'];

const SHORT_LIST = 50;
/** With more than this, updates come folded. */
const MOST_OPEN = 6;

const ORDER: readonly ResourceAction[] = ['delete', 'replace', 'update', 'forget', 'import', 'move', 'create'];
const SIGNS: Record<ResourceAction, string> = {
  delete: '-',
  replace: '-/+',
  update: '~',
  forget: '.',
  import: '<',
  move: '>',
  create: '+',
  read: '<=',
};
/** What colours a line in a `diff` block. */
const COLOURS: Record<ResourceAction, string> = {
  delete: '-',
  replace: '-',
  update: '!',
  forget: '!',
  import: '+',
  move: '!',
  create: '+',
  read: ' ',
};
const TITLES: Record<ResourceAction, string> = {
  delete: 'Destroyed',
  replace: 'Replaced',
  update: 'Changed in place',
  forget: 'Forgotten (kept in the cloud, no longer managed)',
  import: 'Imported',
  move: 'Moved',
  create: 'Created',
  read: 'Read',
};

/** All resources of a plan, the gravest first. Empty for the depth `counts`. */
export function resourceParts(resources: readonly ResourceChange[], depth: Depth): string[] {
  if (depth === 'counts') return [];
  const sorted = ORDER.flatMap((action) => resources.filter((resource) => resource.action === action));
  if (sorted.length === 0) return [];
  if (depth === 'list' || depth === 'short') return [listOf(sorted, depth === 'short' ? SHORT_LIST : Infinity)];
  return ORDER.flatMap((action) => {
    const group = sorted.filter((resource) => resource.action === action);
    return group.length === 0 ? [] : [groupOf(action, group, depth)];
  });
}

function groupOf(action: ResourceAction, group: readonly ResourceChange[], depth: Depth): string {
  const title = `**${TITLES[action]}** · ${plural(group.length, 'resource')}`;
  if (action === 'create') {
    const content = depth === 'full' ? fence('diff', group.map(createBlock).join('\n\n')) : listOf(group, Infinity);
    return details(`<b>${TITLES.create}</b> · ${plural(group.length, 'resource')}`, content);
  }
  if (action !== 'replace' && action !== 'update') return `${title}\n\n${listOf(group, Infinity)}`;
  const open = action === 'replace' || group.length <= MOST_OPEN;
  return [title, ...group.map((resource) => block(resource, open))].join('\n\n');
}

function block(resource: ResourceChange, open: boolean): string {
  const lines = attributeLines(resource);
  const summary = `<b>${signOf(resource)}</b> ${code(resource.address)}${because(resource)}`;
  // Terraform has an update without a difference when only a mark changes, or the type of an empty value.
  return lines.length === 0
    ? `${summary}: no value that can be shown differs`
    : details(summary, fence('diff', lines.join('\n')), open);
}

/** Terraform’s own sign: `+/-` when the new one is made first, and OpenTofu’s dot for an old one that is kept. */
const signOf = ({ action, createFirst, keepsOld }: ResourceChange) => {
  if (action !== 'replace') return SIGNS[action];
  const old = keepsOld ? '.' : '-';
  return createFirst ? `+/${old}` : `${old}/+`;
};

function createBlock(resource: ResourceChange): string {
  return [`@@ ${resource.address} @@`, ...attributeLines(resource)].join('\n');
}

/** Why a replacement comes, as HTML. */
function because(resource: ResourceChange): string {
  const moved = [
    resource.previousAddress === undefined ? '' : `, moved from ${code(resource.previousAddress)}`,
    resource.importId === undefined ? '' : `, imported from ${code(resource.importId)}`,
  ].join('');
  if (resource.action !== 'replace') return moved;
  const kept = resource.keepsOld ? ', the old one is kept and no longer managed' : '';
  const order = `${resource.createFirst ? ' (the new one is made first)' : ''}${kept}`;
  if (resource.forcedBy.length > 0)
    return ` because ${resource.forcedBy.map(code).join(' and ')} ${resource.forcedBy.length === 1 ? 'changes' : 'change'}${order}${moved}`;
  return `${resource.reason === '' ? '' : ` because ${inHtml(resource.reason)}`}${order}${moved}`;
}

function listOf(resources: readonly ResourceChange[], most: number): string {
  const lines = resources.slice(0, most).map((resource) => {
    const notes = [
      ...(resource.forcedBy.length > 0 ? [`${resource.forcedBy.join(', ')} forces replacement`] : [resource.reason]),
      resource.previousAddress === undefined ? '' : `moved from ${resource.previousAddress}`,
      resource.importId === undefined ? '' : `imported from ${resource.importId}`,
    ].filter((note) => note !== '');
    const sign = signOf(resource).padEnd(3);
    const colour = COLOURS[resource.action];
    const start = sign.startsWith(colour) ? sign : `${colour} ${sign}`;
    return oneLine(`${start} ${resource.address}${notes.length === 0 ? '' : `  # ${notes.join('; ')}`}`);
  });
  const rest = resources.length - lines.length;
  return fence('diff', [...lines, ...(rest > 0 ? [`  … and ${plural(rest, 'more resource')}`] : [])].join('\n'));
}

/** Changed outputs, as a block. */
export function outputPart(model: PlanModel, depth: Depth): string[] {
  if (model.outputs.length === 0 || depth === 'counts') return [];
  const title = `<b>Outputs</b> · ${model.outputs.length} changed`;
  if (depth === 'short' || depth === 'list') return [`**Outputs** · ${model.outputs.length} changed`];
  const lines = model.outputs.map(({ path, before, after }) => {
    if (before.kind === 'absent') return `+ ${path} = ${text(after)}`;
    if (after.kind === 'absent') return `- ${path} = ${text(before)}`;
    return `! ${path} = ${text(before)} → ${text(after)}`;
  });
  return [details(title, fence('diff', lines.map(oneLine).join('\n')))];
}

/** What waits for a later plan, what the apply opens for a while, and what it asks providers to do. */
export function otherParts(model: PlanModel, depth: Depth): string[] {
  if (depth === 'counts') return [];
  const { deferred, ephemeral, invocations } = model;
  const reads = model.resources.filter(({ action }) => action === 'read').map(({ address }) => address);
  return [
    ...group('Deferred to a later plan', 'resource', deferred.map(deferral), depth),
    ...group('Actions that are run', 'action', invocations.map(invocation), depth),
    ...group('Opened during the apply (ephemeral)', 'resource', model.hasChanges ? ephemeral : [], depth),
    ...(depth === 'full' ? group('Read during the apply', 'data source', reads, depth) : []),
  ];
}

const deferral = (deferred: Deferred) => `${signOf(deferred).padEnd(3)} ${deferred.address}  # ${deferred.waitsFor}`;
const invocation = ({ address, trigger }: Invocation) => `${address}${trigger === '' ? '' : `  # ${trigger}`}`;

function group(title: string, noun: string, lines: readonly string[], depth: Depth): string[] {
  if (lines.length === 0) return [];
  const head = `<b>${title}</b> · ${plural(lines.length, noun)}`;
  if (depth === 'short' || depth === 'list') return [head];
  return [details(head, fence('text', lines.map(oneLine).join('\n')))];
}

const oneLine = (line: string) => {
  const flat = line.replaceAll('\n', ' ');
  return flat.length > 400 ? `${cut(flat, 399)}…` : flat;
};
