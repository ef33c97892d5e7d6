import { catalogue } from '../failure/failure.ts';

/** What keeps Argo CD from bringing a commit into the cluster. */
export const gitopsFailures = catalogue('ARGO', {
  noApplication: {
    number: 1,
    title: 'There is no such application',
    why: 'Argo CD knows an application by an object of that name in its own namespace.',
    fix: 'Check the `application` and `namespace` inputs; `kubectl get applications -A` lists what there is. helm/addons/gitops makes messaging-service.',
  },
  notInstalled: {
    number: 2,
    title: 'Argo CD is not installed',
    why: 'The cluster does not know the kind Application.',
    fix: 'Deploy helm/addons/gitops with its `manifests`, as its README says.',
  },
  credentials: {
    number: 3,
    title: 'The repository refuses Argo CD’s credentials',
    why: 'Argo CD finds them in a Secret with the label `argocd.argoproj.io/secret-type: repository` whose `url` is the application’s; without one it asks without credentials.',
    fix: 'Check that the Secret’s `url` is exactly the application’s, and that the token or the GitHub App may read the contents of this repository and has not expired; then deploy helm/addons/gitops with the new one.',
  },
  repository: {
    number: 4,
    title: 'Argo CD does not reach the repository',
    why: 'Its address does not resolve or does not answer from within the cluster.',
    fix: 'Check the `repoURL`, and what stands between the cluster and it (egress, proxy, private endpoint).',
  },
  comparison: {
    number: 5,
    title: 'Argo CD cannot make manifests of the commit',
    why: 'The path does not exist in it, a file is not YAML, or Helm or Kustomize does not render it.',
    fix: 'Correct what the message names and push again; `argocd app manifests <application> --revision <commit>` shows the same.',
  },
  spec: {
    number: 6,
    title: 'The application is not allowed as it is',
    why: 'Its project permits other repositories, clusters or namespaces, or something that it names is not there.',
    fix: 'Correct the project’s `sourceRepos` and `destinations` (values of helm/addons/gitops), or the application.',
  },
  syncFailed: {
    number: 7,
    title: 'The sync failed',
    why: 'The cluster, or an admission webhook, refused an object of the commit, or a hook failed.',
    fix: 'Correct the object that the message names and push again; Argo CD does not try the same commit for ever.',
  },
  manualSync: {
    number: 8,
    title: 'The application waits for somebody to sync it',
    why: 'Argo CD has seen the commit, and automated sync is off.',
    fix: 'Run `argocd app sync <application>`, or set `application.automated.enabled: true` in the values of helm/addons/gitops.',
  },
  paused: {
    number: 9,
    title: 'Automated sync is paused since a rollback',
    why: 'With automated sync Argo CD would undo a rollback at once, so the rollback switched it off.',
    fix: 'Revert or correct the commit in git, then run helm-deploy with `mode: resume` and this `application`.',
  },
  window: {
    number: 10,
    title: 'A sync window is closed',
    why: 'The project’s sync windows keep automated syncs from running at this time.',
    fix: 'Wait for the window, or sync by hand where the window has `manualSync: true`; the values of helm/addons/gitops have the windows.',
  },
  prune: {
    number: 11,
    title: 'Objects that the commit has no more stay',
    why: 'Automated sync deletes nothing without `prune`, and calls the application OutOfSync for as long as they are there.',
    fix: 'Set `application.automated.prune: true` in the values of helm/addons/gitops, or run `argocd app sync <application> --prune` after a look at what it deletes.',
  },
  drift: {
    number: 12,
    title: 'Something changes the objects back',
    why: 'The sync succeeded, and the objects differ from the commit again: an autoscaler, a webhook or a person writes the same fields.',
    fix: 'Leave the field out of the commit, or list it in the application’s `ignoreDifferences`; `argocd app diff <application>` shows it.',
  },
  degraded: {
    number: 13,
    title: 'The application does not get healthy',
    why: 'The commit is in the cluster, and its pods do not get ready.',
    fix: 'Correct what the message names and push again, or go back by `mode: rollback`.',
  },
  notSeen: {
    number: 14,
    title: 'Argo CD has not seen the commit',
    why: 'It looks at a branch, tag or path; a commit that is nowhere there, or that a later push has overtaken unseen, never becomes the application’s revision.',
    fix: 'Check the application’s `targetRevision` against the branch that was pushed, and give the commit of the repository that it follows as `revision`.',
  },
  timeout: {
    number: 15,
    title: 'The application was not ready in time',
    why: 'It did not get Synced and Healthy within `timeout-minutes`, and no known cause was seen.',
    fix: 'Read its state in the evidence; raise `timeout-minutes` when it was only slow.',
  },
  noRevision: {
    number: 16,
    title: 'There is no such revision to go back to',
    why: 'A rollback goes to an earlier entry of the application’s history, of which Argo CD keeps the last ten.',
    fix: 'Give one of the numbers or commits in the message as `revision`, or revert the commit in git.',
  },
  stillAutomated: {
    number: 17,
    title: 'Automated sync could not be switched off',
    why: 'Before 3.1 Argo CD does not know `automated.enabled`, and another owner (an application of applications) may set it back; a rollback would be undone at once.',
    fix: 'Revert the commit in git instead: that is the rollback that lasts. Nothing was rolled back.',
  },
  busy: {
    number: 19,
    title: 'A sync of the application does not end',
    why: 'Two syncs at once would mix two commits, so nothing is rolled back while one runs.',
    fix: 'See `argocd app get <application>` for what it waits for (a hook, a finalizer), end it, and run the rollback again.',
  },
  suspended: {
    number: 18,
    title: 'The application is suspended',
    why: 'An object waits for somebody: a rollout that is paused, or a CronJob that is suspended.',
    fix: 'Resume the object that the message names.',
  },
});
