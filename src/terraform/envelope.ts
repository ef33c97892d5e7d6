import { createHash } from 'node:crypto';
import { z } from 'zod';
import { terraformFailures } from './failures.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const commit = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const count = z.number().int().nonnegative();

/** What is written beside a stored plan: from what it was made, so that apply can prove that it is the reviewed one. */
export const envelopeSchema = z
  .object({
    schemaVersion: z.literal(2),
    environment: z.string().min(1),
    /** What the plan is: towards the configuration, or to destroy all that is there. */
    mode: z.enum(['apply', 'destroy']),
    /** A pull request's plan is applied by its merge; a run's only by a later job of the same workflow run. */
    source: z.enum(['pull-request', 'run']),
    plan: z.object({ sha256, sizeBytes: count, hasChanges: z.boolean() }),
    counts: z.object({ add: count, change: count, destroy: count, replace: count }),
    repository: z.string(),
    /** `null` for a plan that was not made for a pull request. */
    pullRequest: count.positive().nullable(),
    commits: z.object({
      /** Last commit of the pull request's branch; of a run, the one that was checked out. */
      head: commit,
      base: commit,
      /** What was checked out and planned: the merge of the two. */
      planned: commit,
    }),
    tree: z.object({
      digest: sha256,
      directories: z.array(z.string()),
      files: z.record(z.string(), z.string()),
      remoteModules: z.array(z.string()),
    }),
    /** SHA-256 of the lock file; `null` when there was none. */
    lockFile: sha256.nullable(),
    engine: z.object({ name: z.enum(['terraform', 'tofu']), version: z.string() }),
    state: z.object({
      lineage: z.string().min(1),
      serial: count,
      /** True when there was no state yet: apply writes this empty one first. */
      first: z.boolean(),
    }),
    run: z.object({ id: z.string(), attempt: z.number().int().positive(), url: z.string() }),
    /** What the plan leaves out or makes anew by request, and why; absent when it is of everything. */
    exception: z
      .object({ reason: z.string().min(1), targets: z.array(z.string()), replace: z.array(z.string()) })
      .optional(),
    creator: z.string(),
    createdAt: z.iso.datetime(),
  })
  .refine(({ source, pullRequest }) => (source === 'pull-request') === (pullRequest !== null), {
    path: ['pullRequest'],
    message: 'a plan of a pull request has its number, one of a run has null',
  });

export type Envelope = z.infer<typeof envelopeSchema>;

export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Parses an envelope; throws LK-TF-013. */
export function parseEnvelope(text: string, where: string): Envelope {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw terraformFailures.failure('envelope', { what: `${where} is not valid JSON.`, cause: error });
  }
  const parsed = envelopeSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw terraformFailures.failure('envelope', {
    what: `${where} is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
