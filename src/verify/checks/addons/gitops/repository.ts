import { type Application, revisionsOf, short, sourcesOf } from '../../../../gitops/application.ts';
import { gitopsFailures } from '../../../../gitops/failures.ts';
import { judge } from '../../../../gitops/judge.ts';
import type { Check, Result } from '../../../check.ts';
import { gitopsTarget, noApplication, readApplication } from './argo-cd.ts';

/** Argo CD looks every 3 minutes by itself; twice that with room for a slow one. */
const LATEST_SECONDS = 600;

export const repository: Check = {
  id: 'gitops-repository',
  title: 'Argo CD: repository read',
  proves: 'Argo CD has read the application’s repository a short time ago and made manifests of it.',
  tags: ['gitops'],
  needs: ['gitops-controllers', 'gitops-definitions'],
  timeoutSeconds: 60,
  converges: true,
  async run(world): Promise<Result> {
    const seen = await readApplication(world);
    return seen === undefined ? noApplication(gitopsTarget(world)) : judgeRepository(seen, new Date());
  },
};

export function judgeRepository(seen: Application, now: Date): Result {
  const from = sourcesOf(seen)
    .map(({ repoURL }) => repoURL)
    .join(', ');
  const found = judge(seen, { revision: undefined, closed: undefined });
  const obstacle = found.state === 'waiting' ? found.obstacle : undefined;
  if (obstacle !== undefined && ['credentials', 'repository', 'comparison', 'spec'].includes(obstacle.kind)) {
    const { why, fix } = gitopsFailures.kinds[obstacle.kind];
    return { verdict: 'fail', evidence: obstacle.what, cause: why, fix };
  }
  const at = revisionsOf(seen.status.sync).map(short).join(', ');
  const { reconciledAt } = seen.status;
  const age =
    reconciledAt === null || reconciledAt === undefined ? undefined : (now.getTime() - Date.parse(reconciledAt)) / 1000;
  if (at === '' || age === undefined || age > LATEST_SECONDS) {
    return {
      verdict: 'fail',
      evidence:
        at === '' || age === undefined
          ? `Argo CD has not read ${from} yet.`
          : `Argo CD last read ${from} ${Math.round(age / 60)} minutes ago.`,
      cause: 'The application controller does not get round to it, or is stuck.',
      fix: 'See the logs of argocd-application-controller and argocd-repo-server.',
    };
  }
  return { verdict: 'pass', evidence: `Argo CD read ${from} ${Math.max(0, Math.round(age))} s ago, at ${at}.` };
}
