import type { Document, ScalarTag } from 'yaml';
import { z } from 'zod';
import { isMapping, type Values } from '../values/tree.ts';

/** Any object of the cluster; what is in it depends on its kind. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** As the manifest has it; `undefined` also for what lies in the release's own namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly value: Values;
}

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** Helm reads these as YAML 1.1 does: a file's mode 0600 is 384, `on` is true. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};
const truth: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|on)$/i.test(text),
};

/** YAML documents, not yet objects, as Helm and kubectl read them. */
export async function parseAsHelm(text: string): Promise<Document.Parsed[]> {
  const { parseAllDocuments } = await import('yaml');
  return [...parseAllDocuments(text, { customTags: (tags) => [octal, truth, ...tags] })];
}

/** The objects of a rendered chart. Hooks are left out: Helm runs them, and they are no part of the release. */
export async function objectsOf(manifest: string): Promise<ClusterObject[]> {
  return (await parseAsHelm(manifest)).flatMap((document) => {
    const object = objectOf(document.toJS());
    if (object === undefined || annotation(object, 'helm.sh/hook') !== undefined) return [];
    const { items } = object.value;
    return object.kind === 'List' && Array.isArray(items) ? items.flatMap((item) => objectOf(item) ?? []) : [object];
  });
}

/** `undefined` for what is no object, such as an empty document. */
export function objectOf(value: unknown): ClusterObject | undefined {
  if (isMapping(value) && value['kind'] === 'List' && Array.isArray(value['items'])) {
    return { apiVersion: 'v1', kind: 'List', namespace: undefined, name: '', value };
  }
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { apiVersion, kind, metadata } = parsed.data;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, value: parsed.data };
}

export function annotation({ value }: ClusterObject, name: string): unknown {
  const metadata = value['metadata'];
  const annotations = isMapping(metadata) ? metadata['annotations'] : undefined;
  return isMapping(annotations) ? annotations[name] : undefined;
}

/** The same object in another version of its API is the same object. */
export const identity = ({ apiVersion, kind, namespace, name }: ClusterObject, ownNamespace: string): string =>
  [apiVersion.includes('/') ? apiVersion.split('/')[0] : '', kind, namespace ?? ownNamespace, name].join('|');
