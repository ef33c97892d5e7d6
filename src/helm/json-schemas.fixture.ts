import { z } from 'zod';
import type { Transport } from '../kubernetes/transport.ts';

type Json = Record<string, unknown>;

const discovery = z.object({ paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })) });
const kinds = z.array(z.object({ group: z.string(), version: z.string(), kind: z.string() })).default([]);
const description = z.object({
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }).optional(),
});

/**
 * What an API server says of its objects (its OpenAPI 3 description), as the JSON schemas that kubeconform reads, custom resources
 * among them: the text of each by the name of its file. kubeconform's own come from the internet; these are the server's.
 */
export async function jsonSchemas(ask: Transport): Promise<Map<string, string>> {
  const get = async (path: string): Promise<unknown> => JSON.parse(await ask({ method: 'GET', path }));
  const { paths } = discovery.parse(await get('/openapi/v3'));
  const groups = Object.entries(paths).filter(([path]) => /^apis?\/.*v\d\w*$/.test(path));
  const files = new Map<string, string>();
  for (const [, { serverRelativeURL }] of groups) {
    // Without its hash: the server sends whoever asks for one that has changed meanwhile elsewhere.
    const [path = ''] = serverRelativeURL.split('?');
    for (const [name, schema] of strictSchemas(await get(path))) files.set(name, JSON.stringify(schema));
  }
  return files;
}

/** Where kubeconform finds these files below a folder, in its own words. */
export const SCHEMA_LOCATION = '{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json';

/** A schema for each kind of one group, which refuses fields that it does not list. Pure. */
export function strictSchemas(openApi: unknown): [name: string, schema: Json][] {
  const all = description.parse(openApi).components?.schemas ?? {};
  const definitions = Object.fromEntries(Object.entries(all).map(([name, schema]) => [name, strict(schema) as Json]));
  return Object.entries(all).flatMap(([name, schema]) =>
    kinds
      .parse(schema['x-kubernetes-group-version-kind'])
      .map(({ group, version, kind }): [string, Json] => [
        `${kind.toLowerCase()}-${group === '' ? version : group}-${version}.json`,
        { $schema: 'http://json-schema.org/draft-07/schema#', $ref: `#/definitions/${name}`, definitions },
      ]),
  );
}

function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const found = node as Json;
  if (found['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const copied = Object.fromEntries(
    Object.entries(found)
      .filter(([key]) => !LEFT_OUT.has(key) && !key.startsWith('x-'))
      .map(([key, value]) => [key, key === '$ref' ? local(value) : strictly(key, value)]),
  );
  const isOpen = found['additionalProperties'] !== undefined || found['x-kubernetes-preserve-unknown-fields'] === true;
  return found['properties'] === undefined || isOpen ? copied : { ...copied, additionalProperties: false };
}

/** Names of properties are no words of the schema's language. */
const strictly = (key: string, value: unknown): unknown =>
  key === 'properties'
    ? Object.fromEntries(Object.entries(value as Json).map(([name, schema]) => [name, strict(schema)]))
    : strict(value);

/** Words of OpenAPI alone, and prose. */
const LEFT_OUT = new Set(['description', 'default', 'nullable', 'example']);

const local = (reference: unknown) => String(reference).replace('#/components/schemas/', '#/definitions/');
