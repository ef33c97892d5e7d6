import { appProjects, type AppProject, sourcesOf } from '../../../../gitops/application.ts';
import type { Check, Result } from '../../../check.ts';
import { gitopsTarget, noApplication, readApplication } from './argo-cd.ts';

export const project: Check = {
  id: 'gitops-project',
  title: 'Argo CD: project restricts',
  proves: 'The application’s project takes manifests from listed repositories only, and into listed namespaces.',
  tags: ['gitops', 'security'],
  needs: ['gitops-definitions'],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const target = gitopsTarget(world);
    const seen = await readApplication(world);
    if (seen === undefined) return noApplication(target);
    const found = await world.kubernetes.get(appProjects, target.namespace, seen.spec.project);
    return judgeProject(
      found,
      seen.spec.project,
      sourcesOf(seen).map(({ repoURL }) => repoURL),
    );
  },
};

export function judgeProject(found: AppProject | undefined, name: string, repositories: readonly string[]): Result {
  const fix =
    'Set `project.sourceRepos` and `project.destinations` in the values of helm/addons/gitops, and let the application name that project.';
  if (found === undefined) {
    return {
      verdict: 'fail',
      evidence: `There is no project ${name}.`,
      cause: 'Argo CD syncs nothing of an application whose project is not there.',
      fix,
    };
  }
  const { sourceRepos, destinations, clusterResourceWhitelist } = found.spec;
  const wide = [
    ...(sourceRepos.includes('*') ? ['any repository'] : []),
    ...(destinations.some(({ namespace }) => namespace === '*') ? ['any namespace'] : []),
    ...(destinations.some(({ server, name: cluster }) => server === '*' || cluster === '*') ? ['any cluster'] : []),
    ...(clusterResourceWhitelist.some(({ group, kind }) => group === '*' && kind === '*')
      ? ['any object of the whole cluster']
      : []),
  ];
  if (wide.length > 0) {
    return {
      verdict: 'fail',
      evidence: `The project ${name} permits ${wide.join(', ')}.`,
      cause: 'Whoever may push to one repository could then change everything in the cluster.',
      fix,
    };
  }
  return {
    verdict: 'pass',
    evidence: `The project ${name} takes ${sourceRepos.join(', ') || repositories.join(', ')} into ${destinations.map(({ namespace }) => namespace).join(', ')} only.`,
  };
}
