import { isMapping, type Path, type Values } from '../values/tree.ts';
import { fieldOwners, type FieldOwners, itemKey, listKeys, otherOwners, owns, updating } from './managed-fields.ts';
import { quantity } from './quantity.ts';

/** One field that will be another; `undefined` where there is none. */
export interface Difference {
  /** An item of a list that has a key is named by it: `containers`, `[livekit-server]`, `image`. */
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
  /** Who, other than Helm, has set the field as it is now. */
  readonly setBy: readonly string[];
}

/** Under these the API takes a quantity: `1` and `1000m` are the same. */
const QUANTITIES = /^(limits|requests|capacity|sizeLimit|averageValue|divisor|hard|minAllowed|maxAllowed)$/;
/** Maps that are one value, in which the server fills in nothing. */
const WHOLE_MAPS = /^(selector|matchLabels|nodeSelector)$/;

export interface Sides {
  /** As the manifest has it. */
  readonly declared: Values;
  readonly live: Values;
  /** As the manifest before had it; `undefined` where that is not known. */
  readonly previous: Values | undefined;
  /** Who applies the manifest. */
  readonly manager: string;
}

/** A place in the live object: its path, its owners, and what the manifest before had there. */
interface Place {
  readonly path: Path;
  readonly node: FieldOwners | undefined;
  readonly old: unknown;
}

/**
 * What an object becomes when its manifest is applied: the fields that the manifest declares and the live object does not
 * have so, and the fields that `manager` set before and the manifest declares no more. All else is the server's or
 * somebody else's, and stays. Pure.
 */
export function compare({ declared, live, previous, manager }: Sides): Difference[] {
  const found: Difference[] = [];
  const tell = ({ path, node }: Place, before: unknown, after: unknown) =>
    void found.push({ path, before, after, setBy: otherOwners(node, manager) });
  // Who writes whole objects owns the server's defaults too; then only what the manifest before had was the manifest's.
  const isOurs = ({ node, old }: Place) =>
    owns(node, manager) || (old !== undefined && old !== null && owns(node, updating(manager)));

  const values = (after: unknown, before: unknown, place: Place): void => {
    if (isVoid(after) && before === undefined) return;
    if (isMapping(after) && isMapping(before)) maps(after, before, place);
    else if (Array.isArray(after) && Array.isArray(before)) lists(after, before, place);
    else if (!same(after, before, place.path)) tell(place, before, after);
  };

  const maps = (after: Values, before: Values, place: Place): void => {
    const { node, path, old } = place;
    const isWhole = node !== undefined && node.children.size === 0 && WHOLE_MAPS.test(String(path.at(-1)));
    const below = (key: string): Place => ({
      path: [...path, key],
      node: node?.children.get(`f:${key}`),
      old: part(old, key),
    });
    for (const [key, value] of Object.entries(after)) {
      if (value !== null) values(value, part(before, key), below(key));
    }
    for (const [key, value] of Object.entries(before)) {
      if (part(after, key) !== undefined && part(after, key) !== null) continue;
      if (isWhole) tell({ ...below(key), node }, value, undefined);
      else if (isOurs(below(key))) gone(value, below(key));
    }
  };

  const lists = (after: readonly unknown[], before: readonly unknown[], place: Place): void => {
    const { node, path, old } = place;
    const keys = listKeys(node);
    if (keys !== undefined) {
      keyed(after, before, keys, place);
    } else if ([...(node?.children.keys() ?? [])].some((step) => step.startsWith('v:'))) {
      const below = (item: unknown): Place => ({
        path: [...path, String(item)],
        node: node?.children.get(`v:${JSON.stringify(item)}`),
        old: Array.isArray(old) ? old.find((other) => other === item) : undefined,
      });
      for (const item of after) if (!before.includes(item)) tell(below(item), undefined, item);
      for (const item of before) if (!after.includes(item) && isOurs(below(item))) tell(below(item), item, undefined);
    } else {
      for (let index = 0; index < Math.max(after.length, before.length); index++) {
        const below: Place = { path: [...path, index], node: undefined, old: undefined };
        if (index >= after.length) tell({ ...below, node }, before[index], undefined);
        else values(after[index], before[index], below);
      }
    }
  };

  const keyed = (
    after: readonly unknown[],
    before: readonly unknown[],
    keys: readonly string[],
    place: Place,
  ): void => {
    const rest = new Set(before);
    // What the manifest does not say of a key is filled in by the server: `protocol` of a port.
    const find = (items: Iterable<unknown>, item: unknown) =>
      [...items].find((other) =>
        keys.every(
          (key) => isVoid(part(item, key)) || isVoid(part(other, key)) || part(item, key) === part(other, key),
        ),
      );
    const below = (item: unknown, present: unknown): Place => ({
      path: [...place.path, itemName(item, keys)],
      node: [...(place.node?.children ?? [])].find(([step]) => matches(itemKey(step), present))?.[1],
      old: Array.isArray(place.old) ? find(place.old, item) : undefined,
    });
    for (const item of after) {
      const present = find(rest, item);
      rest.delete(present);
      values(item, present, below(item, present));
    }
    for (const item of rest) if (isOurs(below(item, item))) gone(item, below(item, item));
  };

  /** A part in which others have set something too stays with that. */
  const gone = (value: unknown, place: Place): void => {
    const others = otherOwners(place.node, manager);
    if (isMapping(value) && others.length > 0 && (place.node?.children.size ?? 0) > 0) maps({}, value, place);
    else if (!isVoid(value) || !isMapping(value)) tell(place, value, undefined);
  };

  maps(declared, live, { path: [], node: fieldOwners(live), old: previous });
  return found.filter(({ path }) => !isServers(path));
}

/** The server's own, which a manifest may say without any effect. */
const isServers = ([first, second]: Path): boolean =>
  first === 'status' ||
  (first === 'metadata' &&
    /^(managedFields|resourceVersion|uid|generation|creationTimestamp|selfLink|namespace)$/.test(String(second)));

/** What the server leaves out when it writes an object: nothing, zero, and what is empty. */
function isVoid(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMapping(value) && Object.values(value).every(isVoid);
}

function same(after: unknown, before: unknown, path: Path): boolean {
  if (after === before) return true;
  if (isScalar(after) && isScalar(before) && String(after) === String(before)) return true;
  if (path.some((step) => QUANTITIES.test(String(step)))) {
    const [one, other] = [quantity(after), quantity(before)];
    return one !== undefined && one === other;
  }
  return false;
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';
const part = (item: unknown, key: string): unknown =>
  isMapping(item) && Object.hasOwn(item, key) ? item[key] : undefined;
const matches = (key: Values | undefined, item: unknown): boolean =>
  key !== undefined && Object.entries(key).every(([name, value]) => part(item, name) === value);

function itemName(item: unknown, keys: readonly string[]): string {
  const name = part(item, 'name');
  if (typeof name === 'string' && name !== '') return `[${name}]`;
  return `[${keys
    .map((key) => part(item, key))
    .filter(isScalar)
    .join('/')}]`;
}
