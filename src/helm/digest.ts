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

/**
 * Differs when a deploy has changed something: an object of the release or of its companion, or the autoscaler's behaviour or the
 * pods' last seconds, which are in neither's manifest; another chart has nothing beside its release. Throws LK-HELM-007.
 */
export async function releaseDigest(
  helm: Helm,
  client: Kubernetes,
  { release, namespace }: { readonly release: string; readonly namespace: string },
  isLivekit = true,
): Promise<string> {
  if (!isLivekit) return digestOf([await readManifest(helm, release)]);
  const seen = await Promise.all([
    readManifest(helm, release),
    readManifest(helm, companionRelease(release)),
    client.get(behaviors, namespace, livekitName(release)).then((scaler) => scaler?.spec.behavior),
    readPreStop(client, namespace, livekitName(release)),
  ]);
  return digestOf(seen);
}

const digestOf = (seen: readonly unknown[]) => createHash('sha256').update(JSON.stringify(seen)).digest('hex');
