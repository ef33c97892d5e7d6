import { catalogue } from '../failure/failure.ts';

export const kubernetesFailures = catalogue('KUBE', {
  unreachable: {
    number: 1,
    title: 'The cluster does not answer',
    why: 'The control plane’s address could not be reached from this runner, or gave no answer in time.',
    fix: 'Check that the cluster runs and that its DNS endpoint allows external traffic (`dns_endpoint_config.allow_external_traffic`), then run the job again.',
  },
  forbidden: {
    number: 2,
    title: 'The identity may not do this in the cluster',
    why: 'The service account signed in, but its role does not allow this in Kubernetes.',
    fix: 'Grant it roles/container.developer (deploys) on the project; `terraform/bootstrap` shows the roles of each identity.',
  },
  unauthenticated: {
    number: 3,
    title: 'The cluster does not accept the sign-in',
    why: 'The control plane did not recognise the token as a Google identity that may connect.',
    fix: 'Grant the service account roles/container.clusterViewer (it holds container.clusters.connect), and check that the cluster belongs to this project.',
  },
  refused: {
    number: 4,
    title: 'The cluster refused an object',
    why: 'The API server, or an admission webhook, found the object wrong or in conflict with another owner.',
    fix: 'Read the API server’s own words in the message and change the value that they name.',
  },
  unexpectedAnswer: {
    number: 5,
    title: 'The cluster answered in a form that is not known',
    why: 'The answer does not have the form of the Kubernetes API, for example because a proxy answered.',
    fix: 'Check what stands between the runner and the cluster, and run the job again.',
  },
  noEndpoint: {
    number: 6,
    title: 'The cluster has no endpoint that this runner can use',
    why: 'The cluster publishes neither a DNS endpoint that is open to external traffic nor a public address.',
    fix: 'Set `dns_endpoint_config { allow_external_traffic = true }` on the cluster; access stays bound to IAM.',
  },
  notRunning: {
    number: 7,
    title: 'The cluster is not running',
    why: 'Google reports a status in which the control plane takes no changes.',
    fix: 'Wait until the cluster is RUNNING (`gcloud container clusters list`), then run the job again.',
  },
  podPort: {
    number: 8,
    title: 'A pod’s port does not answer',
    why: 'The pod has ended, or nothing in it listens on this port.',
    fix: 'See whether the pod runs (`kubectl get pods`) and whether the values set this port.',
  },
  podCommand: {
    number: 9,
    title: 'A command did not run in a pod',
    why: 'The pod has ended, its image has no such program, or this identity may not run commands (`pods/exec`).',
    fix: 'See whether the pod runs (`kubectl get pods`), and grant the identity roles/container.developer or `pods/exec` in the namespace.',
  },
});
