import type { Check, Result } from '../../../check.ts';
import type { Pod } from '../../../../kubernetes/resources.ts';
import { isReady } from '../../../workload.ts';
import { elsewhere, podsOf, type Program, reach, targetOf } from './stack.ts';

export const ready: Check = {
  id: 'monitoring-ready',
  title: 'Monitoring: Prometheus and Alertmanager run',
  proves: 'The pods of Prometheus and Alertmanager are Ready, and both programs say so themselves.',
  tags: ['monitoring'],
  needs: ['cluster'],
  timeoutSeconds: 60,
  converges: true,
  async run(world, signal): Promise<Result> {
    const other = elsewhere(world);
    if (other !== undefined) return other;
    const { namespace, release } = targetOf(world);
    for (const program of ['prometheus', 'alertmanager'] as const) {
      const trouble = judgePods(await podsOf(world, program), { program, namespace, release });
      if (trouble !== undefined) return trouble;
      await reach(world, program, signal, (ask) => ask.text('/-/ready'));
    }
    return { verdict: 'pass', evidence: `Prometheus and Alertmanager are ready in ${namespace}.` };
  },
};

/** What is wrong with a program's pods. */
export function judgePods(
  pods: readonly Pod[],
  { program, namespace, release }: { program: Program; namespace: string; release: string },
): Result | undefined {
  const [pod] = pods;
  if (pod === undefined) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The namespace ${namespace} has no pod of ${program} of the release ${release}.`,
      cause: 'The add-on monitoring is not deployed, or under another name.',
      fix: 'Run the helm-deploy workflow with chart helm/addons/monitoring, or name namespace and release in the input `addons`.',
    };
  }
  if (pods.some(isReady)) return undefined;
  const { name } = pod.metadata;
  const waiting = pod.status.containerStatuses.map(({ state }) => state.waiting).find((one) => one !== undefined);
  const unscheduled = pod.status.conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const why = waiting?.reason ?? unscheduled?.reason ?? pod.status.phase;
  const words = waiting?.message ?? unscheduled?.message;
  return {
    verdict: 'fail',
    evidence: `${name} is not Ready: ${why}${words === undefined ? '' : ` (${words.replace(/\.$/, '')})`}.`,
    cause:
      waiting?.reason === 'CreateContainerConfigError' || /secret|MountVolume/i.test(words ?? '')
        ? 'The Secret of the receivers, or a key of it, is missing.'
        : 'Its volume is not bound, its configuration is refused, or it still reads its database.',
    fix: `See \`kubectl describe pod ${name} -n ${namespace}\` and its log; the Secret comes from helm-deploy’s input \`secrets\`.`,
  };
}
