import { parseManifestSources } from '../../src/helm/manifests/source.ts';
import { inputFailures } from '../../src/runner/failures.ts';
import {
  booleanInput,
  choiceInput,
  integerInput,
  linesInput,
  optionalInput,
  patternInput,
  requiredInput,
  secretInput,
} from '../../src/runner/inputs.ts';

const NAME = /^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/;
const NAME_FORM = 'lower-case letters, digits and hyphens, 53 at most';

const MODES = [
  'deploy',
  'diff',
  'render',
  'follow',
  'rollback',
  'resume',
  'upgrade-nodes',
  'status',
  'uninstall',
] as const;
/** What can be done with an application of Argo CD. */
const OF_APPLICATION: readonly (typeof MODES)[number][] = ['follow', 'rollback', 'resume', 'status'];

const optionalNumber = (name: string) =>
  optionalInput(name) === undefined ? undefined : integerInput(name, 1, { min: 1, max: 1_000_000 });

/** All inputs, checked before anything runs. */
export function readInputs() {
  const apiKey = optionalInput('livekit-api-key');
  const apiSecret = secretInput('livekit-api-secret');
  if ((apiKey === undefined) !== (apiSecret === undefined)) {
    const missing = apiKey === undefined ? 'livekit-api-key' : 'livekit-api-secret';
    throw inputFailures.failure('missing', {
      what: `The input \`${missing}\` is missing; the API key and its secret go together.`,
      fix: 'Set both, or neither to take them from Secret Manager.',
    });
  }
  const mode = choiceInput('mode', MODES, 'deploy');
  const application = readApplication(mode);
  return {
    environment: requiredInput('environment'),
    bucket: requiredInput('bucket'),
    mode,
    application,
    revision: application === undefined ? optionalNumber('revision') : undefined,
    release: patternInput('release', NAME, NAME_FORM, 'livekit-server'),
    namespace: patternInput('namespace', NAME, NAME_FORM, application === undefined ? 'livekit' : 'argocd'),
    chart: {
      chart: optionalInput('chart') ?? 'livekit-server',
      version: optionalInput('chart-version') ?? '1.9.0',
      repository: patternInput('repository', /^https?:\/\/\S+$/, 'a URL', 'https://helm.livekit.io'),
    },
    values: linesInput('values'),
    set: linesInput('set'),
    manifests: parseManifestSources(linesInput('manifests')),
    // Parsed, and masked value by value, before anything else runs: a line of it may be no secret.
    secrets: optionalInput('secrets'),
    apiKey: apiKey === undefined || apiSecret === undefined ? undefined : { key: apiKey, secret: apiSecret },
    previousKeysVersion: optionalNumber('previous-keys-version'),
    timeoutSeconds: integerInput('timeout-minutes', 15, { min: 1, max: 350 }) * 60,
    drain: choiceInput('drain', ['wait', 'force'], 'wait'),
    drainSeconds: integerInput('drain-minutes', 10, { min: 0, max: 350 }) * 60,
    onFailure: choiceInput('on-failure', ['rollback', 'keep'], 'rollback'),
    whenBusy: choiceInput('when-busy', ['wait', 'refuse'], 'wait'),
    comment: booleanInput('comment', true),
    githubToken: secretInput('github-token'),
    helmVersion: optionalInput('helm-version'),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
  };
}

/** An application of Argo CD in place of a Helm release, with the commit or number that `revision` has then. */
function readApplication(mode: (typeof MODES)[number]) {
  if (optionalInput('application') === undefined) {
    if (mode !== 'resume') return undefined;
    throw inputFailures.failure('missing', {
      what: 'The input `application` is missing: `mode: resume` switches an application’s automated sync on again.',
    });
  }
  if (!OF_APPLICATION.includes(mode)) {
    throw inputFailures.failure('conflict', {
      what: `The inputs \`application\` and \`mode: ${mode}\` do not go together.`,
      fix: `With \`application\` the mode is one of: ${OF_APPLICATION.join(', ')}. Without it the step is about a Helm release.`,
    });
  }
  const revision = optionalInput('revision');
  return {
    name: patternInput('application', /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'the name of an application'),
    revision: revision === undefined ? undefined : patternInput('revision', /^[\w.+-]{1,100}$/, 'a commit or a number'),
  };
}

export type HelmDeployInputs = ReturnType<typeof readInputs>;
