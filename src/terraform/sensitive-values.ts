import type { Json, Marks, PlanJson } from './plan-json.ts';

/** Shorter ones (`dev`, `1`) would blank half of the plan. */
const SHORTEST = 6;
/** So many are also looked for inside of longer texts, the longest first; beyond that only whole values are compared. */
const MOST_SEARCHED = 200;
const SHOWN = '(sensitive)';

/**
 * Values that Terraform marks as sensitive somewhere turn up unmarked elsewhere: in a computed attribute, in another
 * resource. Gives a `redact` that also hides those, wherever they are in this plan.
 */
export function withSensitiveValues(plan: PlanJson, redact: (text: string) => string): (text: string) => string {
  const values = new Set<string>();
  for (const { change } of [...plan.resource_changes, ...plan.resource_drift]) {
    collect(change.before, change.before_sensitive, values);
    collect(change.after, change.after_sensitive, values);
  }
  for (const change of Object.values(plan.output_changes)) {
    collect(change.before, change.before_sensitive, values);
    collect(change.after, change.after_sensitive, values);
  }
  if (values.size === 0) return redact;
  const searched = [...values].sort((a, b) => b.length - a.length).slice(0, MOST_SEARCHED);
  return (text) => {
    if (values.has(text)) return SHOWN;
    return redact(searched.reduce((result, value) => result.replaceAll(value, SHOWN), text));
  };
}

function collect(value: Json | undefined, marks: Marks | undefined, values: Set<string>, depth = 0): void {
  if (marks === undefined || marks === false || marks === null || value === null || value === undefined || depth > 60)
    return;
  if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value))
      collect(item, marks === true ? true : (marks as Record<string, Marks>)[key], values, depth + 1);
    return;
  }
  if (marks !== true || typeof value === 'boolean') return;
  const text = String(value);
  for (const part of [text, text.trim(), ...text.split('\n').map((line) => line.trim())])
    if (part.length >= SHORTEST) values.add(part);
}
