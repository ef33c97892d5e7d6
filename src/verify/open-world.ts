import type { EnvironmentOutputs } from '../environment/outputs.ts';
import type { GoogleClient } from '../google/request.ts';
import { Failure } from '../failure/failure.ts';
import { readCluster } from '../google/cluster.ts';
import { googleFailures } from '../google/failures.ts';
import { readNodePools } from '../google/node-pools.ts';
import { readSecret } from '../google/secret.ts';
import { parseKeys } from '../helm/livekit/keys.ts';
import { clusterAccess } from '../kubernetes/access.ts';
import { kubernetesClient } from '../kubernetes/client.ts';
import { forwardPort } from '../kubernetes/port-forward.ts';
import type { AddonTarget } from './addons.ts';
import { readNodeIds } from './node-ids.ts';
import type { Profile } from './profile.ts';
import { readWorkload } from './workload.ts';
import type { SignalTarget, Thresholds, TurnTarget, World } from './world.ts';

export interface WorldOptions {
  readonly google: GoogleClient;
  readonly environment: string;
  readonly outputs: EnvironmentOutputs;
  readonly namespace: string;
  readonly release: string;
  readonly signalTarget: SignalTarget;
  readonly turnTarget: TurnTarget;
  readonly controlStun: World['controlStun'];
  readonly publicResolver: string;
  readonly thresholds: Thresholds;
  readonly addons?: readonly AddonTarget[];
  readonly profile: Profile | undefined;
  readonly signal: AbortSignal;
}

/** Seconds for one request to the control plane: with its retries it stays below the time-out of the check `cluster`. */
const REQUEST_SECONDS = 4;

/** The real environment. Looks up the cluster at once (LK-GOOGLE-007, LK-KUBE-006, -007); all else when a check asks. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { google, outputs, namespace, release, signal } = options;
  const cluster = await readCluster(google, outputs.project_id, outputs.cluster_location, outputs.cluster_name);
  const access = await clusterAccess(cluster, google.endpoints);
  const token = () => google.identity.accessToken();
  const kubernetes = kubernetesClient(access, { token, timeoutSeconds: REQUEST_SECONDS, signal });
  const forward: World['forward'] = (pod, abort, use) => forwardPort(access, token, pod, abort, use);
  const workload = once(() => readWorkload(kubernetes, namespace, release));
  return {
    environment: options.environment,
    outputs,
    namespace,
    release,
    signalTarget: options.signalTarget,
    turnTarget: options.turnTarget,
    controlStun: options.controlStun,
    publicResolver: options.publicResolver,
    thresholds: options.thresholds,
    addons: options.addons ?? [],
    profile: options.profile,
    kubernetes,
    google,
    forward,
    workload,
    nodePools: once(() => readLivekitPools(google, outputs)),
    nodeIds: once(() => readNodeIds({ namespace, workload, forward }, signal)),
    keys: once(async () => {
      const { livekit_secret_id: id, livekit_secret_version: version } = outputs;
      const secret = await readSecret(google, id, version);
      // The pods run with all of them; one is enough to prove that.
      const [[key, value] = ['', '']] = await parseKeys(secret.value, `Version ${secret.version} of the secret ${id}`);
      return { key, secret: value };
    }),
  };
}

async function readLivekitPools(google: GoogleClient, outputs: EnvironmentOutputs) {
  const { project_id: project, cluster_location: location, cluster_name: cluster } = outputs;
  const names = outputs.node_pool_names ?? [outputs.node_pool_name];
  try {
    return (await readNodePools(google, project, location, cluster)).filter(({ name }) => names.includes(name));
  } catch (error) {
    if (error instanceof Failure && error.code === googleFailures.code('permissionDenied')) return undefined;
    throw error;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
