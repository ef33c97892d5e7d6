import { isOwnRepository } from '../../../../gitops/follow.ts';
import { type Application, sourcesOf } from '../../../../gitops/application.ts';
import type { Check, Result } from '../../../check.ts';
import { gitopsTarget, noApplication, readApplication, repositorySecrets } from './argo-cd.ts';

const LABEL = 'argocd.argoproj.io/secret-type';

export const credentials: Check = {
  id: 'gitops-credentials',
  title: 'Argo CD: credentials of the repository',
  proves: 'A Secret with Argo CD’s label has the application’s address and credentials for it.',
  tags: ['gitops', 'security'],
  needs: ['gitops-definitions'],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const target = gitopsTarget(world);
    const seen = await readApplication(world);
    if (seen === undefined) return noApplication(target);
    const found = await world.kubernetes.list(repositorySecrets, target.namespace, {});
    return judgeCredentials(
      seen,
      found.map(({ metadata, data }) => ({ name: metadata.name, type: metadata.labels[LABEL], ...data })),
    );
  },
};

export interface RepositorySecret {
  readonly name: string;
  /** Of Argo CD's label. */
  readonly type: string | undefined;
  readonly url: string;
  /** Entries that are not empty. */
  readonly keys: readonly string[];
}

const PROOFS = ['password', 'bearerToken', 'githubAppPrivateKey', 'sshPrivateKey', 'gcpServiceAccountKey'];

export function judgeCredentials(seen: Application, secrets: readonly RepositorySecret[]): Result {
  const url = sourcesOf(seen)[0]?.repoURL ?? '';
  const mine = secrets.filter((secret) => secret.url !== '' && isOwnRepository(seen, secret.url));
  const labelled = mine.filter(({ type }) => type === 'repository');
  const prefix = secrets.find(
    (secret) => secret.type === 'repo-creds' && secret.url !== '' && url.startsWith(secret.url),
  );
  const [one] = labelled.length > 0 ? labelled : prefix === undefined ? [] : [prefix];
  if (one === undefined) {
    const [unlabelled] = mine;
    return {
      verdict: unlabelled === undefined ? 'warn' : 'fail',
      evidence:
        unlabelled === undefined
          ? `No Secret has credentials for ${url}.`
          : `The Secret ${unlabelled.name} is for ${url}, and Argo CD does not see it without the label ${LABEL}: repository.`,
      cause:
        unlabelled === undefined
          ? 'The repository is public, or Argo CD asks without credentials and is refused.'
          : 'It was made without the label.',
      fix: 'Give it by helm-deploy’s input `secrets`, as the README of helm/addons/gitops shows.',
    };
  }
  const proof = PROOFS.find((key) => one.keys.includes(key));
  if (proof === undefined) {
    return {
      verdict: 'fail',
      evidence: `The Secret ${one.name} for ${url} has ${one.keys.length === 0 ? 'no entry' : `the entries ${one.keys.join(', ')}`}, and none that proves anything.`,
      cause: 'Its token or key is missing or empty.',
      fix: 'Give it by helm-deploy’s input `secrets`, as the README of helm/addons/gitops shows.',
    };
  }
  return { verdict: 'pass', evidence: `The Secret ${one.name} has ${proof} for ${url}.` };
}
