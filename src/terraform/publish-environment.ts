import { z } from 'zod';
import { environmentPaths, publishOutputs } from '../environment/outputs.ts';
import { redact } from '../runner/mask.ts';
import { terraformFailures } from './failures.ts';
import { readStateVersion } from './state.ts';
import type { Workplace } from './workplace.ts';

export interface Published {
  readonly uri: string;
  readonly generation: string;
}

const outputsSchema = z.record(z.string(), z.object({ sensitive: z.boolean().default(false), value: z.unknown() }));

/** Publishes the environment's outputs that are not sensitive. Gives where, and the document's generation. */
export async function publishEnvironment(place: Workplace, commit: string): Promise<Published> {
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
export async function withdrawEnvironment({ bucket, environment }: Workplace): Promise<void> {
  await bucket.remove(environmentPaths(environment).outputs);
}
