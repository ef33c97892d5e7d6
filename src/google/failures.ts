import { catalogue } from '../failure/failure.ts';

export const googleFailures = catalogue('GOOGLE', {
  endpoints: {
    number: 1,
    title: 'LIVEKIT_GKE_ENDPOINTS is not usable',
    why: 'This variable redirects every Google address, tokens included, so it is read strictly.',
    fix: 'Remove it, or give loopback addresses; `"allowRemote": true` allows others.',
  },
  noIdToken: {
    number: 2,
    title: 'The job may not ask for an OIDC token',
    why: 'Workload Identity needs GitHub’s OIDC token, and the job has no permission for one (pull requests from forks never have).',
    fix: 'Add `permissions: { id-token: write, contents: read }` to the job.',
  },
  noCredentials: {
    number: 3,
    title: 'There are no Google credentials',
    why: 'Neither `workload_identity_provider` and `service_account` were given nor did an earlier step sign in.',
    fix: 'Set both inputs, or run google-github-actions/auth before this step.',
  },
  serviceAccountKey: {
    number: 4,
    title: 'The credentials are a service-account key',
    why: 'A key is a password that never expires and leaks from logs and disks; Workload Identity needs none.',
    fix: 'Set `workload_identity_provider` and `service_account`, and delete the key in Google Cloud.',
  },
  exchangeRefused: {
    number: 5,
    title: 'Google refused the sign-in',
    why: 'The Workload Identity provider or the service account does not accept this repository, branch or environment.',
    fix: 'Compare the provider’s attribute condition and the service account’s workloadIdentityUser binding with the job; `terraform/bootstrap` prints the right values.',
  },
  permissionDenied: {
    number: 6,
    title: 'The identity lacks a permission',
    why: 'The service account signed in, but may not do this.',
    fix: 'Grant the service account the role that the message names; `terraform/bootstrap` shows the roles of each identity.',
  },
  notFound: {
    number: 7,
    title: 'Something is not there',
    why: 'Google Cloud knows no such thing in this project.',
    fix: 'Check the name, project and region; run terraform-apply first when the environment is new.',
  },
  unavailable: {
    number: 8,
    title: 'A Google API did not answer',
    why: 'The API answered with errors, or not at all, several times in a row.',
    fix: 'Run the job again; see status.cloud.google.com when it goes on.',
  },
  unexpectedAnswer: {
    number: 9,
    title: 'A Google API answered in a form that is not known',
    why: 'The answer does not have the documented form.',
    fix: 'Run the job again; open an issue with the evidence when it happens twice.',
  },
  refused: {
    number: 10,
    title: 'A Google API refused a request',
    why: 'The API found the request wrong.',
    fix: 'Read Google’s own words in the message.',
  },
  bucketAbsent: {
    number: 11,
    title: 'The state bucket does not exist',
    why: 'State, plans and outputs documents live in one bucket, which `terraform/bootstrap` makes.',
    fix: 'Check the `bucket` input, or run terraform/bootstrap once for this project.',
  },
  preconditionFailed: {
    number: 12,
    title: 'An object changed meanwhile',
    why: 'Another run wrote the same object at the same time.',
    fix: 'Run the job again.',
  },
});
