import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { readOutputs } from '../../src/environment/outputs.ts';
import { readCluster } from '../../src/google/cluster.ts';
import { parseEndpoints } from '../../src/google/endpoints.ts';
import { jobIdentity } from '../../src/google/job-identity.ts';
import { googleClient } from '../../src/google/request.ts';
import { readSecret } from '../../src/google/secret.ts';
import { openBucket } from '../../src/google/storage.ts';
import { openHelm } from '../../src/helm/helm.ts';
import { type ApiKeys, pairKeys, parseKeys, withEarlier } from '../../src/helm/livekit/keys.ts';
import { parseSecrets } from '../../src/helm/secrets/parse.ts';
import { type ClusterSecret, fillSecrets } from '../../src/helm/secrets/secret.ts';
import { clusterAccess } from '../../src/kubernetes/access.ts';
import { kubernetesClient } from '../../src/kubernetes/client.ts';
import { credentialPlugin } from '../../src/kubernetes/credential-plugin.ts';
import { kubeconfig, writeKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { serveTokens } from '../../src/kubernetes/token-socket.ts';
import { forwardPort } from '../../src/kubernetes/port-forward.ts';
import type { Forward } from '../../src/livekit/load.ts';
import type { Context } from '../../src/runner/context.ts';
import { step } from '../../src/runner/log.ts';
import { ensureTool } from '../../src/tools/tool.ts';
import type { HelmDeployInputs } from './inputs.ts';
import { keptCluster } from './lease.ts';

/** This very process: what starts the credential plug-in, and what children get of the environment. */
export interface Running {
  readonly node: string;
  readonly script: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Signs in and reads the environment's facts, and opens Helm. `remember` keeps what post must take away. What needs the
 * cluster comes by `reachCluster`.
 */
export async function open(
  inputs: HelmDeployInputs,
  context: Context,
  signal: AbortSignal,
  remember: (name: string, value: string) => void,
  running: Running,
) {
  const endpoints = parseEndpoints(context.endpoints);
  // First of all, since it masks what is secret in it.
  const secretPlans = inputs.secrets === undefined ? undefined : await parseSecrets(inputs.secrets);
  // Meanwhile: neither needs the other.
  const helm = ensureTool('helm', inputs.helmVersion);
  helm.catch(() => undefined);
  const identity = await step('Sign in to Google Cloud', () => jobIdentity(inputs, context, endpoints, remember));
  const google = googleClient(identity, endpoints);
  const [tool, { outputs }] = await step(
    'Helm and the environment’s facts',
    async () =>
      Promise.all([
        helm,
        openBucket(inputs.bucket, identity, endpoints).then((bucket) => readOutputs(bucket, inputs.environment)),
      ]),
    ([found, document]) => `Helm ${found.version}; facts of ${inputs.environment} from ${document.publishedAt}`,
  );
  const directory = await mkdtemp(join(context.temporaryDirectory, 'helm-deploy-'));
  remember('directory', directory);
  const helmWith = (config: string) =>
    openHelm({
      ...tool,
      kubeconfig: config,
      namespace: inputs.namespace,
      directory,
      environment: running.environment,
    });
  const isLivekit = isLivekitChart(inputs.chart.chart);
  return {
    outputs,
    /** Of the environment's LiveKit; `undefined` for another chart. */
    url: isLivekit ? `https://${outputs.domain}` : undefined,
    /** Helm for what needs no cluster: there is none at the other end. */
    paperHelm: () => helmWith(join(directory, 'no-cluster')),
    reachCluster: async () => {
      const access = await step(
        `Cluster ${outputs.cluster_name}`,
        async () =>
          clusterAccess(
            await readCluster(google, outputs.project_id, outputs.cluster_location, outputs.cluster_name),
            endpoints,
          ),
        ({ tlsServerName, server }) => `Cluster ${outputs.cluster_name} at ${tlsServerName ?? server}`,
      );
      remember('cluster', keptCluster(access));
      const socket = await serveTokens(directory, () => identity.accessToken());
      const plugin = credentialPlugin(identity, running, socket);
      const forward: Forward = (pod, abort, use) => forwardPort(access, () => identity.accessToken(), pod, abort, use);
      return {
        /** Only LiveKit's pods tell of rooms and participants. */
        forward: isLivekit ? forward : undefined,
        client: kubernetesClient(access, { token: () => identity.accessToken(), signal }),
        helm: helmWith(await writeKubeconfig(directory, kubeconfig(access, plugin, inputs.namespace))),
      };
    },
    /** The Kubernetes Secrets of the input `secrets`; `undefined` without it. */
    readSecrets: async (): Promise<ClusterSecret[] | undefined> => {
      if (secretPlans === undefined) return undefined;
      return step(
        'Secrets of the input `secrets`',
        () => fillSecrets(secretPlans, outputs.project_id, (id, version) => readSecret(google, id, version)),
        (found) =>
          `Secrets: ${found.map(({ name, entries }) => `${name} (${[...entries.keys()].join(', ')})`).join('; ')}`,
      );
    },
    /** The API keys, for the one chart that takes them. */
    readKeys: async (): Promise<ApiKeys | undefined> => {
      if (!isLivekit) return undefined;
      if (inputs.apiKey !== undefined) return pairKeys(inputs.apiKey.key, inputs.apiKey.secret);
      const id = outputs.livekit_secret_id;
      const read = async (wanted: string) => {
        const { value, version } = await readSecret(google, id, wanted);
        return { version, keys: await parseKeys(value, `Version ${version} of the secret ${id}`) };
      };
      const earlier = inputs.previousKeysVersion;
      const { keys } = await step(
        'API keys from Secret Manager',
        async () => {
          const present = await read(outputs.livekit_secret_version);
          if (earlier === undefined) return present;
          const { keys: more, version } = await read(String(earlier));
          const keys = withEarlier(present.keys, more, `version ${version} of the secret ${id}`);
          return { keys, version: `${present.version} and ${version}` };
        },
        ({ keys: found, version }) =>
          `${found.size} API ${found.size === 1 ? 'key' : 'keys'} from version ${version} of ${id}`,
      );
      return keys;
    },
  };
}

/** A chart's name, the last part of its reference, tells whose it is before it is there. */
function isLivekitChart(chart: string): boolean {
  return chart.replace(/\/+$/, '').split('/').at(-1) === 'livekit-server';
}
