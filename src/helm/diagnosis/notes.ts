import { reason as reasonOf } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import {
  events,
  horizontalPodAutoscalers,
  type KubernetesEvent,
  podDisruptionBudgets,
} from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { objectsOf } from '../workloads.ts';

/** What hangs on a release beside its pods, and does not stop a rollout. */
const KINDS = new Set([
  'Ingress',
  'Service',
  'ManagedCertificate',
  'FrontendConfig',
  'BackendConfig',
  'ServiceNetworkEndpointGroup',
  'HorizontalPodAutoscaler',
]);

/** One sentence each; nothing is waited for. */
export async function gatherNotes(
  client: Kubernetes,
  namespace: string,
  manifest: string,
  since: Date,
): Promise<string[]> {
  const own = new Set((await objectsOf(manifest)).map(({ kind, name }) => `${kind}/${name}`));
  const [warnings, autoscalers, budgets] = await Promise.all([
    client.list(events, namespace, { fields: 'type=Warning' }),
    client.list(horizontalPodAutoscalers, namespace),
    client.list(podDisruptionBudgets, namespace),
  ]);
  return [
    ...eventNotes(warnings, own, since),
    ...autoscalers
      .filter(({ metadata }) => own.has(`HorizontalPodAutoscaler/${metadata.name}`))
      .flatMap(({ metadata, status }) =>
        (status.conditions ?? [])
          .filter(({ type, status: is }) => is === 'False' && (type === 'ScalingActive' || type === 'AbleToScale'))
          .map(
            ({ message, reason }) =>
              `The autoscaler ${metadata.name} does not scale: ${inOneLine(message ?? reason ?? '')}.`,
          ),
      ),
    ...budgets
      .filter(({ status: { expectedPods, currentHealthy, disruptionsAllowed } }) => {
        // With a pod that is not ready it is meant to hold the others.
        return expectedPods > 0 && currentHealthy >= expectedPods && disruptionsAllowed === 0;
      })
      .map(
        ({ metadata, status }) =>
          `The disruption budget ${metadata.name} lets no pod be evicted (${status.desiredHealthy} of ${status.expectedPods} must stay), so a node upgrade waits out its limit.`,
      ),
  ];
}

function eventNotes(warnings: readonly KubernetesEvent[], own: ReadonlySet<string>, since: Date): string[] {
  const latest = new Map<string, string>();
  for (const event of [...warnings].sort((a, b) => time(a) - time(b))) {
    const { kind, name } = event.involvedObject;
    // A certificate is the companion chart's, which stands in another release.
    const isOurs = own.has(`${kind}/${name}`) || kind === 'ManagedCertificate';
    if (!KINDS.has(kind) || !isOurs || time(event) < since.getTime()) continue;
    latest.set(`${kind} ${name} ${event.reason}`, `The ${kind} ${name}: ${event.reason}: ${inOneLine(event.message)}.`);
  }
  return [...latest.values()];
}

/** Events are kept to the second. */
function time({ lastTimestamp, eventTime, metadata }: KubernetesEvent): number {
  return Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') + 999;
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}

/** Tells the notes in the log; what cannot be read leaves the verdict as it is. */
export async function tellNotes(client: Kubernetes, namespace: string, manifest: string, since: Date): Promise<void> {
  try {
    for (const note of await gatherNotes(client, namespace, manifest, since)) log.notice(note);
  } catch (error) {
    log.debug(`Notes on the release could not be had: ${reasonOf(error)}`);
  }
}
