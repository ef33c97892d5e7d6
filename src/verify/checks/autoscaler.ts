import { z } from 'zod';
import { resource } from '../../kubernetes/resources.ts';
import type { Check, Result } from '../check.ts';
import type { Profile } from '../profile.ts';
import type { World } from '../world.ts';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const autoscalers = resource(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  z.object({
    metadata: z.object({ name: z.string() }),
    spec: z.object({
      scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
      minReplicas: z.number().default(1),
      maxReplicas: z.number(),
      behavior: z
        .object({
          scaleDown: z
            .object({
              stabilizationWindowSeconds: z.number().nullish(),
              selectPolicy: z.string().nullish(),
              policies: z.array(z.object({ type: z.string(), value: z.number(), periodSeconds: z.number() })).nullish(),
            })
            .optional(),
        })
        .optional(),
    }),
    status: z.object({ conditions: z.array(condition).nullable().default([]) }).prefault({}),
  }),
);
export type Autoscaler = z.infer<typeof autoscalers.schema>;

/** The autoscalers that scale LiveKit's Deployment, by whatever labels. */
export async function livekitAutoscalers(world: Pick<World, 'kubernetes' | 'namespace' | 'workload'>) {
  const { deployment } = await world.workload();
  const all = await world.kubernetes.list(autoscalers, world.namespace);
  return all.filter(
    ({ spec: { scaleTargetRef: target } }) => target.kind === 'Deployment' && target.name === deployment?.metadata.name,
  );
}

/** A call lasts longer than the load that makes an autoscaler take a pod away. */
const SLOW_SECONDS = 600;

export const autoscaler: Check = {
  id: 'autoscaler',
  title: 'Autoscaler',
  proves:
    'LiveKit has an autoscaler where the environment’s table says so, and only there; it can scale, keeps as many pods as the table says, and takes them away slowly, one at a time.',
  tags: ['pods'],
  needs: ['cluster'],
  timeoutSeconds: 20,
  async run(world): Promise<Result> {
    return judgeAutoscalers(await livekitAutoscalers(world), world.profile);
  },
};

/** The verdict on LiveKit's autoscalers; without a profile whether there is one is left to the environment. */
export function judgeAutoscalers(found: readonly Autoscaler[], profile: Profile | undefined): Result {
  const [own, second] = found;
  if (second !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${found.map(({ metadata }) => metadata.name).join(' and ')} scale the same Deployment.`,
      cause: 'Each undoes what the other did.',
      fix: `Remove the one that helm-deploy did not make: \`kubectl get hpa\`.`,
    };
  }
  if (own === undefined) {
    if (profile?.isAutoscaled === true) {
      return {
        verdict: 'fail',
        evidence: `LiveKit has no autoscaler; ${profile.name} is meant to have one.`,
        cause: 'It was deleted, or `autoscaling.enabled` is off in the values.',
        fix: `Run the helm-deploy workflow with the values of ${profile.name}, or name another \`profile\`.`,
      };
    }
    return profile === undefined
      ? {
          verdict: 'skip',
          evidence: 'LiveKit has no autoscaler.',
          cause: 'The environment is none of dev, stg and prd, so nothing says whether it should have one.',
          fix: 'Name the table to compare with by the input `profile`.',
        }
      : { verdict: 'pass', evidence: `LiveKit has no autoscaler, as ${profile.name} is meant to have none.` };
  }
  const { metadata, spec, status } = own;
  const range = `${metadata.name} keeps ${spec.minReplicas} to ${spec.maxReplicas} pods`;
  const scaling = status.conditions?.find(({ type }) => type === 'ScalingActive');
  if (profile?.isAutoscaled === false) {
    return {
      verdict: 'warn',
      evidence: `${range}; ${profile.name} is meant to have no autoscaler.`,
      cause: 'It was made by hand, or `autoscaling.enabled` is on in the values.',
      fix: `Run \`kubectl delete hpa ${metadata.name}\` when helm-deploy did not make it; else correct the values or the \`profile\`.`,
    };
  }
  if (scaling?.status === 'False' && scaling.reason !== 'ScalingDisabled') {
    return {
      verdict: 'fail',
      evidence: `${range}, but cannot scale: ${(scaling.message ?? scaling.reason ?? 'no reason').replace(/\.$/, '')}.`,
      cause: 'It gets no CPU metrics of the pods, or they have no CPU request.',
      fix: 'Set `resources.requests.cpu` in the values; see that metrics-server runs.',
    };
  }
  if (profile !== undefined && spec.minReplicas < profile.pods) {
    return {
      verdict: 'fail',
      evidence: `${range}; ${profile.name} is meant to have ${profile.pods} at least.`,
      cause: '`autoscaling.minReplicas` was lowered: fewer nodes would carry all calls when one is lost.',
      fix: `Set \`autoscaling.minReplicas: ${profile.pods}\`, and deploy.`,
    };
  }
  const down = spec.behavior?.scaleDown;
  const isOne = (down?.policies ?? []).map(({ type, value }) => type === 'Pods' && value === 1);
  // Of several policies the one that takes most away counts, unless the values say otherwise.
  const isOneByOne = down?.selectPolicy === 'Min' ? isOne.includes(true) : isOne.length > 0 && !isOne.includes(false);
  if (down?.selectPolicy === 'Disabled') return { verdict: 'pass', evidence: `${range}, and takes none away.` };
  if ((down?.stabilizationWindowSeconds ?? 300) < SLOW_SECONDS || !isOneByOne) {
    return {
      verdict: 'warn',
      evidence: `${range}, and takes pods away ${down === undefined ? 'as quickly as Kubernetes does by default' : `after ${down.stabilizationWindowSeconds ?? 300} s, ${isOneByOne ? 'one' : 'several'} at a time`}.`,
      cause:
        'A pod that is taken away drains for as long as its calls last, and holds its node: a short dip of the load ends busy pods.',
      fix: 'Run the helm-deploy workflow, which sets a slow `behavior.scaleDown` (`companion.autoscaler.scaleDown`).',
    };
  }
  return {
    verdict: 'pass',
    evidence: `${range}, and takes one away at a time, after ${down?.stabilizationWindowSeconds ?? 300} s.`,
  };
}
