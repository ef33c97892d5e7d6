import { type AttributeChange, attributeChanges, pathText } from './attribute-change.ts';
import { configAddress, type PlanGraph, planGraph, type References, referencesOf } from './plan-graph.ts';
import type { ChangeJson, PlanJson, ResourceJson } from './plan-json.ts';
import { withSensitiveValues } from './sensitive-values.ts';

export type ResourceAction = 'create' | 'read' | 'update' | 'replace' | 'delete' | 'forget' | 'move' | 'import';

export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly action: ResourceAction;
  /** Only for a replacement: whether the new one is made before the old one goes. */
  readonly createFirst: boolean;
  /** OpenTofu’s `destroy = false`: the old one of a replacement stays in the cloud, no longer managed. */
  readonly keepsOld: boolean;
  /** Why Terraform does it, in words; empty when the attributes say it. */
  readonly reason: string;
  /** The attributes that force the replacement. */
  readonly forcedBy: readonly string[];
  readonly previousAddress: string | undefined;
  readonly importId: string | undefined;
  readonly attributes: readonly AttributeChange[];
}

/** What changed outside of Terraform, and what this plan makes of it. */
export interface Drift extends ResourceChange {
  /** What the plan does to the resource; `undefined` when it leaves it as it is now. */
  readonly planned: ResourceAction | undefined;
  /** The attributes that the plan sets back to what they were, by index. */
  readonly undone: ReadonlySet<number>;
}

/** What a provider is asked to do beside its resources (`action` blocks). */
export interface Invocation {
  readonly address: string;
  /** `after create of google_x.y`; empty when it was asked for on the command line. */
  readonly trigger: string;
}

export interface Deferred extends ResourceChange {
  /** Why it waits, in words. */
  readonly waitsFor: string;
}

/** Resources; a replaced one counts as replaced only, not also as added and destroyed. */
export interface Counts {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  readonly replace: number;
  readonly import: number;
  readonly move: number;
  readonly forget: number;
}

export interface PlanModel {
  readonly engineVersion: string;
  readonly resources: readonly ResourceChange[];
  /** What changed outside of Terraform since the last apply. */
  readonly drift: readonly Drift[];
  /** What is left for a later plan, since too much is unknown yet. */
  readonly deferred: readonly Deferred[];
  /** Ephemeral resources that are opened while the plan is applied. */
  readonly ephemeral: readonly string[];
  readonly invocations: readonly Invocation[];
  /** False when another plan is needed after this one: some resources only, or something deferred. */
  readonly complete: boolean;
  /** What changes and what depends on it; `undefined` when it is too much for a picture, or nothing is connected. */
  readonly graph: PlanGraph | undefined;
  readonly outputs: readonly AttributeChange[];
  /** Checks that failed, as sentences. */
  readonly failedChecks: readonly string[];
  readonly counts: Counts;
  readonly hasChanges: boolean;
  /** Names of the root module's variables. */
  readonly variables: readonly string[];
}

/** Terraform's reasons that tell more than the attributes do (`action_reason` of the JSON format). */
const REASONS: Record<string, string> = {
  replace_because_tainted: 'it is marked as tainted: its last creation failed',
  replace_by_request: 'its replacement was asked for',
  replace_by_triggers: 'something that it is tied to (replace_triggered_by) changes',
  delete_because_no_resource_config: 'it is no longer in the configuration',
  delete_because_no_module: 'its module is no longer in the configuration',
  delete_because_wrong_repetition: 'count or for_each changed',
  delete_because_count_index: 'its index is beyond count',
  delete_because_each_key: 'its key is no longer in for_each',
  delete_because_no_move_target: 'it was moved to an address that is not there',
};

/** Why something is deferred (`reason` of a deferred change). */
const DEFERRALS: Record<string, string> = {
  instance_count_unknown: 'its count or for_each is only known after the apply',
  resource_config_unknown: 'its configuration is only known after the apply',
  provider_config_unknown: 'its provider’s configuration is only known after the apply',
  absent_prereq: 'something that it needs is not there yet',
  deferred_prereq: 'something that it depends on is deferred',
};

/** More would be no picture any more. */
const MOST_NODES = 40;

/** Makes the model: pure. `redactKnown` replaces known secrets in a text. */
export function planModel(plan: PlanJson, redactKnown: (text: string) => string): PlanModel {
  const redact = withSensitiveValues(plan, redactKnown);
  const resources = plan.resource_changes.flatMap((resource) => resourceChange(resource, redact) ?? []);
  const references = referencesOf(plan);
  const outputs = outputChanges(plan, redact);
  const count = (action: ResourceAction) => resources.filter((resource) => resource.action === action).length;
  const counts = {
    add: count('create'),
    change: count('update'),
    destroy: count('delete'),
    replace: count('replace'),
    import: resources.filter(({ importId }) => importId !== undefined).length,
    move: resources.filter(({ previousAddress }) => previousAddress !== undefined).length,
    forget: count('forget'),
  };
  return {
    engineVersion: plan.terraform_version,
    resources,
    drift: driftOf(plan, resources, redact),
    deferred: deferredOf(plan, redact),
    ephemeral: ephemeralOf(plan, references).map(redact),
    invocations: invocationsOf(plan, redact),
    complete: plan.complete,
    graph: graphOf(plan, references, redact),
    outputs,
    failedChecks: failedChecks(plan, redact),
    counts,
    hasChanges:
      resources.some(({ action }) => action !== 'read') || outputs.length > 0 || plan.action_invocations.length > 0,
    variables: Object.keys(plan.configuration.root_module.variables),
  };
}

function resourceChange(resource: ResourceJson, redact: (text: string) => string): ResourceChange | undefined {
  const action = actionOf(resource);
  if (action === undefined) return undefined;
  return {
    address: redact(resource.address) + (resource.deposed === undefined ? '' : ` (deposed ${resource.deposed})`),
    type: resource.type,
    action,
    createFirst: resource.change.actions[0] === 'create',
    keepsOld: resource.change.actions.length > 1 && resource.change.actions.includes('forget'),
    reason:
      resource.deposed === undefined
        ? (REASONS[resource.action_reason ?? ''] ?? '')
        : 'it is left over from a replacement that did not end',
    forcedBy: [...new Set(resource.change.replace_paths.map((path) => redact(pathText(path))))],
    previousAddress: resource.previous_address === undefined ? undefined : redact(resource.previous_address),
    importId: !resource.change.importing ? undefined : redact(importIdOf(resource.change.importing)),
    attributes: attributeChanges(resource.change, redact),
  };
}

/** Terraform 1.12 and later import by identity, too. */
function importIdOf({ id, identity }: NonNullable<ChangeJson['importing']>): string {
  return id ?? (identity === undefined || identity === null ? '(known after apply)' : JSON.stringify(identity));
}

/** Moved and imported ones stand among the changes already; without an attribute only a mark differs. */
function driftOf(plan: PlanJson, resources: readonly ResourceChange[], redact: (text: string) => string): Drift[] {
  if (plan.resource_drift.length === 0) return [];
  const planned = new Map(resources.map((resource) => [resource.address, resource]));
  return plan.resource_drift.flatMap((resource) => {
    const drift = resourceChange(resource, redact);
    if (drift === undefined || !['update', 'delete'].includes(drift.action)) return [];
    if (drift.action === 'update' && drift.attributes.length === 0) return [];
    const plan = planned.get(drift.address);
    const back = new Set(plan?.attributes.map(({ path, before, after }) => JSON.stringify([path, after, before])));
    const undone = drift.attributes.flatMap(({ path, before, after }, index) =>
      // Of a secret nobody can say here whether it is the same one again.
      before.kind !== 'sensitive' && back.has(JSON.stringify([path, before, after])) ? [index] : [],
    );
    return [{ ...drift, planned: plan?.action, undone: new Set(undone) }];
  });
}

function deferredOf(plan: PlanJson, redact: (text: string) => string): Deferred[] {
  return plan.deferred_changes.flatMap(({ reason, resource_change }) => {
    const change = resourceChange(resource_change, redact);
    return change === undefined ? [] : [{ ...change, waitsFor: DEFERRALS[reason] ?? plainWords(reason) }];
  });
}

/** Terraform’s plan does not list them: those that something refers to are opened. OpenTofu’s does. */
function ephemeralOf(plan: PlanJson, references: References): string[] {
  const listed = plan.resource_changes.filter(({ mode }) => mode === 'ephemeral').map(({ address }) => address);
  const known = new Set(listed.map(configAddress));
  return [...listed, ...[...references.ephemeral].filter((address) => !known.has(address))].sort();
}

function invocationsOf(plan: PlanJson, redact: (text: string) => string): Invocation[] {
  return plan.action_invocations.map(({ address, lifecycle_action_trigger: trigger }) => ({
    address: redact(address),
    trigger:
      trigger === undefined
        ? ''
        : redact(`${plainWords(trigger.action_trigger_event)} of ${trigger.triggering_resource_address}`),
  }));
}

/** `AfterCreate` and `after_create` as `after create` */
const plainWords = (text: string) =>
  text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();

function graphOf(plan: PlanJson, references: References, redact: (text: string) => string): PlanGraph | undefined {
  const present = plan.resource_changes.filter(({ deposed, mode }) => deposed === undefined && mode === 'managed');
  const changed = present.flatMap((resource) => {
    const action = actionOf(resource);
    return action === undefined ? [] : [{ address: resource.address, action }];
  });
  const unchanged = present.flatMap((resource) => (actionOf(resource) === undefined ? [resource.address] : []));
  const graph = planGraph(changed, unchanged, references, MOST_NODES);
  // Only now, since the addresses are looked up in the configuration.
  return graph && { ...graph, nodes: graph.nodes.map((node) => ({ ...node, address: redact(node.address) })) };
}

function actionOf({ change, previous_address, mode }: ResourceJson): ResourceAction | undefined {
  const [first, second] = change.actions;
  if (second !== undefined) return 'replace';
  switch (first) {
    case 'create':
    case 'update':
    case 'delete':
    case 'forget':
      return first;
    case 'read':
      return mode === 'data' ? 'read' : undefined;
    case 'no-op':
      if (change.importing) return 'import';
      return previous_address === undefined ? undefined : 'move';
    default:
      // Ephemeral resources are opened and closed with every run.
      return undefined;
  }
}

/** All outputs as the attributes of one change, so that the same redaction holds for them. */
function outputChanges(plan: PlanJson, redact: (text: string) => string): AttributeChange[] {
  const changed = Object.entries(plan.output_changes).filter(([, change]) => change.actions[0] !== 'no-op');
  const each = <T>(pick: (change: ChangeJson) => T) =>
    Object.fromEntries(changed.map(([name, change]) => [name, pick(change)]));
  return attributeChanges(
    {
      actions: ['update'],
      before: each(({ before }) => before),
      after: each(({ after }) => after),
      after_unknown: each(({ after_unknown }) => hasTrue(after_unknown)),
      before_sensitive: each(({ before_sensitive }) => hasTrue(before_sensitive)),
      after_sensitive: each(({ after_sensitive }) => hasTrue(after_sensitive)),
      replace_paths: [],
    },
    redact,
  );
}

function hasTrue(marks: ChangeJson['after_unknown']): boolean {
  if (typeof marks !== 'object' || marks === null) return marks === true;
  return Object.values(marks).some(hasTrue);
}

function failedChecks(plan: PlanJson, redact: (text: string) => string): string[] {
  return plan.checks
    .filter(({ status }) => status === 'fail' || status === 'error')
    .map(({ address, instances }) => {
      const problems = instances.flatMap((instance) => instance.problems.map(({ message }) => message.trim()));
      return redact([address.to_display, ...problems].join(': ').replace(/\s+/g, ' '));
    });
}
