import { definitions as kinds } from '../../../../helm/manifests/apply.ts';
import type { Check, Result } from '../../../check.ts';

const NAMES = ['applications.argoproj.io', 'applicationsets.argoproj.io', 'appprojects.argoproj.io'];

export const definitions: Check = {
  id: 'gitops-definitions',
  title: 'Argo CD: definitions established',
  proves: 'The cluster serves Argo CD’s three kinds of objects.',
  tags: ['gitops'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run({ kubernetes }): Promise<Result> {
    const found = await Promise.all(NAMES.map((name) => kubernetes.get(kinds, undefined, name)));
    return judgeDefinitions(
      NAMES.map((name, index) => ({
        name,
        established: found[index]?.status.conditions.some(
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
