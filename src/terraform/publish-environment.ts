import { z } from 'zod';
import { environmentPaths, publishOutputs } from '../environment/outputs.ts';
import { Failure } from '../failure/failure.ts';
import { step } from '../runner/log.ts';
import { redact } from '../runner/mask.ts';
import { terraformFailures } from './failures.ts';
import { readStateVersion } from './state.ts';
import type { Workplace } from './workplace.ts';

export interface Published {
  readonly uri: string;
  readonly generation: string;
}

const outputsSchema = z.record(z.string(), z.object({ sensitive: z.boolean().default(false), value: z.unknown() }));

/**
 * Publishes what an apply left, or takes the document away after a destroy. A failure here comes after the apply, and must
 * not read as one of the apply.
 */
export async function publishResult(
  place: Workplace,
  commit: string,
  mode: 'apply' | 'destroy',
): Promise<Published | undefined> {
  try {
    if (mode === 'apply')
      return await step(
        'Publish the environment’s outputs',
        () => publishEnvironment(place, commit),
        ({ uri, generation }) => `Outputs in ${uri}, generation ${generation}`,
      );
    await step('Remove the environment’s outputs document', () => withdrawEnvironment(place));
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, why, fix, evidence } = error;
    const what = `${message} The plan itself is done: nothing of it is left to apply.`;
    const again = `${fix} Then run this job again; it only publishes.`;
    throw new Failure(code, { what, why, fix: again, evidence, cause: error });
  }
}

/** Publishes the environment's outputs that are not sensitive. Gives where, and the document's generation. */
async function publishEnvironment(place: Workplace, commit: string): Promise<Published> {
  const { engine, bucket, environment } = place;
  const [text, state] = await Promise.all([engine.output(), readStateVersion(bucket, environment)]);
  const outputs = Object.entries(outputsSchema.parse(JSON.parse(redact(text))))
    .filter(([, { sensitive }]) => !sensitive)
    .map(([name, { value }]) => [name, value]);
  if (state === undefined)
    throw terraformFailures.failure('output', { what: `The environment ${environment} has no state after the apply.` });
  const generation = await publishOutputs(bucket, {
    schemaVersion: 1,
    environment,
    publishedAt: new Date().toISOString(),
    commit,
    state,
    // The schema of the document proves the form when it is written.
    outputs: Object.fromEntries(outputs) as never,
  });
  return { uri: `gs://${bucket.name}/${environmentPaths(environment).outputs}`, generation };
}

/** After an environment was destroyed: nobody shall read what is gone. */
async function withdrawEnvironment({ bucket, environment }: Workplace): Promise<void> {
  await bucket.remove(environmentPaths(environment).outputs);
}
