import { podDisruptionBudgets } from '../../kubernetes/resources.ts';
import type { Check, Result } from '../check.ts';
import { loadWords, readLoad } from '../../livekit/load.ts';
import type { Profile } from '../profile.ts';
import { containerPort, servingPods } from '../workload.ts';
import type { World } from '../world.ts';

export const disruption: Check = {
  id: 'disruption',
  title: 'Disruption budget and draining pods',
  proves:
    'A release of several pods has a disruption budget that covers them, keeps as many as the environment’s table says, and lets a node upgrade go on; pods that are ending are told with their participants.',
  tags: ['pods'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const workload = await world.workload();
    const budgets = await world.kubernetes.list(podDisruptionBudgets, world.namespace);
    const pods = servingPods(workload);
    const own = budgets.filter(({ spec }) => {
      const wanted = Object.entries(spec.selector.matchLabels);
      return (
        wanted.length > 0 && pods.some(({ metadata }) => wanted.every(([key, value]) => metadata.labels[key] === value))
      );
    });
    return judgeDisruption({
      replicas: workload.deployment?.spec.replicas ?? 0,
      budgets: own.map(({ metadata, status }) => ({ name: metadata.name, ...status })),
      draining: await drainingWords(world, signal),
      profile: world.profile,
    });
  },
};

async function drainingWords(world: World, signal: AbortSignal): Promise<string[]> {
  const { pods } = await world.workload();
  const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return Promise.all(
    ending.map(async (pod) => {
      const { name } = pod.metadata;
      const port = containerPort(pod, 'metrics', 6789);
      const forward: World['forward'] = (target, abort, use) => world.forward(target, abort, use);
      const load = await readLoad(forward, { namespace: world.namespace, name, port }, signal);
      return `${name} (${load === undefined ? 'load unknown' : loadWords(load)})`;
    }),
  );
}

/** The verdict on the budgets that cover LiveKit's pods. */
export function judgeDisruption(found: {
  readonly replicas: number;
  readonly budgets: readonly {
    readonly name: string;
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
  }[];
  /** Pods that are ending, with what they still hold. */
  readonly draining: readonly string[];
  readonly profile?: Profile | undefined;
}): Result {
  const { replicas, budgets, draining, profile } = found;
  const drains = draining.length === 0 ? '' : ` Ending: ${draining.join(', ')}.`;
  const [budget, second] = budgets;
  if (second !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${budgets.map(({ name }) => name).join(' and ')} cover the same pods.${drains}`,
      cause: 'Kubernetes evicts no pod that two budgets cover: node upgrades never end.',
      fix: `Remove one of them: \`kubectl delete pdb ${second.name}\`.`,
    };
  }
  if (budget === undefined && profile?.minAvailable !== undefined) {
    return {
      verdict: 'fail',
      evidence: `${replicas} pods have no disruption budget; ${profile.name} is meant to keep ${profile.minAvailable}.${drains}`,
      cause:
        'It was deleted, or `companion.podDisruptionBudget` is off in the values: a node upgrade may take several pods at once.',
      fix: `Run the helm-deploy workflow with the values of ${profile.name}, or name another \`profile\`.`,
    };
  }
  if (budget === undefined) {
    return replicas > 2
      ? {
          verdict: 'warn',
          evidence: `${replicas} pods have no disruption budget.${drains}`,
          cause: 'A node upgrade may take several of them at once.',
          fix: 'Set `companion.podDisruptionBudget.minAvailable` in the environment’s values, and deploy.',
        }
      : { verdict: 'pass', evidence: `${replicas} pods without a disruption budget, as so few need none.${drains}` };
  }
  const words = `${budget.name}: ${budget.currentHealthy} healthy, ${budget.desiredHealthy} must stay, ${budget.disruptionsAllowed} may go.${drains}`;
  if (budget.disruptionsAllowed === 0 && draining.length === 0) {
    return {
      verdict: 'warn',
      evidence: words,
      cause:
        budget.desiredHealthy >= replicas
          ? 'The budget wants all pods to stay, so no node can be upgraded.'
          : 'Too few pods are healthy: no other may be evicted until they are.',
      fix:
        budget.desiredHealthy >= replicas
          ? 'Lower `companion.podDisruptionBudget.minAvailable` below the number of pods.'
          : 'See what the check pods-ready says.',
    };
  }
  if (profile?.minAvailable !== undefined && budget.desiredHealthy < profile.minAvailable) {
    return {
      verdict: 'warn',
      evidence: `${words} ${profile.name} is meant to keep ${profile.minAvailable}.`,
      cause: '`companion.podDisruptionBudget.minAvailable` was lowered.',
      fix: `Set it to ${profile.minAvailable}, and deploy.`,
    };
  }
  return { verdict: 'pass', evidence: words };
}
