import { z } from 'zod';
import { terraformFailures } from './failures.ts';
import { isDeeper } from './json-depth.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A mirror of a value's structure with `true` where the mark (sensitive, unknown) holds. */
export type Marks = boolean | Marks[] | { [key: string]: Marks };

const json = z.custom<Json>((value) => value !== undefined);
const marks = z.custom<Marks>((value) => typeof value === 'boolean' || typeof value === 'object').default(false);

const actions = z.array(z.enum(['no-op', 'create', 'read', 'update', 'delete', 'forget', 'open', 'renew', 'close']));

const changeSchema = z.object({
  actions,
  before: json.default(null),
  after: json.default(null),
  after_unknown: marks,
  before_sensitive: marks,
  after_sensitive: marks,
  replace_paths: z.array(z.array(z.union([z.string(), z.number(), json]))).default([]),
  importing: z.object({ id: z.string().optional(), identity: json.optional() }).nullish(),
});

const resourceSchema = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  module_address: z.string().optional(),
  mode: z.string().default('managed'),
  type: z.string().default(''),
  name: z.string().default(''),
  /** The key of `count` or `for_each`. */
  index: z.union([z.string(), z.number()]).optional(),
  provider_name: z.string().default(''),
  deposed: z.string().optional(),
  change: changeSchema,
  action_reason: z.string().optional(),
});

const checkSchema = z.object({
  address: z.object({ to_display: z.string() }),
  status: z.string(),
  instances: z
    .array(
      z.object({
        status: z.string(),
        problems: z.array(z.object({ message: z.string().default('') })).default([]),
      }),
    )
    .default([]),
});

/** Terraform 1.14 and later: what a provider does beside the resources, and the event that triggers it. */
const invocationSchema = z.object({
  address: z.string(),
  type: z.string().default(''),
  provider_name: z.string().default(''),
  lifecycle_action_trigger: z
    .object({
      triggering_resource_address: z.string().default(''),
      action_trigger_event: z.string().default(''),
    })
    .optional(),
});

const configResourceSchema = z.object({
  address: z.string(),
  mode: z.string().default('managed'),
  type: z.string().default(''),
  name: z.string().default(''),
  provider_config_key: z.string().default(''),
  expressions: json.default({}),
  count_expression: json.optional(),
  for_each_expression: json.optional(),
  depends_on: z.array(z.string()).default([]),
});

/** A module as it is written, with those that it calls. */
export interface ConfigModule {
  readonly resources: readonly z.infer<typeof configResourceSchema>[];
  readonly outputs: Readonly<Record<string, { expression: Json; depends_on: string[]; sensitive: boolean }>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly module_calls: Readonly<Record<string, ModuleCall>>;
}

export interface ModuleCall {
  readonly source: string;
  readonly expressions: Json;
  readonly count_expression?: Json | undefined;
  readonly for_each_expression?: Json | undefined;
  readonly module: ConfigModule;
}

const EMPTY_MODULE: ConfigModule = { resources: [], outputs: {}, variables: {}, module_calls: {} };

const configModuleSchema: z.ZodType<ConfigModule> = z.object({
  resources: z.array(configResourceSchema).default([]),
  outputs: z
    .record(
      z.string(),
      z.object({
        expression: json.default({}),
        depends_on: z.array(z.string()).default([]),
        sensitive: z.boolean().default(false),
      }),
    )
    .default({}),
  variables: z.record(z.string(), z.unknown()).default({}),
  get module_calls() {
    return z.record(z.string(), moduleCallSchema).default({});
  },
});

const moduleCallSchema: z.ZodType<ModuleCall> = z.object({
  source: z.string().default(''),
  expressions: json.default({}),
  count_expression: json.optional(),
  for_each_expression: json.optional(),
  get module() {
    return configModuleSchema.default(EMPTY_MODULE);
  },
});

/** Of the state before the plan only who depended on whom: the values are in the changes. */
export interface StateModule {
  readonly resources: readonly { readonly address: string; readonly depends_on: readonly string[] }[];
  readonly child_modules: readonly StateModule[];
}

const stateModuleSchema: z.ZodType<StateModule> = z.object({
  resources: z.array(z.object({ address: z.string(), depends_on: z.array(z.string()).default([]) })).default([]),
  get child_modules() {
    return z.array(stateModuleSchema).default([]);
  },
});

const EMPTY_STATE: StateModule = { resources: [], child_modules: [] };

/**
 * What is used of `terraform show -json PLAN` (https://developer.hashicorp.com/terraform/internals/json-format); the rest,
 * and what later versions add, is left aside.
 */
const planSchema = z.object({
  format_version: z.string().regex(/^1\.\d+$/, 'is not a known format version'),
  terraform_version: z.string().default(''),
  resource_changes: z.array(resourceSchema).default([]),
  resource_drift: z.array(resourceSchema).default([]),
  output_changes: z.record(z.string(), changeSchema).default({}),
  checks: z.array(checkSchema).default([]),
  /** What waits for a later plan, since too much is unknown yet. */
  deferred_changes: z.array(z.object({ reason: z.string().default(''), resource_change: resourceSchema })).default([]),
  action_invocations: z.array(invocationSchema).default([]),
  configuration: z
    .object({ root_module: configModuleSchema.default(EMPTY_MODULE) })
    .default({ root_module: EMPTY_MODULE }),
  prior_state: z
    .object({ values: z.object({ root_module: stateModuleSchema.default(EMPTY_STATE) }).optional() })
    .nullish(),
  variables: z.record(z.string(), z.object({ value: json.optional() })).default({}),
  timestamp: z.string().default(''),
  /** OpenTofu does not say these two. */
  applyable: z.boolean().optional(),
  complete: z.boolean().default(true),
  errored: z.boolean().default(false),
});

export type PlanJson = z.infer<typeof planSchema>;
export type ResourceJson = z.infer<typeof resourceSchema>;
export type ChangeJson = z.infer<typeof changeSchema>;

const TOO_DEEP = 'The plan’s JSON is nested deeper than any plan is.';

function parse(value: unknown): ReturnType<typeof planSchema.safeParse> {
  try {
    return planSchema.safeParse(value);
  } catch (error) {
    // Modules within modules without end: the schema calls itself for each.
    throw terraformFailures.failure('planUnreadable', { what: TOO_DEEP, cause: error });
  }
}

/** No provider's values come near it; beyond it what goes through a value by calling itself would end the process. */
const DEEPEST = 500;

/** Parses the text of `terraform show -json`; throws LK-TF-006 when it is not of the documented form. */
export function parsePlan(text: string): PlanJson {
  if (isDeeper(text, DEEPEST)) throw terraformFailures.failure('planUnreadable', { what: TOO_DEEP });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw terraformFailures.failure('planUnreadable', {
      what: 'The plan’s JSON is cut short or no JSON.',
      cause: error,
    });
  }
  const parsed = parse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  // Only the place, never the value: it may be a secret.
  throw terraformFailures.failure('planUnreadable', {
    what: `The plan’s JSON is not as documented at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
