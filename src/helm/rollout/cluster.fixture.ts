import type { Kubernetes } from '../../kubernetes/client.ts';
import type { Manifest } from '../../kubernetes/resources.ts';
import type { Observation } from './observe.ts';

/** A cluster that shows the given looks, one after another, the last one for ever; `applied` has what was written. */
export function clusterOf(...looks: Observation[]): { client: Kubernetes; applied: Manifest[] } {
  const applied: Manifest[] = [];
  let look = looks[0];
  const client: Kubernetes = {
    server: 'https://cluster',
    async get(kind) {
      if (kind.kind !== 'Deployment') return undefined;
      look = (looks.length > 1 ? looks.shift() : looks[0]) ?? look;
      return look?.deployment as never;
    },
    async list(kind) {
      if (look === undefined) return [];
      const { current, newPods, oldPods, events } = look;
      if (kind.kind === 'ReplicaSet') return (current === undefined ? [] : [current]) as never[];
      if (kind.kind === 'Pod') return [...newPods, ...oldPods] as never[];
      return (kind.kind === 'Event' ? [...events] : []) as never[];
    },
    async apply(manifest) {
      applied.push(manifest);
    },
    create: async () => undefined,
    logs: async () => 'the last words',
  };
  return { client, applied };
}
