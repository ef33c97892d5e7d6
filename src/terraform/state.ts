import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { environmentPaths } from '../environment/outputs.ts';
import type { Bucket } from '../google/storage.ts';
import { terraformFailures } from './failures.ts';

const stateSchema = z.object({ lineage: z.string().min(1), serial: z.number().int().nonnegative() });

/** Which state, and which version of it. The state's content is never read further: it holds secrets. */
export type StateVersion = z.infer<typeof stateSchema>;

export function statePath(environment: string): string {
  return `${environmentPaths(environment).statePrefix}/default.tfstate`;
}

/** Lineage and serial of an environment's state; `undefined` before its first apply. Throws LK-TF-020. */
export async function readStateVersion(bucket: Bucket, environment: string): Promise<StateVersion | undefined> {
  const path = statePath(environment);
  const object = await bucket.read(path);
  if (object === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(object.content.toString('utf8')));
  } catch {
    // The parser's message could quote the state.
    throw terraformFailures.failure('stateUnreadable', {
      what: `gs://${bucket.name}/${path} is not a Terraform state with lineage and serial.`,
    });
  }
}

/** The version that an environment's first plan is made against. */
export function firstStateVersion(): StateVersion {
  return { lineage: randomUUID(), serial: 1 };
}

/** An empty state of a version: the same text at plan and at apply. */
export function emptyState({ lineage, serial }: StateVersion, engineVersion: string): string {
  const state = {
    version: 4,
    terraform_version: engineVersion,
    serial,
    lineage,
    outputs: {},
    resources: [],
    check_results: null,
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** Writes the empty state that the first plan was made against; throws LK-GOOGLE-012 when there is a state by now. */
export async function writeFirstState(
  bucket: Bucket,
  environment: string,
  version: StateVersion,
  engineVersion: string,
): Promise<void> {
  await bucket.write(statePath(environment), emptyState(version, engineVersion), {
    contentType: 'application/json',
    ifGeneration: '0',
  });
}
