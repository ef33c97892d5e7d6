import { type AttributeChange, attributeChanges, pathText } from './attribute-change.ts';
import type { ChangeJson, Json, PlanJson, ResourceJson } from './plan-json.ts';
import { withSensitiveValues } from './sensitive-values.ts';
import { changedLeaves, hasMark, type Leaf, matches, same, sameOrVacant, sideAt } from './value-match.ts';

export type ComparedAction = 'create' | 'update' | 'replace' | 'delete' | 'forget' | 'import' | 'move' | 'output';

/** One thing that would be done now and was not reviewed so. Its texts are redacted. */
export interface Difference {
  /** The resource's address, or the output's name. */
  readonly address: string;
  readonly now: ComparedAction;
  /** What the reviewed plans do with it; empty when they do nothing. */
  readonly reviewed: readonly ComparedAction[];
  /** Where the values differ; empty when the action itself does. */
  readonly attributes: readonly AttributeDifference[];
}

export interface AttributeDifference {
  readonly path: string;
  /** `undefined`: the reviewed plan leaves it as it is. */
  readonly reviewed: Pick<AttributeChange, 'before' | 'after'> | undefined;
  /** `undefined`: it is left as it is now. */
  readonly now: Pick<AttributeChange, 'before' | 'after'> | undefined;
}

/**
 * What a plan would do that none of the reviewed plans does: empty when all of it was reviewed. Doing less is no
 * difference, so that the rest of a failed apply passes. Pure; the plans are compared as they are, sensitive values too.
 *
 * What counts, for each resource (by address, and the key of a deposed object) that is not left as it is:
 * - the actions, in their order. What is left of a reviewed replacement counts as reviewed: only the creation, when the
 *   old object is gone already, or the end of the deposed one, when the new one is there already;
 * - of a creation or replacement, all values afterwards, by one of the reviewed plans as a whole;
 * - of an update, each place that it changes, by any of the reviewed plans: the value before and the value after. A place
 *   that is changed now and was not in the review (the correction of a drift) is a difference;
 * - of a replacement, a removal or a forgetting, that it is the same object (`id`);
 * - of an import, the id; of a move, the address before;
 * - of a changed output, its value, sensitive or not.
 * What was not known at the review matches every value; what was known must be known and the same.
 *
 * What does not count: data sources that are read, the order of resources and keys, why something is replaced, marks of
 * sensitivity, what a removed object held beside its id, drift that the plan only notes, checks.
 */
export function compare(
  now: PlanJson,
  reviewed: readonly PlanJson[],
  redactKnown: (text: string) => string,
): Difference[] {
  const redact = [now, ...reviewed].reduce((inner, plan) => withSensitiveValues(plan, inner), redactKnown);
  const known = new Map<string, ResourceJson[]>();
  for (const resource of reviewed.flatMap((plan) => plan.resource_changes)) {
    const found = known.get(resource.address);
    if (found === undefined) known.set(resource.address, [resource]);
    else found.push(resource);
  }
  return [
    ...now.resource_changes.flatMap((resource) => resourceDifference(resource, known, redact) ?? []),
    ...outputDifferences(now, reviewed, redact),
  ];
}

/** How many things a plan does, as `compare` counts them. */
export function countChanges(plan: PlanJson): number {
  const outputs = Object.values(plan.output_changes).filter(isChanged);
  return plan.resource_changes.filter((resource) => actionOf(resource) !== undefined).length + outputs.length;
}

function resourceDifference(
  now: ResourceJson,
  known: ReadonlyMap<string, readonly ResourceJson[]>,
  redact: (text: string) => string,
): Difference | undefined {
  const action = actionOf(now);
  if (action === undefined) return undefined;
  const candidates = (known.get(now.address) ?? []).filter((resource) => actionOf(resource) !== undefined);
  const allowed = candidates.filter((candidate) => allows(candidate, now));
  const difference = (attributes: readonly AttributeDifference[]): Difference => ({
    address: redact(now.address) + (now.deposed === undefined ? '' : ` (deposed ${now.deposed})`),
    now: action,
    reviewed: [...new Set(candidates.flatMap((candidate) => actionOf(candidate) ?? []))],
    attributes,
  });
  if (allowed.length === 0) return difference([]);
  const attributes = valueDifferences(action, now, allowed, redact);
  return attributes === undefined ? undefined : difference(attributes);
}

/** `undefined` when the values are those that were reviewed. */
function valueDifferences(
  action: ComparedAction,
  now: ResourceJson,
  reviewed: readonly ResourceJson[],
  redact: (text: string) => string,
): AttributeDifference[] | undefined {
  switch (action) {
    case 'update': {
      const leaves = changedLeaves(now.change.before, afterOf(now.change));
      const open = leaves.filter((leaf) => !reviewed.some(({ change }) => covers(change, leaf)));
      return open.length === 0 ? undefined : open.flatMap((leaf) => toldLeaf(leaf, now.change, reviewed, redact));
    }
    case 'create':
    case 'replace': {
      const after = afterOf(now.change);
      if (reviewed.some(({ change }) => matches(afterOf(change), after))) return undefined;
      // The last one is the newest plan: what it says is shown.
      const shown = reviewed.at(-1);
      return shown === undefined ? [] : toldValues(now.change, shown.change, redact);
    }
    default:
      return undefined;
  }
}

/** True when a reviewed change, by its actions and object, allows the one that would be done now. */
function allows(reviewed: ResourceJson, now: ResourceJson): boolean {
  const [then, present] = [reviewed.change.actions.join(), now.change.actions.join()];
  const imported = now.change.importing?.id;
  if (now.change.importing && imported !== reviewed.change.importing?.id && reviewed.change.importing?.id !== undefined)
    return false;
  if (now.change.importing && !reviewed.change.importing) return false;
  if (now.previous_address !== undefined && now.previous_address !== reviewed.previous_address) return false;
  // Only the state's own record changes: it was moved or imported along with whatever else was reviewed.
  if (present === 'no-op') return true;
  if (now.deposed !== reviewed.deposed)
    return now.deposed !== undefined && present === 'delete' && then === 'create,delete' && sameObject(reviewed, now);
  if (present === then) return present === 'create' || present === 'update' || sameObject(reviewed, now);
  return present === 'create' && (then === 'delete,create' || then === 'create,delete');
}

/** The object that goes is the one that was reviewed; without an id, the address says it. */
function sameObject(reviewed: ResourceJson, now: ResourceJson): boolean {
  const id = ({ change }: ResourceJson) => sideAt({ value: change.before, unknown: false }, ['id']).value ?? undefined;
  const [then, present] = [id(reviewed), id(now)];
  return then === undefined || present === undefined || same(then, present);
}

/** True when a reviewed change makes of one place what would be made of it now. */
function covers(reviewed: ChangeJson, leaf: Leaf): boolean {
  const before = sideAt({ value: reviewed.before, unknown: false }, leaf.path).value;
  const after = sideAt(afterOf(reviewed), leaf.path);
  const changes = hasMark(after.unknown) || !same(before, after.value);
  return changes && sameOrVacant(before, leaf.before) && matches(after, leaf.after);
}

/** Outputs have no object behind them: only what becomes of each counts. */
function outputDifferences(
  now: PlanJson,
  reviewed: readonly PlanJson[],
  redact: (text: string) => string,
): Difference[] {
  return Object.entries(now.output_changes).flatMap(([name, change]) => {
    if (!isChanged(change)) return [];
    const known = reviewed.flatMap((plan) => {
      const found = Object.hasOwn(plan.output_changes, name) ? plan.output_changes[name] : undefined;
      return found !== undefined && isChanged(found) ? [found] : [];
    });
    if (known.some((each) => matches(afterOf(each), afterOf(change)))) return [];
    const last = known.at(-1);
    const wrapped = (each: ChangeJson): ChangeJson => ({
      ...each,
      before: { [name]: each.before },
      after: { [name]: each.after },
      after_unknown: { [name]: each.after_unknown },
      before_sensitive: { [name]: hasMark(each.before_sensitive) },
      after_sensitive: { [name]: hasMark(each.after_sensitive) },
    });
    return {
      address: redact(name),
      now: 'output' as const,
      reviewed: last === undefined ? [] : (['output'] as const),
      attributes: told(
        name,
        attributeChanges(wrapped(change), redact),
        last && attributeChanges(wrapped(last), redact),
      ),
    };
  });
}

/** What is shown of a place that an update changes otherwise than reviewed. */
function toldLeaf(
  leaf: Leaf,
  now: ChangeJson,
  reviewed: readonly ResourceJson[],
  redact: (text: string) => string,
): AttributeDifference[] {
  const shown = reviewed.at(-1);
  const at = (change: ChangeJson) => attributeChanges(onlyAt(change, leaf.path), redact);
  return told(redact(pathText(leaf.path)), at(now), shown && at(shown.change));
}

/** What is shown of a creation or replacement: the values afterwards that are not those of the review. */
function toldValues(now: ChangeJson, reviewed: ChangeJson, redact: (text: string) => string): AttributeDifference[] {
  const keys = new Set([...Object.keys(objectOf(now.after)), ...Object.keys(objectOf(reviewed.after))]);
  return [...keys].flatMap((key) => {
    const [then, present] = [sideAt(afterOf(reviewed), [key]), sideAt(afterOf(now), [key])];
    if (matches(then, present)) return [];
    const made = (change: ChangeJson) =>
      attributeChanges({ ...onlyAt(change, [key]), before: null, before_sensitive: false }, redact);
    return told(redact(key), made(now), made(reviewed));
  });
}

/** The entries of both that differ. When redaction leaves nothing of it, the place alone is told. */
function told(
  path: string,
  now: readonly AttributeChange[],
  reviewed: readonly AttributeChange[] | undefined,
): AttributeDifference[] {
  const entries = (list: readonly AttributeChange[] | undefined) =>
    new Map((list ?? []).map(({ path: at, before, after }) => [at, { before, after }]));
  const [present, then] = [entries(now), entries(reviewed)];
  const differing = [...new Set([...present.keys(), ...then.keys()])].flatMap((at): AttributeDifference[] => {
    const [a, b] = [then.get(at), present.get(at)];
    // What was not known at the review is no difference by itself.
    if (a?.after.kind === 'unknown' && b !== undefined) return [];
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ path: at, reviewed: a, now: b }];
  });
  if (differing.length > 0) return differing;
  const hidden = { before: { kind: 'sensitive' }, after: { kind: 'sensitive' } } as const;
  return [{ path, reviewed: hidden, now: hidden }];
}

/** A change cut down to one place, with the names above it, by which secrets are recognised. */
function onlyAt(change: ChangeJson, path: readonly (string | number)[]): ChangeJson {
  const only = <T>(value: T): T => {
    const walk = (part: unknown, rest: readonly (string | number)[]): unknown => {
      const [key, ...below] = rest;
      if (key === undefined || typeof part !== 'object' || part === null) return part;
      if (Array.isArray(part)) return part.map((item: unknown, index) => (index === key ? walk(item, below) : null));
      return Object.hasOwn(part, key) ? { [key]: walk((part as Record<string, unknown>)[key], below) } : {};
    };
    return walk(value, path) as T;
  };
  return {
    ...change,
    before: only(change.before),
    after: only(change.after),
    after_unknown: only(change.after_unknown),
    before_sensitive: only(change.before_sensitive),
    after_sensitive: only(change.after_sensitive),
  };
}

function actionOf({ mode, change, previous_address }: ResourceJson): ComparedAction | undefined {
  const [first, second] = change.actions;
  if (mode === 'data') return undefined;
  if (second !== undefined) return second === 'forget' || first === 'forget' ? 'forget' : 'replace';
  switch (first) {
    case 'create':
    case 'update':
    case 'delete':
    case 'forget':
      return first;
    case 'no-op':
      if (change.importing) return 'import';
      return previous_address === undefined ? undefined : 'move';
    default:
      return undefined;
  }
}

const afterOf = ({ after, after_unknown }: ChangeJson) => ({ value: after, unknown: after_unknown });
const isChanged = ({ actions }: ChangeJson) => actions[0] !== 'no-op';
const objectOf = (value: Json): Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
