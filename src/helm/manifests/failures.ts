import { catalogue } from '../../failure/failure.ts';

/** What can go wrong with the input `manifests`: objects that are applied before the chart. */
export const manifestFailures = catalogue('HELM', {
  source: {
    number: 150,
    title: 'A line of the `manifests` input is not usable',
    why: 'A line is an https:// URL with its `#sha256=…`, a YAML file of the workspace, or the folder of a chart.',
    fix: 'Write it like `https://example.com/install.yaml#sha256=…` or `helm/addons/gitops/settings`.',
  },
  download: {
    number: 151,
    title: 'Manifests could not be downloaded',
    why: 'The address does not answer, or answers that it has no such file.',
    fix: 'Check the URL in the `manifests` input; where runners may not reach it, keep the file in the repository and give its path.',
  },
  digest: {
    number: 152,
    title: 'Downloaded manifests are not those that were pinned',
    why: 'The file’s SHA-256 is another one than the line says: the file was changed, or the line names another version’s digest.',
    fix: 'Compare the file with the publisher’s release; put the new digest into the line only when the change is known. Nothing was applied.',
  },
  content: {
    number: 153,
    title: 'Manifests cannot be read',
    why: 'A file of manifests is YAML documents, each an object with apiVersion, kind and metadata.name.',
    fix: 'Correct the file at the place that the message names; `kubectl apply --dry-run=server -f` shows the same.',
  },
  kind: {
    number: 154,
    title: 'The cluster does not take a kind of the manifests',
    why: 'Neither the cluster nor a definition among the manifests knows the kind, or its definition was not established in time.',
    fix: 'Put the line with the definition before the one that needs it; see `kubectl get crd <name> -o yaml` for why one is not established.',
  },
  rights: {
    number: 155,
    title: 'This identity may not apply the manifests',
    why: 'What is installed with its own roles needs more rights than a deploy: nobody may grant what he does not have.',
    fix: 'Grant the deploying service account roles/container.admin for the installation (`extra_roles` in terraform/bootstrap), or let an administrator apply the file by `kubectl apply --server-side --force-conflicts`.',
  },
});
