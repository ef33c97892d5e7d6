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

export type Inputs = ReturnType<typeof readInputs>;

const MAX_DESTROY = { min: 0, max: 100_000 };

export function readInputs() {
  const environment = requiredInput('environment');
  return {
    environment,
    bucket: requiredInput('bucket'),
    workingDirectory: optionalInput('working-directory') ?? `terraform/environments/${environment}`,
    engine: choiceInput('engine', ['terraform', 'tofu'], 'terraform'),
    engineVersion: optionalInput('terraform-version'),
    backendConfig: linesInput('backend-config'),
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
    secrets: { key: secretInput('livekit-api-key'), secret: secretInput('livekit-api-secret') },
    githubToken: secretInput('github-token'),
    lockTimeout: patternInput('lock-timeout', /^\d+[smh]$/, 'a duration such as 30s or 5m', '5m'),
    comment: booleanInput('comment', true),
    unlock: choiceInput('unlock', ['never', 'own'], 'never'),
    compare: choiceInput('compare', ['always', 'when-stale'], 'always'),
    plan: optionalInput('plan'),
    maxAgeHours: integerInput('max-plan-age-hours', 168, { min: 1, max: 8760 }),
    variables: linesInput('variables'),
    allowDestroy: booleanInput('allow-destroy', false),
    allowDestroyLabel: optionalInput('allow-destroy-label'),
    maxDestroy: optionalInput('max-destroy') === undefined ? undefined : integerInput('max-destroy', 0, MAX_DESTROY),
    protectedTypes: namesOf(optionalInput('protected-types') ?? ''),
    protectedEnvironments: namesOf(optionalInput('protected-environments') ?? 'prd'),
    policy: optionalInput('policy'),
  };
}

/** Names between commas, spaces or line ends; `none` for no name at all. */
function namesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '' && name !== 'none');
}
