import { COMPUTE_RULES } from './rules/compute.ts';
import { CONTAINER_RULES } from './rules/container.ts';
import { IAM_RULES } from './rules/iam.ts';
import { SERVICE_RULES } from './rules/services.ts';
import type { Rule } from './rules/rule.ts';
import { attributesOf, blocksOf, resourceSchema, type Block } from './schema.ts';
import { StoreError } from './store.ts';
import { Unknown, isObject, type ObjectValue, type Path } from './value.ts';

export interface Refusal {
  readonly summary: string;
  readonly detail: string;
  readonly path: Path;
}

/** Everything that is refused for what it says, beyond what the schema itself forbids. */
export const RULES: readonly Rule[] = [...COMPUTE_RULES, ...CONTAINER_RULES, ...IAM_RULES, ...SERVICE_RULES];

/** What the real provider refuses of a configuration before it asks Google. */
export function refusalsOf(
  type: string,
  config: ObjectValue,
  { writeOnlyAllowed }: { readonly writeOnlyAllowed: boolean },
): Refusal[] {
  const offences = RULES.filter((rule) => rule.type === type && rule.when === 'plan').flatMap((rule) =>
    rule.check(config).map(({ message, path }) => ({ summary: message, detail: '', path })),
  );
  return [...unconfigurable(resourceSchema(type).block, config, [], writeOnlyAllowed), ...offences];
}

/** What Google refuses when the request reaches it; throws the first, as its APIs answer one. */
export function assertAccepted(type: string, attributes: ObjectValue): void {
  for (const rule of RULES) {
    if (rule.type !== type || rule.when !== 'apply') continue;
    const [offence] = rule.check(attributes);
    if (offence) throw new StoreError(400, `${offence.message}, badRequest`);
  }
}

/** Terraform leaves these to the provider: values for what only Google sets, and secrets for an old Terraform. */
function unconfigurable(block: Block, config: ObjectValue, path: Path, writeOnlyAllowed: boolean): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [name, attribute] of attributesOf(block)) {
    if ((config[name] ?? null) === null) continue;
    const at = [...path, name];
    const isId = name === 'id' && path.length === 0;
    if (isId || (attribute.computed && !attribute.optional && !attribute.required))
      refusals.push({
        summary: isId ? 'Invalid or unknown key' : 'Value for unconfigurable attribute',
        detail: `Can't configure a value for "${name}": its value will be decided automatically based on the result of applying this configuration.`,
        path: at,
      });
    if (attribute.write_only && !writeOnlyAllowed)
      refusals.push({
        summary: 'Write-only Attribute Not Allowed',
        detail: `The resource contains a non-null value for write-only attribute "${name}". Write-only attributes are only supported in Terraform 1.11 and later.`,
        path: at,
      });
  }
  for (const [name, nested] of blocksOf(block)) {
    const value = config[name] ?? null;
    if (value instanceof Unknown || !Array.isArray(value)) continue;
    value.forEach((element, index) => {
      // an element of a set has no index that Terraform could show
      const at = nested.nesting_mode === 'list' ? [...path, name, index] : [...path, name];
      if (isObject(element)) refusals.push(...unconfigurable(nested.block, element, at, writeOnlyAllowed));
    });
  }
  return refusals;
}
