import { secrets } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { ifAllowed } from '../../../rights.ts';
import { gitopsTarget, readSettings } from './argo-cd.ts';

/** A push event has some ten kilobytes. */
const MOST_MIB = 10;

export const webhook: Check = {
  id: 'gitops-webhook',
  title: 'Argo CD: webhook’s secret and limit',
  proves: 'Argo CD takes webhooks only with the secret’s signature, and none that is large.',
  tags: ['gitops', 'security'],
  needs: ['gitops-controllers'],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const settings = await readSettings(world, 'argocd-cm');
    const secret = await ifAllowed(world.kubernetes.get(secrets, gitopsTarget(world).namespace, 'argocd-secret'));
    return judgeWebhook(settings?.['webhook.maxPayloadSizeMB'], secret?.data);
  },
};

/** `keys` is `undefined` where Secrets may not be read. */
export function judgeWebhook(limit: string | undefined, keys: readonly string[] | undefined): Result {
  const mib = limit === undefined || limit === '' ? 50 : Number(limit);
  if (keys !== undefined && !keys.includes('webhook.github.secret')) {
    return {
      verdict: 'fail',
      evidence: 'The Secret argocd-secret has no webhook.github.secret.',
      cause: 'Whoever reaches /api/webhook can make Argo CD look at repositories as often as he likes.',
      fix: 'Give it by helm-deploy’s input `secrets` (argocd-secret: webhook.github.secret), and the same secret to the webhook in GitHub.',
    };
  }
  if (!(mib <= MOST_MIB)) {
    return {
      verdict: 'warn',
      evidence: `Argo CD takes webhooks of up to ${mib} MB.`,
      cause: 'Each is read into memory before its signature is checked.',
      fix: 'Set `settings.webhook.maxPayloadSizeMB` in the values of helm/addons/gitops; 5 is plenty.',
    };
  }
  return {
    verdict: 'pass',
    evidence: `Webhooks may have ${mib} MB${keys === undefined ? '; whether there is a secret may not be seen by this identity' : ', and argocd-secret has their secret'}.`,
  };
}
