import type { Attributes } from '../../world/world.ts';

// Reading Terraform attributes, whose blocks are lists and whose unset values are null, for an answer of an API, which
// leaves out what is not set.

export function string(attributes: Attributes | undefined, name: string): string | undefined {
  const value = attributes?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(attributes: Attributes | undefined, name: string): number | undefined {
  const value = attributes?.[name];
  return typeof value === 'number' ? value : undefined;
}

export function boolean(attributes: Attributes | undefined, name: string): boolean | undefined {
  const value = attributes?.[name];
  return typeof value === 'boolean' ? value : undefined;
}

export function strings(attributes: Attributes | undefined, name: string): string[] | undefined {
  const value = attributes?.[name];
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

export function map(attributes: Attributes | undefined, name: string): Record<string, string> | undefined {
  const value = attributes?.[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    return undefined;
  return value as Record<string, string>;
}

/** The first block of a name. */
export function block(attributes: Attributes | undefined, name: string): Attributes | undefined {
  return blocks(attributes, name)[0];
}

export function blocks(attributes: Attributes | undefined, name: string): Attributes[] {
  const value = attributes?.[name];
  return Array.isArray(value) ? (value as Attributes[]) : [];
}

/** Leaves out what is undefined; undefined when nothing is left. */
export function object(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}
