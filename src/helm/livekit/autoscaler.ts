import { z } from 'zod';
import type { Manifest } from '../../kubernetes/resources.ts';
import { helmFailures } from '../failures.ts';
import { at, type Values } from '../values/tree.ts';

/** Owner of the autoscaler's behaviour; Helm owns the rest, and neither takes from the other. */
export const AUTOSCALER_FIELD_MANAGER = 'livekit-gke-autoscaler';

const scaleDownSchema = z.object({
  stabilizationSeconds: z.number().int().min(0).max(3600).default(1800),
  pods: z.number().int().positive().default(1),
  periodSeconds: z.number().int().min(1).max(1800).default(1800),
});

/**
 * Each pod that is taken away waits for its calls to end, and takes no new rooms meanwhile. So pods are taken away one by
 * one and seldom: what LiveKit's chart cannot say. Gives a manifest to apply, or `undefined` without an autoscaler.
 * @param livekit LiveKit's effective values; @param companion the companion chart's. Throws LK-HELM-060.
 */
export function autoscalerBehavior(
  name: string,
  namespace: string,
  livekit: Values,
  companion: Values,
): Manifest | undefined {
  if (at(livekit, ['autoscaling', 'enabled']) !== true) return undefined;
  const parsed = scaleDownSchema.safeParse(at(companion, ['autoscaler', 'scaleDown']) ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = ['companion', 'autoscaler', 'scaleDown', ...(issue?.path ?? [])].join('.');
    throw helmFailures.failure('companion', { what: `\`${path}\` is wrong: ${issue?.message ?? ''}.` });
  }
  const { stabilizationSeconds, pods, periodSeconds } = parsed.data;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace },
    spec: {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: stabilizationSeconds,
          selectPolicy: 'Min',
          policies: [{ type: 'Pods', value: pods, periodSeconds }],
        },
      },
    },
  };
}
