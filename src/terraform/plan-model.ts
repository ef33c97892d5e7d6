import { type AttributeChange, attributeChanges, pathText } from './attribute-change.ts';
import type { ChangeJson, PlanJson, ResourceJson } from './plan-json.ts';
import { withSensitiveValues } from './sensitive-values.ts';

export type ResourceAction = 'create' | 'read' | 'update' | 'replace' | 'delete' | 'forget' | 'move' | 'import';

export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly action: ResourceAction;
  /** Only for a replacement: whether the new one is made before the old one goes. */
  readonly createFirst: boolean;
  /** Why Terraform does it, in words; empty when the attributes say it. */
  readonly reason: string;
  /** The attributes that force the replacement. */
  readonly forcedBy: readonly string[];
  readonly previousAddress: string | undefined;
  readonly importId: string | undefined;
  readonly attributes: readonly AttributeChange[];
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
  readonly drift: readonly ResourceChange[];
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

/** Makes the model: pure. `redactKnown` replaces known secrets in a text. */
export function planModel(plan: PlanJson, redactKnown: (text: string) => string): PlanModel {
  const redact = withSensitiveValues(plan, redactKnown);
  const resources = plan.resource_changes.flatMap((resource) => resourceChange(resource, redact) ?? []);
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
    drift: plan.resource_drift.flatMap((resource) => resourceChange(resource, redact) ?? []),
    outputs,
    failedChecks: failedChecks(plan, redact),
    counts,
    hasChanges: resources.some(({ action }) => action !== 'read') || outputs.length > 0,
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
    reason: REASONS[resource.action_reason ?? ''] ?? '',
    forcedBy: [...new Set(resource.change.replace_paths.map((path) => redact(pathText(path))))],
    previousAddress: resource.previous_address === undefined ? undefined : redact(resource.previous_address),
    importId: !resource.change.importing ? undefined : redact(resource.change.importing.id ?? '(unknown)'),
    attributes: attributeChanges(resource.change, redact),
  };
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
