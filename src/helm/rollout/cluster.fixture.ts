import type { Kubernetes } from '../../kubernetes/client.ts';
import type { Manifest } from '../../kubernetes/resources.ts';
import type { Observation } from './observe.ts';

/** A cluster that shows the given looks, one after another, the last one for ever; `applied`, `scaled` and `ended` have what was written. */
export function clusterOf(...looks: Observation[]): {
  client: Kubernetes;
  applied: Manifest[];
  scaled: string[];
  ended: string[];
} {
  const applied: Manifest[] = [];
  const scaled: string[] = [];
  const ended: string[] = [];
  let look = looks[0];
  const objects = (kind: string): readonly unknown[] => {
    if (look === undefined) return [];
    const { current, newPods, oldPods, events } = look;
    if (kind === 'ReplicaSet') return current === undefined ? [] : [current];
    if (kind === 'Event') return events;
    return kind === 'Pod' ? [...newPods, ...oldPods] : [];
  };
  const client: Kubernetes = {
    server: 'https://cluster',
    get: (kind) => {
      if (kind.kind !== 'Deployment') return Promise.resolve(undefined);
      look = (looks.length > 1 ? looks.shift() : looks[0]) ?? look;
      return Promise.resolve(look?.deployment as never);
    },
    list: (kind) => Promise.resolve([...objects(kind.kind)] as never[]),
    apply: (manifest) => Promise.resolve(void applied.push(manifest)),
    create: () => Promise.resolve(),
    scale: (kind, _namespace, name, replicas) =>
      Promise.resolve(void scaled.push(`${kind.kind} ${name} to ${replicas}`)),
    end: (_namespace, pod, graceSeconds) => Promise.resolve(void ended.push(`${pod} in ${graceSeconds} s`)),
    exec: ({ pod, command }) => Promise.resolve(void ended.push(`${pod} by ${command.join(' ')}`)),
    claim: () => Promise.resolve(true),
    remove: () => Promise.resolve(),
    mayDo: () => Promise.resolve(true),
    serves: () => Promise.resolve(true),
    logs: () => Promise.resolve('the last words'),
  };
  return { client, applied, scaled, ended };
}
