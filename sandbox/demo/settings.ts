import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import type { Environment } from '../workflow/run.ts';
import type { Canary } from './canary.ts';

/** The user's repository as its settings page would show it: variables, secrets, environments. */
export interface Settings {
  readonly variables: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, Environment>>;
  /** What only the sandbox needs: where Google is, and where Terraform finds the stand-in for the google provider. */
  readonly env: Readonly<Record<string, string>>;
}

export function settingsOf(config: SandboxConfig, canary: Canary): Settings {
  const { project, addresses, kubernetes } = config;
  const account = (name: string) => `${name}@${project.id}.iam.gserviceaccount.com`;
  const provider = `projects/${project.number}/locations/global/workloadIdentityPools/github-pool/providers/github-provider`;
  const variables = {
    GCP_PROJECT_ID: project.id,
    GCP_REGION: project.region,
    GCP_WORKLOAD_IDENTITY_PROVIDER: provider,
    GCP_PLAN_SERVICE_ACCOUNT: account('livekit-plan'),
    GCP_SERVICE_ACCOUNT: account('livekit-cicd'),
    GCP_DEPLOY_SERVICE_ACCOUNT: account('livekit-deploy'),
    GCP_TURN_CERT_SERVICE_ACCOUNT: account('livekit-turn-cert'),
    GCP_VERIFY_SERVICE_ACCOUNT: account('livekit-verify'),
    // What a deploy made is verified by a run of its own, with the checks that the sandbox's world has.
    VERIFY_AFTER_DEPLOY: 'false',
  };
  // The API key and secret are the environment's: a pull request's plan never sees them.
  const environment = {
    secrets: { LIVEKIT_API_KEY: canary.key, LIVEKIT_API_SECRET: canary.secret },
    branches: ['main'],
  };
  return {
    variables,
    environments: {
      dev: environment,
      stg: environment,
      prd: environment,
      'prd-maintenance': {
        branches: ['main'],
        variables: {
          GCP_DEPLOY_SERVICE_ACCOUNT: account('livekit-verify'),
          GCP_SERVICE_ACCOUNT: account('livekit-plan'),
        },
      },
    },
    env: {
      LIVEKIT_GKE_ENDPOINTS: JSON.stringify({
        googleapis: addresses.google,
        storage: addresses.storage,
        kubernetes: { server: addresses.kubernetes, certificateAuthority: kubernetes.certificateAuthority },
      }),
      TF_CLI_CONFIG_FILE: join(config.directory, 'terraform', 'cli.tfrc'),
    },
  };
}
