import type { Schema } from './schema.ts';

/**
 * Resource types that the measured data lacks and that are as like one of its types as makes no difference: one attribute
 * has another name. Google's provider generates all of its `_iam_member` types from one template.
 */
const LIKE: Readonly<Record<string, { readonly type: string; readonly renamed: readonly [from: string, to: string] }>> =
  {
    google_dns_managed_zone_iam_member: {
      type: 'google_secret_manager_secret_iam_member',
      renamed: ['secret_id', 'managed_zone'],
    },
  };

/** The schemas of the measured data and those made after them. */
export function withSupplement(schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const result = { ...schemas };
  for (const [type, { type: model, renamed }] of Object.entries(LIKE)) {
    const schema = schemas[model];
    if (!schema) throw new Error(`${type} is made after ${model}, which is not there`);
    const attributes = Object.entries(schema.block.attributes ?? {}).map(
      ([name, attribute]) => [rename(name, renamed), attribute] as const,
    );
    result[type] = { ...schema, block: { ...schema.block, attributes: Object.fromEntries(attributes) } };
  }
  return result;
}

/** The type whose behaviour was measured in the stead of this one, and its attributes' names here. */
export function modelOf(type: string): { readonly type: string; readonly name: (there: string) => string } {
  const like = LIKE[type];
  return like ? { type: like.type, name: (there) => rename(there, like.renamed) } : { type, name: (there) => there };
}

function rename(name: string, [from, to]: readonly [from: string, to: string]): string {
  return name === from ? to : name;
}
