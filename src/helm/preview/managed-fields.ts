import { z } from 'zod';
import { isMapping, type Values } from '../values/tree.ts';

const entrySchema = z.object({
  manager: z.string().default(''),
  operation: z.string().default('Update'),
  subresource: z.string().optional(),
  fieldsV1: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Who set which field of an object, as the API server keeps it. A node has a child for each field (`f:<name>`), for each item
 * of a list that has keys (`k:{"name":"x"}`) or is a set (`v:"x"`), and `.` for itself.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export interface FieldOwners {
  readonly managers: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldOwners>;
}

interface Growing extends FieldOwners {
  readonly managers: Set<string>;
  readonly children: Map<string, Growing>;
}

const empty = (): Growing => ({ managers: new Set(), children: new Map() });

/**
 * The name of a manager that has written an object as a whole, as Helm 3 does. Then it owns what the server filled in as
 * well, so that what it owns is not what its manifest had.
 */
export const updating = (manager: string) => `${manager}${UPDATE}`;

const UPDATE = ' (update)';

/** All managers' fields of a live object in one tree; the status is left out. */
export function fieldOwners(live: Values): FieldOwners {
  const root = empty();
  const metadata = live['metadata'];
  const entries: unknown = isMapping(metadata) ? metadata['managedFields'] : undefined;
  for (const each of Array.isArray(entries) ? entries : []) {
    const entry = entrySchema.safeParse(each);
    if (!entry.success || entry.data.subresource === 'status') continue;
    const { manager, operation, fieldsV1 } = entry.data;
    grow(root, fieldsV1, operation === 'Apply' ? manager : updating(manager));
  }
  return root;
}

function grow(node: Growing, fields: Values, manager: string): void {
  const names = Object.keys(fields);
  // A field is owned where the tree ends, or where it says so of itself; all else is the way to it.
  if (names.length === 0 || names.includes('.')) node.managers.add(manager);
  for (const name of names) {
    if (name === '.') continue;
    const below = fields[name];
    const child = node.children.get(name) ?? empty();
    node.children.set(name, child);
    grow(child, isMapping(below) ? below : {}, manager);
  }
}

/** Whether a manager owns this or anything below. */
export function owns(node: FieldOwners | undefined, manager: string): boolean {
  if (node === undefined) return false;
  return node.managers.has(manager) || [...node.children.values()].some((child) => owns(child, manager));
}

/** Who else set this very field, or a part of it; by name, in order. */
export function otherOwners(node: FieldOwners | undefined, manager: string): string[] {
  if (node === undefined) return [];
  const below = [...node.children.values()].flatMap((child) => otherOwners(child, manager));
  const own = [...node.managers].map((name) => (name.endsWith(UPDATE) ? name.slice(0, -UPDATE.length) : name));
  return [...new Set([...own, ...below])].filter((name) => name !== manager).sort();
}

/** The keys by which the items of a list are told apart, for example `name`; `undefined` for a list that is one value. */
export function listKeys(node: FieldOwners | undefined): string[] | undefined {
  for (const step of node?.children.keys() ?? []) {
    const key = itemKey(step);
    if (key !== undefined) return Object.keys(key);
  }
  return undefined;
}

/** `{"containerPort":7880,"protocol":"TCP"}` of a step `k:{…}`. */
export function itemKey(step: string): Values | undefined {
  if (!step.startsWith('k:')) return undefined;
  const key: unknown = JSON.parse(step.slice(2));
  return isMapping(key) ? key : undefined;
}
