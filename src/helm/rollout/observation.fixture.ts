import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Observation } from './observe.ts';

/**
 * Looks at real rollouts (Kubernetes 1.34, three nodes), as `observe` gave them. ready: one pod serves. image: a tag that the
 * registry cannot give. liveness: a server that waits for a Redis that is not there. unschedulable: a pod that asks for 64
 * CPUs. missing-secret: a volume whose Secret is not there.
 */
export function seen(name: 'ready' | 'image' | 'liveness' | 'unschedulable' | 'missing-secret'): Observation {
  const path = fileURLToPath(new URL(`./fixtures/${name}.json`, import.meta.url));
  const observation = JSON.parse(readFileSync(path, 'utf8')) as Omit<Observation, 'at'> & { at: string };
  // Recorded before the template's digest was part of a look; in all of them the ReplicaSet is of the present template.
  const { deployment, current } = observation;
  deployment.spec.template.digest = 'present';
  if (current !== undefined) current.spec.template = { digest: 'present' };
  return { ...observation, at: new Date(observation.at) };
}

/** The same pod, told to end. */
export function ending(observation: Observation): Observation['newPods'] {
  return observation.newPods.map((pod) => ({
    ...pod,
    metadata: { ...pod.metadata, name: `${pod.metadata.name}-old`, deletionTimestamp: '2026-11-21T14:00:00Z' },
  }));
}
