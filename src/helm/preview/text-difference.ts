import { isMapping, type Path, type Values } from '../values/tree.ts';
import type { Difference } from './compare.ts';

/**
 * A text that is itself a YAML mapping (a ConfigMap's `config.yaml`) is told by its own fields; any other stays as it is.
 * Pure.
 */
export async function openTexts(differences: readonly Difference[]): Promise<Difference[]> {
  const opened = await Promise.all(differences.map(openText));
  return opened.flat();
}

async function openText(difference: Difference): Promise<Difference[]> {
  const { before, after, path } = difference;
  const [old, present] = [await mappingIn(before), await mappingIn(after)];
  if (old === undefined || present === undefined) return [difference];
  const found = leaves(old, present, path).map((each) => ({ ...difference, ...each }));
  // Comments and order only.
  return found.length === 0 ? [difference] : found;
}

async function mappingIn(text: unknown): Promise<Values | undefined> {
  if (typeof text !== 'string' || !text.includes('\n')) return undefined;
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function leaves(before: unknown, after: unknown, path: Path): Pick<Difference, 'path' | 'before' | 'after'>[] {
  if (isMapping(before) && isMapping(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => leaves(before[key], after[key], [...path, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}
