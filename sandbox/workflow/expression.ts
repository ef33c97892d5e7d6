import { Evaluator, Lexer, Parser, data } from '@actions/expressions';

export type Context = Record<string, unknown>;

/** How the jobs stand that this one needs: what `success()` and its siblings answer from. */
export interface Status {
  readonly failed: boolean;
  readonly skipped: boolean;
  readonly cancelled: boolean;
}

const EMPTY: Status = { failed: false, skipped: false, cancelled: false };

const EXPRESSION = /\$\{\{((?:[^'}]|'(?:[^']|'')*'|\}(?!\}))*)\}\}/g;

const status = (name: string) => ({ name, minArgs: 0, maxArgs: 0 });
const STATUS_FUNCTIONS = ['success', 'failure', 'always', 'cancelled'].map(status);

/** Evaluates one expression, without `${{ }}`, by GitHub's own implementation of the language. */
export function evaluate(expression: string, context: Context, given: Status = EMPTY): unknown {
  try {
    const { tokens } = new Lexer(expression.trim()).lex();
    const tree = new Parser(tokens, Object.keys(context), STATUS_FUNCTIONS).parse();
    const answers: Record<string, boolean> = {
      success: !given.failed && !given.skipped && !given.cancelled,
      failure: given.failed,
      always: true,
      cancelled: given.cancelled,
    };
    const functions = new Map(
      STATUS_FUNCTIONS.map((info) => [
        info.name,
        { ...info, call: () => new data.BooleanData(answers[info.name] ?? false) },
      ]),
    );
    return plain(new Evaluator(tree, wrapped(context) as data.Dictionary, functions).evaluate());
  } catch (error) {
    throw new Error(`\${{ ${expression.trim()} }} cannot be evaluated: ${(error as Error).message}`, { cause: error });
  }
}

/** Replaces every `${{ }}` in the text; a text that is one expression keeps that value's type. */
export function interpolate(text: string, context: Context): unknown {
  const whole = new RegExp(`^${EXPRESSION.source}$`).exec(text.trim());
  if (whole) return evaluate(whole[1] ?? '', context);
  return text.replace(EXPRESSION, (_, expression: string) => asText(evaluate(expression, context)));
}

/** The same for everything inside an object or list. */
export function interpolateAll(value: unknown, context: Context): unknown {
  if (typeof value === 'string') return interpolate(value, context);
  if (Array.isArray(value)) return value.map((item) => interpolateAll(item, context));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolateAll(item, context)]));
}

/** Whether a job with this `if` runs: without a status function of its own, only after success. */
export function condition(written: string | boolean | undefined, context: Context, given: Status): boolean {
  const text = String(written ?? 'success()').replace(new RegExp(`^${EXPRESSION.source}$`), '$1');
  const own = /\b(success|failure|always|cancelled)\s*\(/.test(text);
  if (!own && (given.failed || given.skipped || given.cancelled)) return false;
  return truth(evaluate(text, context, given));
}

/** A value as it stands in a text: null is empty, objects are JSON. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const truth = (value: unknown) =>
  value !== false && value !== null && value !== undefined && value !== 0 && value !== '';

function wrapped(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;
}

function plain(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer)) as unknown;
}
