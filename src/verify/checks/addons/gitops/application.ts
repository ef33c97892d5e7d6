import { type Application, appProjects, revisionsOf, short } from '../../../../gitops/application.ts';
import { gitopsFailures } from '../../../../gitops/failures.ts';
import { describeApplication, judge } from '../../../../gitops/judge.ts';
import { closedWindow } from '../../../../gitops/window.ts';
import type { Check, Result } from '../../../check.ts';
import { ifAllowed } from '../../../rights.ts';
import { gitopsTarget, noApplication, readApplication } from './argo-cd.ts';

export const application: Check = {
  id: 'gitops-application',
  title: 'Argo CD: application Synced and Healthy',
  proves: 'What runs is what the repository has: the application is Synced at the expected revision, and Healthy.',
  tags: ['gitops'],
  needs: ['gitops-controllers', 'gitops-definitions'],
  timeoutSeconds: 120,
  converges: true,
  async run(world): Promise<Result> {
    const target = gitopsTarget(world);
    const seen = await readApplication(world);
    if (seen === undefined) return noApplication(target);
    const project = await ifAllowed(world.kubernetes.get(appProjects, target.namespace, seen.spec.project));
    const closed = closedWindow(project?.spec.syncWindows ?? [], seen, new Date());
    return judgeApplication(seen, target.revision, closed);
  },
};

/** The verdict on an application; without an expected revision whichever it follows will do. */
export function judgeApplication(seen: Application, revision: string | undefined, closed: string | undefined): Result {
  const { name } = seen.metadata;
  const found = judge(seen, { revision, closed });
  if (found.state === 'ready') {
    const at = revisionsOf(seen.status.sync).map(short).join(', ');
    if (found.overtaken) {
      return {
        verdict: 'warn',
        evidence: `The application ${name} is Synced and Healthy at ${at}, a later revision than ${short(revision ?? '')}.`,
        cause: 'A later push has been synced meanwhile.',
        fix: 'Name the present revision in the input `addons`, or none.',
      };
    }
    return { verdict: 'pass', evidence: `The application ${name} is Synced and Healthy at ${at}.` };
  }
  const { obstacle } = found;
  const kind = obstacle === undefined ? gitopsFailures.kinds.timeout : gitopsFailures.kinds[obstacle.kind];
  return {
    verdict: 'fail',
    // A window, a paused or a manual sync waits for somebody, and not for this check.
    final: obstacle !== undefined && ['window', 'paused', 'manualSync', 'noApplication'].includes(obstacle.kind),
    evidence: obstacle?.what ?? `The application ${name} is ${describeApplication(seen)}.`,
    cause: kind.why,
    fix: kind.fix,
  };
}
