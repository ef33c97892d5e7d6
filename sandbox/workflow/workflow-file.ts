import { parse } from 'yaml';
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const env = z.record(z.string(), scalar).default({});
/** `permissions:` as written: a map, `read-all` or `write-all`. */
const permissions = z.union([
  z.enum(['read-all', 'write-all']),
  z.record(z.string(), z.enum(['read', 'write', 'none'])),
]);

const filters = z
  .object({
    branches: strings.optional(),
    'branches-ignore': strings.optional(),
    tags: strings.optional(),
    'tags-ignore': strings.optional(),
    paths: strings.optional(),
    'paths-ignore': strings.optional(),
    types: strings.optional(),
    workflows: strings.optional(),
  })
  .loose();

const input = z
  .object({
    type: z.string().default('string'),
    required: z.boolean().default(false),
    default: scalar.optional(),
    options: z.array(scalar).optional(),
  })
  .loose();

const calls = z
  .object({
    inputs: z
      .record(
        z.string(),
        input.nullable().transform((value) => value ?? input.parse({})),
      )
      .default({}),
    secrets: z
      .record(
        z.string(),
        z
          .object({ required: z.boolean().default(false) })
          .loose()
          .nullable(),
      )
      .default({}),
    outputs: z.record(z.string(), z.object({ value: z.string() }).loose()).default({}),
  })
  .loose();

const step = z
  .object({
    id: z.string().optional(),
    name: z.string().optional(),
    uses: z.string().optional(),
    run: z.string().optional(),
    'continue-on-error': z.union([z.boolean(), z.string()]).optional(),
  })
  .loose();

const concurrency = z.union([
  z.string().transform((group) => ({ group, 'cancel-in-progress': false as boolean | string })),
  z.object({ group: z.string(), 'cancel-in-progress': z.union([z.boolean(), z.string()]).default(false) }).loose(),
]);

const job = z
  .object({
    name: z.string().optional(),
    needs: strings.default([]),
    if: z.union([z.string(), z.boolean()]).optional(),
    uses: z.string().optional(),
    with: z.record(z.string(), scalar).default({}),
    secrets: z.union([z.literal('inherit'), z.record(z.string(), scalar)]).optional(),
    permissions: permissions.optional(),
    concurrency: concurrency.optional(),
    environment: z.union([z.string(), z.object({ name: z.string(), url: z.string().optional() }).loose()]).optional(),
    strategy: z
      .object({
        matrix: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
        'fail-fast': z.union([z.boolean(), z.string()]).default(true),
        'max-parallel': z.union([z.number(), z.string()]).optional(),
      })
      .loose()
      .optional(),
    outputs: z.record(z.string(), z.string()).default({}),
    env,
    steps: z.array(step).default([]),
  })
  .loose();

const workflow = z
  .object({
    name: z.string().optional(),
    'run-name': z.string().optional(),
    on: z.union([
      z.string().transform((one) => ({ [one]: null })),
      z
        .array(z.string())
        .transform((all) => Object.fromEntries(all.map((one) => [one, null])) as Record<string, unknown>),
      z.record(z.string(), z.unknown()),
    ]),
    permissions: permissions.optional(),
    concurrency: concurrency.optional(),
    env,
    jobs: z.record(z.string(), job),
  })
  .loose();

export type WorkflowFile = z.infer<typeof workflow>;
export type WorkflowJob = z.infer<typeof job>;
export type DeclaredPermissions = z.infer<typeof permissions>;
export type DeclaredConcurrency = z.infer<typeof concurrency>;
export type EventFilters = z.infer<typeof filters>;
export type CallDeclaration = z.infer<typeof calls>;
export type InputDeclaration = z.infer<typeof input>;

/** Parses a workflow file (YAML 1.2, so `on` stays a word). Errors name the file. */
export function parseWorkflow(text: string, path: string): WorkflowFile {
  const document: unknown = parse(text);
  const result = workflow.safeParse(document);
  if (!result.success) throw new Error(`${path} is not a workflow: ${z.prettifyError(result.error)}`);
  return result.data;
}

export const filtersOf = (file: WorkflowFile, event: string): EventFilters =>
  filters.parse(withoutTimes(file.on[event]) ?? {});

/** A schedule is a list of times, which filter nothing. */
const withoutTimes = (trigger: unknown): unknown => (Array.isArray(trigger) ? {} : trigger);

/** What a reusable workflow takes and gives, or undefined when it cannot be called. */
export function callsOf(file: WorkflowFile): CallDeclaration | undefined {
  return 'workflow_call' in file.on ? calls.parse(file.on['workflow_call'] ?? {}) : undefined;
}

export const dispatchInputs = (file: WorkflowFile): Record<string, InputDeclaration> =>
  calls.parse(file.on['workflow_dispatch'] ?? {}).inputs;

/** The name that GitHub shows: the file's own, else its path. */
export const workflowName = (file: WorkflowFile, path: string): string => file.name ?? path;
