import { z } from 'zod';
import { log } from '../runner/log.ts';

const objectSchema = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

/** The Deployments of a release, whose rollout is followed. Other workloads are named in the log, since nobody watches them. */
export async function deploymentsOf(manifest: string): Promise<string[]> {
  const { parseAllDocuments } = await import('yaml');
  const names: string[] = [];
  for (const document of parseAllDocuments(manifest)) {
    const object = objectSchema.safeParse(document.toJS());
    if (!object.success) continue;
    const { kind, metadata } = object.data;
    if (kind === 'Deployment') names.push(metadata.name);
    if (kind === 'StatefulSet' || kind === 'DaemonSet') log.notice(`The ${kind} ${metadata.name} is not followed.`);
  }
  return names;
}
