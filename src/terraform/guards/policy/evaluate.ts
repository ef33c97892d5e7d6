import type { PlanJson, ResourceJson } from '../../plan-json.ts';
import { withSensitiveValues } from '../../sensitive-values.ts';
import type { GuardFinding } from '../finding.ts';
import { globMatcher } from '../glob.ts';
import { fulfils } from './operator.ts';
import { valuesAt } from './path.ts';
import type { Policy, PolicyAction, PolicyRule } from './policy.ts';

/**
 * The rules that a plan breaks, or of which Terraform cannot tell yet. Values are compared as they are, sensitive ones
 * too, and never told. Throws LK-TF-038 when a pattern takes too long.
 */
export function policyFindings(plan: PlanJson, policy: Policy, redact: (text: string) => string): GuardFinding[] {
  const clean = withSensitiveValues(plan, redact);
  const rules = policy.rules.map((rule) => ({ rule, appliesTo: globMatcher(rule.type) }));
  return plan.resource_changes.flatMap((resource) => {
    const action = actionOf(resource);
    if (action === undefined) return [];
    return rules
      .filter(({ rule, appliesTo }) => rule.action.includes(action) && appliesTo(resource.type))
      .flatMap(({ rule }) => judged(rule, resource, action, clean));
  });
}

function judged(
  rule: PolicyRule,
  resource: ResourceJson,
  action: PolicyAction,
  clean: (text: string) => string,
): GuardFinding[] {
  const { before, after, after_unknown } = resource.change;
  const found =
    action === 'delete'
      ? valuesAt(before, false, rule.attribute.parts)
      : valuesAt(after, after_unknown, rule.attribute.parts);
  const broken = found.some(({ value, unknown }) => !unknown && !fulfils(rule.operator, value, rule.value));
  // `[*]` of an empty list finds nothing: each of none is as demanded, but nothing exists.
  const missing = found.length === 0 && rule.operator === 'exists';
  const address = clean(resource.address);
  if (broken || missing)
    return [{ kind: 'policy', address, message: clean(`${rule.message} (rule ${rule.name})`), level: rule.level }];
  if (!found.some(({ unknown }) => unknown)) return [];
  const message = `rule ${rule.name} cannot be decided before the apply: ${rule.attribute.text} is not known yet`;
  return [{ kind: 'policy', address, message: clean(message), level: 'warn' }];
}

function actionOf({ change, mode }: ResourceJson): PolicyAction | undefined {
  const [first, second] = change.actions;
  if (mode !== 'managed') return undefined;
  if (second !== undefined) return 'replace';
  return first === 'create' || first === 'update' || first === 'delete' ? first : undefined;
}
