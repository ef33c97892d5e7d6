import { z } from 'zod';
import { terraformFailures } from './failures.ts';

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
  importing: z.object({ id: z.string().optional() }).nullish(),
});

const resourceSchema = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  module_address: z.string().optional(),
  mode: z.string().default('managed'),
  type: z.string().default(''),
  name: z.string().default(''),
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
  configuration: z
    .object({
      root_module: z.object({ variables: z.record(z.string(), z.unknown()).default({}) }).default({ variables: {} }),
    })
    .default({ root_module: { variables: {} } }),
  errored: z.boolean().default(false),
});

export type PlanJson = z.infer<typeof planSchema>;
export type ResourceJson = z.infer<typeof resourceSchema>;
export type ChangeJson = z.infer<typeof changeSchema>;

/** Parses the text of `terraform show -json`; throws LK-TF-006 when it is not of the documented form. */
export function parsePlan(text: string): PlanJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw terraformFailures.failure('planUnreadable', {
      what: 'The plan’s JSON is cut short or no JSON.',
      cause: error,
    });
  }
  const parsed = planSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  // Only the place, never the value: it may be a secret.
  throw terraformFailures.failure('planUnreadable', {
    what: `The plan’s JSON is not as documented at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
