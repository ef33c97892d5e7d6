import * as core from '@actions/core';
import { inputFailures } from './failures.ts';
import { mask } from './mask.ts';

/** The value of an input, trimmed; `undefined` when it is empty or not given. */
export function optionalInput(name: string): string | undefined {
  const value = core.getInput(name).trim();
  return value === '' ? undefined : value;
}

/** As `optionalInput`; throws LK-INPUT-001 when there is none. */
export function requiredInput(name: string): string {
  const value = optionalInput(name);
  if (value === undefined) throw inputFailures.failure('missing', { what: `The input \`${name}\` is missing.` });
  return value;
}

/** An input that is a secret: masked in every encoding before anyone can print it. */
export function secretInput(name: string): string | undefined {
  const value = optionalInput(name);
  if (value !== undefined) mask(value);
  return value;
}

/** `true` or `false`, in any case; throws LK-INPUT-002 otherwise. */
export function booleanInput(name: string, fallback: boolean): boolean {
  const value = optionalInput(name)?.toLowerCase();
  if (value === undefined) return fallback;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw invalid(name, value, 'It takes true or false.');
}

/** A whole number within bounds; throws LK-INPUT-002 otherwise. */
export function integerInput(name: string, fallback: number, bounds: { min: number; max: number }): number {
  const value = optionalInput(name);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < bounds.min || number > bounds.max) {
    throw invalid(name, value, `It takes a whole number from ${bounds.min} to ${bounds.max}.`);
  }
  return number;
}

/** One of the allowed words; throws LK-INPUT-002 otherwise. */
export function choiceInput<const T extends string>(name: string, allowed: readonly T[], fallback: T): T {
  const value = optionalInput(name) ?? fallback;
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw invalid(name, value, `It takes one of: ${allowed.join(', ')}.`);
  return found;
}

/** Non-empty lines of an input, trimmed. */
export function linesInput(name: string): string[] {
  return (optionalInput(name) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** An input whose value must match a pattern; `form` says in words what that is. */
export function patternInput(name: string, pattern: RegExp, form: string, fallback?: string): string {
  const value = fallback === undefined ? requiredInput(name) : (optionalInput(name) ?? fallback);
  if (!pattern.test(value)) throw invalid(name, value, `It takes ${form}.`);
  return value;
}

function invalid(name: string, value: string, form: string) {
  return inputFailures.failure('invalid', { what: `The input \`${name}\` is ${JSON.stringify(value)}. ${form}` });
}
