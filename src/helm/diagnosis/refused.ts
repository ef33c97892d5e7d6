import type { Observation } from '../rollout/observe.ts';
import type { Cause, Diagnosis } from './cause.ts';

const QUOTA = /exceeded quota: ([^,\s]+), (requested: .*)$/;
const DENIED = /admission webhook "([^"]+)" denied the request: (.*)$/;
const UNREACHED = /failed calling webhook "([^"]+)": (?:failed to call webhook: )?(.*)$/;

/** The controller cannot create its pods at all: a quota, a policy, a webhook. */
export const refused: Diagnosis = (observation) => {
  const { deployment, newPods } = observation;
  if (newPods.length >= deployment.spec.replicas) return undefined;
  const words = refusal(observation)?.replace(/\s+/g, ' ').replace(/\.$/, '');
  if (words === undefined) return undefined;
  return { ...inWords(`pods of ${deployment.metadata.name}`, words), patienceSeconds: 30, pod: undefined };
};

/** A ReplicaSet says it in a condition, the other controllers in an event only. */
function refusal({ current, deployment, events }: Observation): string | undefined {
  const conditions = [...(current?.status.conditions ?? []), ...deployment.status.conditions];
  const condition = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const said = events.findLast(({ reason }) => reason === 'FailedCreate')?.message;
  if (condition !== undefined) return condition.message ?? said ?? 'no words';
  return current?.metadata.uid === deployment.metadata.uid ? said : undefined;
}

function inWords(pods: string, words: string): Pick<Cause, 'kind' | 'what' | 'fix'> {
  const quota = QUOTA.exec(words);
  if (quota !== null) {
    return { kind: 'quota', what: `The quota ${quota[1]} leaves no room for ${pods}: ${quota[2]}.` };
  }
  const denied = DENIED.exec(words);
  if (denied !== null) return { kind: 'webhook', what: `The webhook ${denied[1]} refuses ${pods}: ${denied[2]}.` };
  const unreached = UNREACHED.exec(words);
  if (unreached !== null) {
    return {
      kind: 'webhook',
      what: `The webhook ${unreached[1]}, which is asked before ${pods} are made, does not answer: ${unreached[2]}.`,
      fix: 'Repair the webhook’s Service (its pods run, a firewall rule lets the control plane reach their port), or remove its configuration.',
    };
  }
  return { kind: 'refused', what: `The cluster refuses to create ${pods}: ${words}.` };
}
