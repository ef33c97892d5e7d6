import type { Kubernetes } from '../../kubernetes/client.ts';
import { describePod } from '../rollout/describe.ts';
import type { Observation } from '../rollout/observe.ts';
import type { Cause } from './cause.ts';

const LOG_LINES = 30;

/** What a reader wants to see under the cause: the pods, what the cluster said of them, the end of the log. */
export async function gatherEvidence(
  client: Kubernetes,
  namespace: string,
  observation: Observation | undefined,
  cause: Cause | undefined,
): Promise<string> {
  if (observation === undefined) return 'The Deployment is not in the cluster.';
  const pods = [...observation.newPods, ...observation.oldPods].map(
    (pod) => `${pod.metadata.name} on ${pod.spec.nodeName ?? '(no node)'}: ${describePod(pod)}`,
  );
  const said = observation.events
    .slice(-15)
    .map(
      ({ reason, message, count, involvedObject }) =>
        `${involvedObject.name}: ${reason}: ${message}${(count ?? 1) > 1 ? ` (${count} times)` : ''}`,
    );
  const parts = [`Pods\n${indent(pods)}`, `Events\n${indent(said)}`];
  const subject = cause?.pod;
  const container = cause?.container;
  if (subject !== undefined && container !== undefined) {
    const name = subject.metadata.name;
    // The life that ended tells more than the one that has just begun.
    const log = (previous: boolean) => client.logs(namespace, name, container, { lines: LOG_LINES, previous });
    const text = (await log(true)) || (await log(false));
    parts.push(`Last log lines of ${name}\n${indent(text === '' ? [] : text.split('\n'))}`);
  }
  return parts.join('\n\n');
}

function indent(lines: readonly string[]): string {
  return lines.length === 0 ? '  (none)' : lines.map((line) => `  ${line}`).join('\n');
}
