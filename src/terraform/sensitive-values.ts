import { encodings, hide } from '../runner/mask.ts';
import { replacer } from '../runner/text-search.ts';
import type { Json, Marks, PlanJson } from './plan-json.ts';

/**
 * How short a marked value may be, to be hidden where it turns up unmarked. From six characters on it is hidden inside of
 * longer texts and in every encoding; with four or five (`prod`, `6379`) only where it is a whole value, since half of the
 * plan would be blanked; below that (`1`, `dev`) only where it is marked.
 */
export const SHORTEST_WITHIN = 6;
const SHORTEST_WHOLE = 4;
/** So many, the longest first, are looked for in other encodings as well. */
const MOST_ENCODED = 2_000;
const DEEPEST = 60;
const SHOWN = '(sensitive)';

const hidersOfPlans = new WeakMap<PlanJson, (text: string) => string>();

/**
 * Values that Terraform marks as sensitive somewhere turn up unmarked elsewhere: in a computed attribute, in another
 * resource, encoded in a script. Gives a `redact` that also hides those, wherever they are in this plan.
 */
export function withSensitiveValues(plan: PlanJson, redact: (text: string) => string): (text: string) => string {
  let hider = hidersOfPlans.get(plan);
  if (hider === undefined) {
    hider = hiderOf(sensitiveValues(plan));
    hidersOfPlans.set(plan, hider);
  }
  const hidden = hider;
  return (text) => redact(hidden(text));
}

/**
 * Has all that this process writes from now on redacted by the plan's sensitive values too, and by those of `given`, the
 * values of variables by name: an API that refuses a resource quotes in its error what it was sent.
 */
export function hideSensitiveValues(plan: PlanJson, given: (name: string) => string | undefined): void {
  const declared = Object.entries(plan.configuration.root_module.variables).filter(([, variable]) =>
    isSensitive(variable),
  );
  const values = [...sensitiveValues(plan), ...declared.flatMap(([name]) => given(name) ?? [])];
  const long = values.filter((value) => value.length >= SHORTEST_WITHIN).sort((a, b) => b.length - a.length);
  hide(long.slice(0, MOST_ENCODED));
}

function hiderOf(values: ReadonlySet<string>): (text: string) => string {
  if (values.size === 0) return (text) => text;
  const within = [...values].filter((value) => value.length >= SHORTEST_WITHIN).sort((a, b) => b.length - a.length);
  const encoded = within.slice(0, MOST_ENCODED).flatMap(encodings);
  const replace = replacer(
    [...within, ...encoded].filter((form) => form.length >= SHORTEST_WITHIN),
    SHOWN,
  );
  return (text) => (values.has(text) ? SHOWN : replace(text));
}

function sensitiveValues(plan: PlanJson): Set<string> {
  const values = new Set<string>();
  const changes = [
    ...[...plan.resource_changes, ...plan.resource_drift].map(({ change }) => change),
    ...plan.deferred_changes.map(({ resource_change }) => resource_change.change),
    ...Object.values(plan.output_changes),
  ];
  for (const change of changes) {
    collect(change.before, change.before_sensitive, values);
    collect(change.after, change.after_sensitive, values);
  }
  const declared = plan.configuration.root_module.variables;
  for (const [name, { value }] of Object.entries(plan.variables))
    if (isSensitive(declared[name])) collect(value, true, values);
  return values;
}

function isSensitive(declared: unknown): boolean {
  return typeof declared === 'object' && declared !== null && 'sensitive' in declared && declared.sensitive === true;
}

function collect(value: Json | undefined, marks: Marks | undefined, values: Set<string>, depth = 0): void {
  if (marks === undefined || marks === false || marks === null || value === null || value === undefined) return;
  if (depth > DEEPEST) return;
  if (typeof value === 'object') {
    // Marks are few: where they are not for all, they lead the way.
    for (const key of Object.keys(marks === true ? value : marks))
      collect(
        (value as Record<string, Json>)[key],
        marks === true || (marks as Record<string, Marks>)[key],
        values,
        depth + 1,
      );
    return;
  }
  if (marks !== true || typeof value === 'boolean') return;
  const text = String(value);
  for (const part of [text, text.trim(), ...text.split('\n').map((line) => line.trim())])
    if (part.length >= SHORTEST_WHOLE) values.add(part);
}
