import { deployments, pods, statefulSets } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { gitopsTarget } from './argo-cd.ts';

/** Without these nothing is synced; the others serve some (sign-in by dex, notifications, sets of applications). */
const NEEDED = ['argocd-application-controller', 'argocd-redis', 'argocd-repo-server', 'argocd-server'];

export const controllers: Check = {
  id: 'gitops-controllers',
  title: 'Argo CD: controllers ready',
  proves: 'Every part of Argo CD runs with all its pods ready.',
  tags: ['gitops'],
  needs: ['cluster'],
  timeoutSeconds: 60,
  converges: true,
  async run({ kubernetes, addons }): Promise<Result> {
    const { namespace } = gitopsTarget({ addons });
    const labels = { 'app.kubernetes.io/part-of': 'argocd' };
    const [some, others, running] = await Promise.all([
      kubernetes.list(deployments, namespace, { labels }),
      kubernetes.list(statefulSets, namespace, { labels }),
      kubernetes.list(pods, namespace, {}),
    ]);
    const parts = [...some, ...others].map(({ metadata, spec }) => {
      const own = Object.entries(spec.selector.matchLabels);
      const ready = running.filter(
        (pod) =>
          own.every(([label, value]) => pod.metadata.labels[label] === value) &&
          pod.metadata.deletionTimestamp === undefined &&
          pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      return { name: metadata.name, wanted: spec.replicas, ready: ready.length };
    });
    return judgeControllers(parts, namespace);
  },
};

export function judgeControllers(
  parts: readonly { readonly name: string; readonly wanted: number; readonly ready: number }[],
  namespace: string,
): Result {
  const missing = NEEDED.filter((name) => !parts.some((part) => part.name === name));
  if (missing.length > 0) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The namespace ${namespace} has no ${missing.join(', ')}.`,
      cause: 'Argo CD is not installed there, or only in part.',
      fix: 'Deploy helm/addons/gitops with its `manifests`, or name its namespace in the input `addons`.',
    };
  }
  const short = parts.filter(({ wanted, ready }) => ready < wanted);
  const off = parts.filter(({ name, wanted }) => wanted === 0 && NEEDED.includes(name));
  if (short.length > 0 || off.length > 0) {
    const words = [...short, ...off].map(({ name, ready, wanted }) => `${name} has ${ready} of ${wanted} pods ready`);
    return {
      verdict: [...short, ...off].some(({ name }) => NEEDED.includes(name)) ? 'fail' : 'warn',
      evidence: `${words.join('; ')}.`,
      cause: 'A pod of it does not start, or was scaled to none.',
      fix: `See \`kubectl describe pods -n ${namespace}\` and the pods’ logs.`,
    };
  }
  return { verdict: 'pass', evidence: `All ${parts.length} parts of Argo CD in ${namespace} have their pods ready.` };
}
