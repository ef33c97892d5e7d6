import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../exec/run.ts';
import { SCHEMA_LOCATION } from './json-schemas.fixture.ts';

const answerSchema = z.object({
  /** Those that something is wrong with. */
  resources: z
    .array(z.object({ kind: z.string(), name: z.string(), msg: z.string() }))
    .nullish()
    .transform((found) => found ?? []),
  summary: z.object({ valid: z.number(), invalid: z.number(), errors: z.number(), skipped: z.number() }),
});

/** What kubeconform says of YAML documents by the schemas in `<directory>/schemas`; a field that is not known is invalid. */
export async function kubeconform(bin: string, directory: string, text: string): Promise<z.infer<typeof answerSchema>> {
  const location = join(directory, 'schemas', SCHEMA_LOCATION);
  const { stdout, stderr } = await run(
    join(bin, 'kubeconform'),
    ['-strict', '-summary', '-output', 'json', '-schema-location', location],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory }, input: text },
  );
  if (stdout === '') throw new Error(stderr);
  return answerSchema.parse(JSON.parse(stdout));
}
