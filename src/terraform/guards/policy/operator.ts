import { createContext, Script } from 'node:vm';
import { z } from 'zod';
import { terraformFailures } from '../../failures.ts';
import type { Json } from '../../plan-json.ts';

type Scalar = string | number | boolean | null;

/** An operator: what value a rule gives with it, and when an attribute fulfils it. `undefined` is an absent attribute. */
interface Operator {
  readonly value: z.ZodType<Scalar | Scalar[] | undefined>;
  readonly fulfilled: (attribute: Json | undefined, value: never) => boolean;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], 'must be a text, a number, true or false');
const list = z.array(scalar, 'must be a list').min(1, 'must not be empty').max(1000, 'has more than 1000 items');
const number = z.number('must be a number');
const nothing = z.undefined('has no place with this operator');

const LONGEST_PATTERN = 500;
const PATTERN_MILLISECONDS = 1000;
const pattern = z
  .string('must be a regular expression')
  .max(LONGEST_PATTERN, `is longer than ${LONGEST_PATTERN} characters`)
  .refine(isPattern, 'is no regular expression');

export const OPERATORS = {
  equals: { value: scalar, fulfilled: (attribute, value: Scalar) => same(attribute, value) },
  'not-equals': { value: scalar, fulfilled: (attribute, value: Scalar) => !same(attribute, value) },
  in: { value: list, fulfilled: (attribute, value: Scalar[]) => value.some((item) => same(attribute, item)) },
  'not-in': { value: list, fulfilled: (attribute, value: Scalar[]) => !value.some((item) => same(attribute, item)) },
  matches: { value: pattern, fulfilled: (attribute, value: string) => isText(attribute) && matches(value, attribute) },
  'less-than': { value: number, fulfilled: (attribute, value: number) => numberOf(attribute) < value },
  'greater-than': { value: number, fulfilled: (attribute, value: number) => numberOf(attribute) > value },
  exists: { value: nothing, fulfilled: (attribute) => !isAbsent(attribute) },
  absent: { value: nothing, fulfilled: (attribute) => isAbsent(attribute) },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;
export const OPERATOR_NAMES = Object.keys(OPERATORS) as [OperatorName, ...OperatorName[]];

/** Whether an attribute is what the rule demands. Throws LK-TF-038 when a pattern takes too long. */
export function fulfils(operator: OperatorName, attribute: Json | undefined, value: unknown): boolean {
  return OPERATORS[operator].fulfilled(attribute ?? undefined, value as never);
}

/** Nothing, and what Terraform writes for a block or text that is not given. */
function isAbsent(attribute: Json | undefined): boolean {
  return attribute === undefined || attribute === null || attribute === '' || isEmptyList(attribute);
}

const isEmptyList = (attribute: Json) => Array.isArray(attribute) && attribute.length === 0;
const isText = (attribute: Json | undefined): attribute is string => typeof attribute === 'string';

/** Terraform has numbers and switches as texts in places, so `"3"` is 3. */
function same(attribute: Json | undefined, value: Scalar): boolean {
  if (attribute === undefined || attribute === null) return value === null;
  return typeof attribute !== 'object' && value !== null && String(attribute) === String(value);
}

/** NaN, which is neither less nor greater than anything, for what is no number. */
function numberOf(attribute: Json | undefined): number {
  if (typeof attribute === 'number') return attribute;
  return typeof attribute === 'string' && attribute.trim() !== '' ? Number(attribute) : NaN;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}

/** With one repetition at most and no choice, a pattern's time cannot explode: it needs no watch. */
function isSimple(pattern: string): boolean {
  return (pattern.match(/[*+?{]/g) ?? []).length <= 1 && !/\||\\[1-9k]/.test(pattern);
}
const LONGEST_SIMPLE = 2000;

/** Other patterns can take for ever on a text that is made for it; only a context of its own can be stopped. */
const work = createContext({ attribute: '' }) as { attribute: string };
const scripts = new Map<string, Script>();

function scriptOf(text: string): Script {
  const known = scripts.get(text);
  if (known !== undefined) return known;
  const script = new Script(`new RegExp(${JSON.stringify(text)}, 'u').test(attribute)`);
  scripts.set(text, script);
  return script;
}

function matches(text: string, attribute: string): boolean {
  if (attribute.length <= LONGEST_SIMPLE && isSimple(text)) return new RegExp(text, 'u').test(attribute);
  work.attribute = attribute;
  try {
    return scriptOf(text).runInContext(work, { timeout: PATTERN_MILLISECONDS }) === true;
  } catch (error) {
    throw terraformFailures.failure('policyFile', {
      what: `The pattern ${JSON.stringify(text)} of the policy takes longer than ${PATTERN_MILLISECONDS / 1000} s on one attribute.`,
      why: 'A repetition within a repetition can take for ever.',
      fix: 'Write the pattern without a repetition in another one, and anchor it with ^ and $.',
      cause: error,
    });
  }
}
