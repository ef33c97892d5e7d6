import type { Behaviour } from './behaviour.ts';
import type { ProviderContext } from './computed.ts';
import { relativePath } from './identity.ts';
import { attributesOf, blocksOf, type Attribute, type Block, type NestedBlock, type TypeNotation } from './schema.ts';
import { UNKNOWN, Unknown, equal, isKnown, isObject, type ObjectValue, type Path, type Value } from './value.ts';

export interface PlanRequest {
  readonly type: string;
  readonly block: Block;
  readonly behaviour: Behaviour;
  readonly context: ProviderContext;
  /** null: the resource is to be created. */
  readonly prior: ObjectValue | null;
  /** Terraform's merge of configuration and prior state. */
  readonly proposed: ObjectValue;
  readonly config: ObjectValue;
}

export interface Plan {
  readonly planned: ObjectValue;
  readonly requiresReplace: readonly Path[];
}

/**
 * What the resource will be, as the real provider plans it: defaults filled in, what Google computes unknown on create
 * and kept afterwards, write-only values null; and the attributes whose change needs a new resource. Pure.
 */
export function plan(request: PlanRequest): Plan {
  const { prior, behaviour } = request;
  const planned = planBlock(request.block, request.proposed, request.config, prior, '', behaviour);
  if (prior !== null) keepEquivalent(request.block, planned, prior);
  customise(request, planned);
  return { planned, requiresReplace: prior === null ? [] : replacements(request, planned, prior) };
}

function planBlock(
  block: Block,
  proposed: ObjectValue,
  config: ObjectValue,
  prior: ObjectValue | null,
  prefix: string,
  behaviour: Behaviour,
): ObjectValue {
  const planned: ObjectValue = {};
  for (const [name, attribute] of attributesOf(block)) {
    const configured = config[name] ?? null;
    planned[name] =
      configured === null
        ? unconfigured(attribute, proposed[name] ?? null, prior, behaviour.defaults[prefix + name] ?? null)
        : attribute.write_only
          ? null
          : (proposed[name] ?? null);
  }
  for (const [name, nested] of blocksOf(block)) {
    const path = prefix + name;
    planned[name] = planNested(nested, proposed[name] ?? null, config[name] ?? null, prior, name, path, behaviour);
  }
  return planned;
}

/** An attribute that the configuration leaves out: its default, else what it was, else known only after the apply. */
function unconfigured(attribute: Attribute, proposed: Value, prior: ObjectValue | null, fallback: Value): Value {
  if (attribute.write_only) return null;
  if (!attribute.computed) return fallback;
  if (proposed !== null) return proposed;
  return fallback ?? (prior === null ? UNKNOWN : null);
}

function planNested(
  nested: NestedBlock,
  proposed: Value,
  config: Value,
  prior: ObjectValue | null,
  name: string,
  path: string,
  behaviour: Behaviour,
): Value {
  if (proposed instanceof Unknown || config instanceof Unknown) return UNKNOWN;
  if (nested.nesting_mode === 'single') return proposed;
  const configured = Array.isArray(config) ? config : [];
  if (configured.length === 0 && behaviour.computedBlocks.has(path))
    return prior === null ? UNKNOWN : (prior[name] ?? []);
  const before = Array.isArray(prior?.[name]) ? prior[name] : [];
  return configured.map((element, index) => {
    if (!isObject(element)) return element;
    const was = nested.nesting_mode === 'list' ? before[index] : before.find((item) => covers(item, element));
    const wasObject = isObject(was) ? was : null;
    return planBlock(nested.block, merge(nested.block, element, wasObject), element, wasObject, `${path}.`, behaviour);
  });
}

/** Whether the element of a set is the one that the configuration means: equal in everything that it configures. */
function covers(item: Value, configured: ObjectValue): boolean {
  return (
    isObject(item) &&
    Object.entries(configured).every(([key, value]) => value === null || equal(item[key] ?? null, value, true))
  );
}

/** Configuration over prior state: what Google computed stays where nothing is configured. */
function merge(block: Block, element: ObjectValue, was: ObjectValue | null): ObjectValue {
  const merged: ObjectValue = { ...element };
  for (const [name, attribute] of attributesOf(block))
    if (attribute.computed && (element[name] ?? null) === null) merged[name] = was?.[name] ?? null;
  return merged;
}

/** Two ways to write the same reference are no change: the prior value stays. */
function keepEquivalent(block: Block, planned: ObjectValue, prior: ObjectValue): void {
  for (const [name] of attributesOf(block)) {
    const after = planned[name] ?? null;
    const before = prior[name] ?? null;
    if (
      typeof after === 'string' &&
      typeof before === 'string' &&
      after !== before &&
      isSameReference(name, after, before)
    )
      planned[name] = before;
  }
}

const REFERENCES = new Set([
  'network',
  'subnetwork',
  'authorized_network',
  'cluster',
  'managed_zone',
  'router',
  'bucket',
  'secret_id',
]);

function isSameReference(name: string, left: string, right: string): boolean {
  if (!REFERENCES.has(name)) return false;
  const [a, b] = [relativePath(left), relativePath(right)];
  const last = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return a === b || ((!a.includes('/') || !b.includes('/')) && last(a) === last(b));
}

/** What the real provider fills in by code of its own while planning. */
function customise({ type, block, context, prior }: PlanRequest, planned: ObjectValue): void {
  const attributes = block.attributes ?? {};
  for (const [name, value] of [
    ['project', context.project],
    ['region', context.region],
    ['zone', context.zone],
  ] as const)
    if (attributes[name]?.computed && planned[name] === UNKNOWN && value !== null) planned[name] = value;
  if (attributes['effective_labels'])
    labels(planned, prior, context, 'resource_labels' in attributes ? 'resource_labels' : 'labels');
  if (type === 'google_service_account') {
    const { account_id: account, project } = planned;
    const email =
      typeof account === 'string' && typeof project === 'string'
        ? `${account}@${project}.iam.gserviceaccount.com`
        : UNKNOWN;
    planned['email'] = email;
    planned['member'] = email instanceof Unknown ? UNKNOWN : `serviceAccount:${email}`;
  }
}

/** Labels of the resource and of the provider, and the mark that Terraform made it, which is set at creation only. */
function labels(planned: ObjectValue, prior: ObjectValue | null, context: ProviderContext, name: string): void {
  const own = planned[name] ?? null;
  const whole = { ...context.defaultLabels, ...(isObject(own) ? own : {}) };
  const before = prior?.['effective_labels'] ?? null;
  const marked = prior === null ? context.attributionLabel : isObject(before) && 'goog-terraform-provisioned' in before;
  const all: Value =
    own instanceof Unknown || !isKnown(whole)
      ? UNKNOWN
      : { ...(marked ? { 'goog-terraform-provisioned': 'true' } : {}), ...whole };
  planned['effective_labels'] = all;
  planned['terraform_labels'] = all;
}

function replacements({ block, behaviour }: PlanRequest, planned: ObjectValue, prior: ObjectValue): Path[] {
  const paths: Path[] = [];
  for (const name of behaviour.forceNew) {
    const nested = block.block_types?.[name];
    const [after, before] = [planned[name] ?? null, prior[name] ?? null];
    const within = behaviour.forceNewWithin[name];
    if (!nested) {
      const attribute = block.attributes?.[name];
      if (attribute && !equal(after, before, isSet(attribute.type))) paths.push([name]);
    } else if (within && Array.isArray(after) && Array.isArray(before) && after.length > 0 && before.length > 0) {
      for (const inner of within)
        if (!equal(inside(after, inner), inside(before, inner), true)) paths.push([name, 0, inner]);
    } else if (!within && !equal(after, before, nested.nesting_mode === 'set')) paths.push([name]);
  }
  return paths;
}

function inside(list: Value[], name: string): Value {
  const [element] = list;
  return isObject(element) ? (element[name] ?? null) : null;
}

function isSet(type: TypeNotation): boolean {
  return Array.isArray(type) && type[0] === 'set';
}
