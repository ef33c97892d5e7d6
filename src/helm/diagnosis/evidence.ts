import { describePod } from '../rollout/describe.ts';
import type { Observation } from '../rollout/observe.ts';
import type { Cause } from './cause.ts';

/** What a reader wants to see under the cause: the pods, what the cluster said of them, the end of the log. */
export function evidenceOf(observation: Observation | undefined, cause: Cause | undefined, log: string): string {
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
  if (cause?.pod !== undefined && cause.container !== undefined) {
    parts.push(`Last log lines of ${cause.pod.metadata.name}\n${indent(log === '' ? [] : log.split('\n'))}`);
  }
  return parts.join('\n\n');
}

function indent(lines: readonly string[]): string {
  return lines.length === 0 ? '  (none)' : lines.map((line) => `  ${line}`).join('\n');
}
