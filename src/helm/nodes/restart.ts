import { z } from 'zod';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { type Manifest, resource } from '../../kubernetes/resources.ts';
import { NODES_FIELD_MANAGER } from './cordon.ts';

/** On the pods' template: a new value rolls the pods. No chart sets it, so no deploy takes it away or sees a change in it. */
export const MOVED_TO = 'livekit-gke/moved-to';
/** On the Deployment: the value before, for a run that takes the move back. */
const MOVED_FROM = 'livekit-gke/moved-from';

const annotations = z.object({ annotations: z.record(z.string(), z.string()).default({}) }).prefault({});

const templates = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({
    metadata: annotations,
    spec: z.object({
      strategy: z
        .object({
          type: z.string().default('RollingUpdate'),
          rollingUpdate: z.object({ maxSurge: z.union([z.number(), z.string()]).optional() }).prefault({}),
        })
        .prefault({}),
      template: z.object({ metadata: annotations }),
    }),
  }),
);

/**
 * Rolls a Deployment's pods as a deploy does: the replacement first, as its strategy says. Evictions would end a pod before
 * its replacement is there: a ReplicaSet makes no pod ahead.
 */
export async function restart(client: Kubernetes, namespace: string, name: string, to: string): Promise<void> {
  const present = await client.get(templates, namespace, name);
  const before = present?.spec.template.metadata.annotations[MOVED_TO] ?? '';
  await client.apply(manifest(namespace, name, { [MOVED_FROM]: before }, { [MOVED_TO]: to }), NODES_FIELD_MANAGER);
}

/** Back to the template from before the move. Kubernetes then finds the ReplicaSet of before, and ends none of its pods. */
export async function takeBack(client: Kubernetes, namespace: string, name: string): Promise<void> {
  const present = await client.get(templates, namespace, name);
  const before = present?.metadata.annotations[MOVED_FROM];
  if (before === undefined) return;
  const own = before === '' ? {} : { [MOVED_TO]: before };
  await client.apply(manifest(namespace, name, {}, own), NODES_FIELD_MANAGER);
}

/** Whether a pod is told to end only when its replacement is ready. */
export async function bringsReplacementFirst(client: Kubernetes, namespace: string, name: string): Promise<boolean> {
  const { strategy } = (await client.get(templates, namespace, name))?.spec ?? {};
  if (strategy === undefined) return true;
  return strategy.type !== 'Recreate' && Number.parseFloat(String(strategy.rollingUpdate.maxSurge ?? '25%')) > 0;
}

function manifest(
  namespace: string,
  name: string,
  own: Record<string, string>,
  ofPods: Record<string, string>,
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations: own },
    spec: { template: { metadata: { annotations: ofPods } } },
  };
}
