import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Kubernetes } from '../kubernetes/client.ts';
import { resource } from '../kubernetes/resources.ts';
import { companionRelease } from './companion.ts';
import { livekitName } from './livekit/name.ts';
import { readPreStop } from './livekit/pre-stop.ts';
import type { Helm } from './helm.ts';
import { readManifest } from './manifest.ts';

const behaviors = resource(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  z.object({ spec: z.object({ behavior: z.unknown().optional() }) }),
);

interface Release {
  readonly release: string;
  readonly namespace: string;
}

/** The objects of a release and of its companion, as YAML; what is not there is `undefined`. */
export interface Manifests {
  readonly own: string | undefined;
  readonly companion: string | undefined;
}

/** What a deploy writes that is in no manifest: the autoscaler's behaviour, the pods' last seconds. */
export type Beside = readonly [behavior: unknown, preStop: unknown];

/**
 * Differs when a deploy has changed something: an object of the release or of its companion, or what is in neither's manifest;
 * another chart has nothing beside its release. Throws LK-HELM-007.
 */
export async function releaseDigest(
  helm: Helm,
  client: Kubernetes,
  release: Release,
  isLivekit = true,
): Promise<string> {
  const [own, companion, beside] = await Promise.all([
    readManifest(helm, release.release),
    isLivekit ? readManifest(helm, companionRelease(release.release)) : undefined,
    readBeside(client, release, isLivekit),
  ]);
  return digestOf({ own, companion }, beside);
}

export async function readBeside(
  client: Kubernetes,
  { release, namespace }: Release,
  isLivekit: boolean,
): Promise<Beside> {
  if (!isLivekit) return [undefined, undefined];
  return Promise.all([
    client.get(behaviors, namespace, livekitName(release)).then((scaler) => scaler?.spec.behavior),
    readPreStop(client, namespace, livekitName(release)),
  ]);
}

/** Helm ends a manifest with a line more or less, by the way it is asked for. Pure. */
export function digestOf({ own, companion }: Manifests, beside: Beside): string {
  const seen = [own?.trim(), companion?.trim(), ...beside];
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex');
}
