import { applications, appProjects } from '../../../../gitops/application.ts';
import { definitions as kinds } from '../../../../helm/manifests/apply.ts';
import type { Check, Result } from '../../../check.ts';
import { ifAllowed } from '../../../rights.ts';
import { gitopsTarget } from './argo-cd.ts';

const NAMES = ['applications.argoproj.io', 'applicationsets.argoproj.io', 'appprojects.argoproj.io'];

export const definitions: Check = {
  id: 'gitops-definitions',
  title: 'Argo CD: definitions established',
  proves: 'The cluster serves Argo CD’s three kinds of objects.',
  tags: ['gitops'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run({ kubernetes, addons }): Promise<Result> {
    const found = await Promise.all(
      NAMES.map(async (name) =>
        ifAllowed(kubernetes.get(kinds, undefined, name).then((definition) => ({ definition }))),
      ),
    );
    if (found.includes(undefined)) {
      // Who may not see definitions may see what they define: only a kind that is served can be listed.
      const { namespace } = gitopsTarget({ addons });
      await Promise.all([kubernetes.list(applications, namespace), kubernetes.list(appProjects, namespace)]);
      return {
        verdict: 'pass',
        evidence: 'The cluster serves applications and projects; their definitions may not be seen by this identity.',
      };
    }
    return judgeDefinitions(
      NAMES.map((name, index) => ({
        name,
        established: found[index]?.definition?.status.conditions.some(
          ({ type, status }) => type === 'Established' && status === 'True',
        ),
      })),
    );
  },
};

/** `established` is `undefined` for one that is not there. */
export function judgeDefinitions(
  found: readonly { readonly name: string; readonly established: boolean | undefined }[],
): Result {
  const bad = found.filter(({ established }) => established !== true);
  if (bad.length === 0)
    return { verdict: 'pass', evidence: `${found.map(({ name }) => name).join(', ')} are established.` };
  return {
    verdict: 'fail',
    evidence: `${bad.map(({ name, established }) => `${name} is ${established === undefined ? 'not there' : 'not established'}`).join('; ')}.`,
    cause: 'It was not applied, or by a client-side apply, whose annotation its size exceeds.',
    fix: 'Deploy helm/addons/gitops with its `manifests`, which applies them server-side.',
  };
}
