import { z } from 'zod';
import { environmentPaths } from '../environment/outputs.ts';
import { Failure } from '../failure/failure.ts';
import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import { log } from '../runner/log.ts';
import { digestOf, type Envelope, parseEnvelope } from './envelope.ts';
import { terraformFailures } from './failures.ts';

/** Where a plan lies: `livekit/<env>/plans/<head commit>/<run id>-<attempt>` with `.tfplan`, `.json` and `.applied.json`. */
export interface StoredPlan {
  readonly path: string;
  readonly envelope: Envelope;
}

const ENVELOPE = /\/\d+-\d+\.json$/;

const appliedSchema = z.object({
  runUrl: z.string(),
  appliedAt: z.string(),
  state: z.object({ lineage: z.string(), serial: z.number().int() }),
  /** The commit whose configuration was applied. */
  commit: z.string().optional(),
  /** The pull requests whose reviewed plans were applied with it. */
  pullRequests: z.array(z.number()).default([]),
  /** True when not the stored file itself was applied, but a new plan that was proven equal. */
  replanned: z.boolean().default(false),
});

/** Written beside a plan once it is applied, so that a run of the same workflow again is no failure. */
export type AppliedMark = z.infer<typeof appliedSchema>;

export function planPath(envelope: Pick<Envelope, 'environment' | 'commits' | 'run'>): string {
  const { environment, commits, run } = envelope;
  return `${environmentPaths(environment).plans}/${commits.head}/${run.id}-${run.attempt}`;
}

/** Stores a plan, then its envelope: without an envelope a plan is nothing. Never over another one (LK-TF-021). */
export async function storePlan(bucket: Bucket, plan: Buffer, envelope: Envelope): Promise<StoredPlan> {
  const path = planPath(envelope);
  await writeOnce(bucket, `${path}.tfplan`, plan, 'application/octet-stream');
  await writeOnce(bucket, `${path}.json`, Buffer.from(`${JSON.stringify(envelope, null, 2)}\n`), 'application/json');
  return { path, envelope };
}

/**
 * The plans of a commit for an environment, the newest first. A record that is not usable is left aside with a warning,
 * so that it cannot block the others; throws LK-TF-013 when no other is there.
 */
export async function findPlans(bucket: Bucket, environment: string, headSha: string): Promise<StoredPlan[]> {
  const names = await bucket.list(`${environmentPaths(environment).plans}/${headSha}/`);
  const failures: Failure[] = [];
  const plans = await Promise.all(
    names
      .filter((name) => ENVELOPE.test(name))
      .map(async (name): Promise<StoredPlan[]> => {
        try {
          return [await readPlan(bucket, name.replace(/\.json$/, ''))].flatMap((plan) => plan ?? []);
        } catch (error) {
          if (!(error instanceof Failure) || error.code !== terraformFailures.code('envelope')) throw error;
          failures.push(error);
          return [];
        }
      }),
  );
  const usable = plans.flat().sort((a, b) => b.envelope.createdAt.localeCompare(a.envelope.createdAt));
  if (usable.length === 0 && failures[0] !== undefined) throw failures[0];
  for (const { message } of failures) log.warning(`A stored plan is left aside: ${message}`);
  return usable;
}

/** A stored plan by its path; `undefined` when there is none. Throws LK-TF-013. */
export async function readPlan(bucket: Bucket, path: string): Promise<StoredPlan | undefined> {
  const object = await bucket.read(`${path}.json`);
  if (object === undefined) return undefined;
  return { path, envelope: parseEnvelope(object.content.toString('utf8'), `gs://${bucket.name}/${path}.json`) };
}

/** The plan's file; throws LK-TF-012 unless it is byte for byte the one that was stored. */
export async function fetchPlan(bucket: Bucket, { path, envelope }: StoredPlan): Promise<Buffer> {
  const where = `gs://${bucket.name}/${path}.tfplan`;
  const damaged = (what: string) => terraformFailures.failure('planDamaged', { what });
  const object = await bucket.read(`${path}.tfplan`);
  if (object === undefined) throw damaged(`The plan ${where} is gone, but its record is there.`);
  const { sha256, sizeBytes } = envelope.plan;
  const { content } = object;
  if (content.length !== sizeBytes)
    throw damaged(`The plan ${where} has ${content.length} bytes; ${sizeBytes} were stored.`);
  const digest = digestOf(content);
  if (digest !== sha256)
    throw damaged(`The plan ${where} has the SHA-256 ${digest.slice(0, 12)}…; ${sha256.slice(0, 12)}… was recorded.`);
  return content;
}

/** Notes that a plan was applied; over an older note, when what was reviewed had to be applied again. */
export async function markApplied(bucket: Bucket, plan: StoredPlan, mark: AppliedMark): Promise<void> {
  const path = `${plan.path}.applied.json`;
  const present = await bucket.read(path);
  await bucket.write(path, `${JSON.stringify(mark, null, 2)}\n`, {
    contentType: 'application/json',
    ifGeneration: present?.generation ?? '0',
  });
}

export async function readApplied(bucket: Bucket, plan: StoredPlan): Promise<AppliedMark | undefined> {
  const object = await bucket.read(`${plan.path}.applied.json`);
  if (object === undefined) return undefined;
  try {
    return appliedSchema.safeParse(JSON.parse(object.content.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Writes where nothing is yet. A write that had its answer lost and was tried again finds its own bytes: that is fine. */
async function writeOnce(bucket: Bucket, path: string, content: Buffer, contentType: string): Promise<void> {
  try {
    await bucket.write(path, content, { contentType, ifGeneration: '0' });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== googleFailures.code('preconditionFailed')) throw error;
    const present = await bucket.read(path);
    if (present?.content.equals(content)) return;
    throw terraformFailures.failure('planExists', {
      what: `gs://${bucket.name}/${path} exists already and is another one.`,
      cause: error,
    });
  }
}
