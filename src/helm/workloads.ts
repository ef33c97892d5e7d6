import { z } from 'zod';

const objectSchema = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

/** A Deployment's name; others are written as kubectl does, `StatefulSet/<name>` and `DaemonSet/<name>`. */
export type WorkloadName = string;

/** The workloads of a release, whose rollout is followed. */
export async function deploymentsOf(manifest: string): Promise<WorkloadName[]> {
  const names: WorkloadName[] = [];
  for (const { kind, name } of await objectsOf(manifest)) {
    if (kind === 'Deployment') names.push(name);
    if (kind === 'StatefulSet' || kind === 'DaemonSet') names.push(`${kind}/${name}`);
  }
  return names;
}

export function readWorkloadName(workload: WorkloadName): {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  name: string;
} {
  const [first = '', name] = workload.split('/');
  if (name !== undefined && (first === 'StatefulSet' || first === 'DaemonSet')) return { kind: first, name };
  return { kind: 'Deployment', name: workload };
}

/** All objects of a release by kind and name. */
export async function objectsOf(manifest: string): Promise<{ kind: string; name: string }[]> {
  const { parseAllDocuments } = await import('yaml');
  return parseAllDocuments(manifest).flatMap((document) => {
    const object = objectSchema.safeParse(document.toJS());
    return object.success ? [{ kind: object.data.kind, name: object.data.metadata.name }] : [];
  });
}
