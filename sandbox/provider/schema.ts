import { readFileSync } from 'node:fs';
import { withSupplement } from './supplement.ts';
import { Unknown, isObject, type ObjectValue, type Value } from './value.ts';

/** Terraform's JSON notation of a type: `"string"`, `["list", "string"]`, `["object", {...}]`. */
export type TypeNotation = string | [kind: string, element: TypeNotation | Record<string, TypeNotation>];

export interface Attribute {
  readonly type: TypeNotation;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}

export interface NestedBlock {
  readonly nesting_mode: 'single' | 'list' | 'set';
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: Block;
}

export interface Block {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, NestedBlock>>;
}

export interface Schema {
  readonly version: number;
  readonly block: Block;
}

interface SchemaDocument {
  readonly provider: Block;
  readonly resources: Readonly<Record<string, Schema>>;
  readonly data_sources: Readonly<Record<string, Schema>>;
}

let document: SchemaDocument | undefined;

/** The structure of hashicorp/google 7.45, for the resource types that the data file holds. */
export function schemaDocument(): SchemaDocument {
  if (!document) {
    const measured = JSON.parse(readFileSync(new URL('google-schema.json', import.meta.url), 'utf8')) as SchemaDocument;
    document = { ...measured, resources: withSupplement(measured.resources) };
  }
  return document;
}

/** The schema of one resource type; throws for a type that the real provider has and the stand-in lacks. */
export function resourceSchema(type: string): Schema {
  const schema = schemaDocument().resources[type];
  if (!schema) throw new Error(`the provider stand-in has no resource type ${type}`);
  return schema;
}

/** The schema of one data source; throws for one that the stand-in lacks. */
export function dataSourceSchema(type: string): Schema {
  const schema = schemaDocument().data_sources[type];
  if (!schema) throw new Error(`the provider stand-in has no data source ${type}`);
  return schema;
}

export function attributesOf(block: Block): [string, Attribute][] {
  return Object.entries(block.attributes ?? {});
}

export function blocksOf(block: Block): [string, NestedBlock][] {
  return Object.entries(block.block_types ?? {});
}

/**
 * The value with exactly the attributes and blocks of the schema, as Terraform insists: what is missing becomes null or an
 * empty block list, what the schema lacks is dropped, write-only values become null. Throws on a value of the wrong type.
 */
export function conform(block: Block, value: ObjectValue, where = ''): ObjectValue {
  const result: ObjectValue = {};
  for (const [name, attribute] of attributesOf(block)) {
    const given = attribute.write_only ? null : (value[name] ?? null);
    result[name] = conformType(attribute.type, given, `${where}${name}`);
  }
  for (const [name, nested] of blocksOf(block)) {
    const given = value[name] ?? null;
    if (given instanceof Unknown) result[name] = given;
    else if (nested.nesting_mode === 'single')
      result[name] = isObject(given) ? conform(nested.block, given, `${where}${name}.`) : null;
    else
      result[name] = (Array.isArray(given) ? given : given === null ? [] : [given]).map((item) =>
        isObject(item) ? conform(nested.block, item, `${where}${name}.`) : item,
      );
  }
  return result;
}

function conformType(type: TypeNotation, value: Value, where: string): Value {
  if (value === null || value instanceof Unknown) return value;
  if (typeof type === 'string') {
    if (typeof value !== (type === 'bool' ? 'boolean' : type)) throw new Error(`${where} must be a ${type}`);
    return value;
  }
  const [kind, element] = type;
  if (kind === 'list' || kind === 'set') {
    if (!Array.isArray(value)) throw new Error(`${where} must be a ${kind}`);
    return value.map((item, index) => conformType(element as TypeNotation, item, `${where}[${index}]`));
  }
  if (!isObject(value)) throw new Error(`${where} must be a ${kind}`);
  if (kind === 'map')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, conformType(element as TypeNotation, item, `${where}.${key}`)]),
    );
  return Object.fromEntries(
    Object.entries(element as Record<string, TypeNotation>).map(([key, itemType]) => [
      key,
      conformType(itemType, value[key] ?? null, `${where}.${key}`),
    ]),
  );
}
