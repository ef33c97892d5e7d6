import { type ClusterObject, objectOf, parseAsHelm } from '../preview/object.ts';
import { isMapping } from '../values/tree.ts';
import { manifestFailures } from './failures.ts';

/** The objects of a file of manifests, in its order; lists are opened. `name` is for messages. Throws LK-HELM-153. */
export async function readManifests(name: string, text: string): Promise<ClusterObject[]> {
  const objects: ClusterObject[] = [];
  for (const [index, document] of (await parseAsHelm(text)).entries()) {
    const [problem] = document.errors;
    if (problem !== undefined) {
      throw unreadable(`${name} is not YAML: ${problem.message.split('\n')[0]?.replace(/[.:]$/, '') ?? ''}`);
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const items = isMapping(value) && isList(value) ? (value['items'] as unknown[]) : [value];
    for (const item of items) objects.push(checked(name, index + 1, item));
  }
  if (objects.length === 0) throw unreadable(`${name} has no object in it`);
  return objects;
}

function checked(name: string, number: number, value: unknown): ClusterObject {
  const object = objectOf(value);
  if (object !== undefined && object.kind !== 'List') return object;
  throw unreadable(`Document ${number} of ${name} is no object with apiVersion, kind and metadata.name`);
}

const isList = (value: Record<string, unknown>) =>
  typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items']);

const unreadable = (what: string) => manifestFailures.failure('content', { what: `${what}.` });
