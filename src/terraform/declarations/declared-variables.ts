import { z } from 'zod';
import { readBody } from './hcl-body.ts';
import { literals } from './hcl-literals.ts';

/** A variable that a configuration declares to be secret, and what its default holds. */
export interface SecretVariable {
  readonly name: string;
  readonly defaults: readonly string[];
}

/** What a constant that is not set says, or one that is switched off. */
const OFF = /^\s*(false|null)\s*(#.*|\/\/.*|\/\*[\s\S]*)?$/;
const MARKS = ['sensitive', 'ephemeral'];

/** The secret variables of a file of Terraform's or OpenTofu's native language. */
export function declaredInHcl(text: string): SecretVariable[] {
  return readBody(text)
    .blocks.filter(({ type }) => type === 'variable')
    .flatMap(({ labels: [name = ''], body }) => {
      const { attributes } = readBody(body);
      const secret = attributes.some((each) => MARKS.includes(each.name) && !OFF.test(each.expression));
      if (!secret) return [];
      return [
        { name, defaults: attributes.flatMap((each) => (each.name === 'default' ? literals(each.expression) : [])) },
      ];
    });
}

const object = z.record(z.string(), z.unknown());
const objects = z.union([object.transform((each) => [each]), z.array(object)]).catch([]);

/** The same of a `.tf.json` file, where each block may be an object or a list of them. */
export function declaredInJson(text: string): SecretVariable[] {
  const root = object.safeParse(parsed(text)).data ?? {};
  return objects.parse(root['variable']).flatMap((variables) =>
    Object.entries(variables).flatMap(([name, declared]) =>
      objects.parse(declared).flatMap((declaration) => {
        const secret = MARKS.some((mark) => ![undefined, null, false, 'false'].includes(declaration[mark] as null));
        return secret ? [{ name, defaults: leaves(declaration['default']) }] : [];
      }),
    ),
  );
}

/** The values of a `.tfvars` file by the variable's name. */
export function valuesInHcl(text: string): Map<string, string[]> {
  return new Map(readBody(text).attributes.map(({ name, expression }) => [name, literals(expression)]));
}

/** The same of a `.tfvars.json` file. */
export function valuesInJson(text: string): Map<string, string[]> {
  const values = object.safeParse(parsed(text)).data ?? {};
  return new Map(Object.entries(values).map(([name, value]) => [name, leaves(value)]));
}

/** Strings and numbers within a value of JSON. */
function leaves(value: unknown): string[] {
  const found: string[] = [];
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' || typeof next === 'number') found.push(String(next));
    else if (typeof next === 'object' && next !== null) left.push(...(Object.values(next) as unknown[]));
  }
  return found;
}

/** What is no JSON is for the engine to tell. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
