import { secrets } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { ifAllowed } from '../../../rights.ts';
import { gitopsTarget, readSettings } from './argo-cd.ts';

export const admin: Check = {
  id: 'gitops-admin',
  title: 'Argo CD: no initial password left, rights by default',
  proves:
    'The password that Argo CD made at its installation is gone, and who signs in may only read unless a role says more.',
  tags: ['gitops', 'security'],
  needs: ['gitops-controllers'],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const [settings, rights, initial] = await Promise.all([
      readSettings(world, 'argocd-cm'),
      readSettings(world, 'argocd-rbac-cm'),
      ifAllowed(
        world.kubernetes
          .get(secrets, gitopsTarget(world).namespace, 'argocd-initial-admin-secret')
          .then((found) => ({ isThere: found !== undefined })),
      ),
    ]);
    return judgeAdmin({
      isAdminOn: settings?.['admin.enabled'] !== 'false',
      byDefault: rights?.['policy.default'] ?? '',
      isInitialThere: initial?.isThere,
    });
  },
};

export function judgeAdmin(found: {
  readonly isAdminOn: boolean;
  /** The role of whoever signs in; empty: none. */
  readonly byDefault: string;
  /** `undefined` where Secrets may not be read. */
  readonly isInitialThere: boolean | undefined;
}): Result {
  const { isAdminOn, byDefault, isInitialThere } = found;
  if (!['', 'role:readonly', 'role:none'].includes(byDefault)) {
    return {
      verdict: 'fail',
      evidence: `Whoever signs in to Argo CD has the role ${byDefault}.`,
      cause: '`policy.default` in argocd-rbac-cm gives it to all.',
      fix: 'Set `settings.rbac.policyDefault: role:readonly` in the values of helm/addons/gitops, and give more by `policyCsv`.',
    };
  }
  if (isInitialThere === true) {
    return {
      verdict: 'warn',
      evidence: `The Secret argocd-initial-admin-secret is still there${isAdminOn ? '' : ', though the account admin is off'}.`,
      cause: 'Who may read Secrets in this namespace has the administrator’s first password.',
      fix: 'Change the password (`argocd account update-password`) or switch the account off, then `kubectl delete secret argocd-initial-admin-secret`.',
    };
  }
  const initial =
    isInitialThere === undefined
      ? 'whether the initial password is there may not be seen by this identity'
      : 'the initial password is gone';
  return {
    verdict: 'pass',
    evidence: `The account admin is ${isAdminOn ? 'on' : 'off'}, ${initial}, and who signs in ${byDefault === 'role:readonly' ? 'may read' : 'has no right'} by default.`,
  };
}
