import { Failure } from '../failure/failure.ts';
import type { Cause } from '../helm/diagnosis/cause.ts';
import { evidenceOf } from '../helm/diagnosis/evidence.ts';
import { findCause } from '../helm/diagnosis/find.ts';
import { explained, lastWords } from '../helm/diagnosis/last-words.ts';
import { isSettled, observe, type Observation } from '../helm/rollout/observe.ts';
import type { Kubernetes } from '../kubernetes/client.ts';
import { kubernetesFailures } from '../kubernetes/failures.ts';
import type { Application } from './application.ts';

/** Why a workload of the application does not get ready. */
export interface PodTrouble {
  readonly workload: string;
  readonly namespace: string;
  readonly cause: Cause;
  readonly observation: Observation;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** The first trouble among the application's workloads; pods in another cluster, or that may not be seen, tell nothing. */
export async function findPodTrouble(client: Kubernetes, application: Application): Promise<PodTrouble | undefined> {
  if (!isInThisCluster(application)) return undefined;
  for (const { group, kind, name, namespace } of application.status.resources) {
    if (group !== 'apps' || !WORKLOADS.includes(kind)) continue;
    const workload = kind === 'Deployment' ? name : `${kind}/${name}`;
    try {
      const observation = await observe(client, namespace, workload, new Date());
      if (observation === undefined || isSettled(observation)) continue;
      const cause = findCause(observation);
      if (cause !== undefined) return { workload: `${kind} ${name}`, namespace, cause, observation };
    } catch (error) {
      if (!(error instanceof Failure && error.code === kubernetesFailures.code('forbidden'))) throw error;
    }
  }
  return undefined;
}

function isInThisCluster({ spec: { destination } }: Application): boolean {
  if (destination.server !== '') return destination.server === 'https://kubernetes.default.svc';
  return destination.name === 'in-cluster';
}

/** The cause with what the pod said last. */
export async function explainPodTrouble(
  client: Kubernetes,
  { namespace, cause, observation }: PodTrouble,
): Promise<{ cause: Cause; evidence: string }> {
  const log = await lastWords(client, namespace, cause);
  const full = explained(cause, log);
  return { cause: full, evidence: evidenceOf(observation, full, log) };
}
