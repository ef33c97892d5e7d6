import type { Pod } from '../../kubernetes/resources.ts';
import type { Observation } from './observe.ts';

/** What became of one pod while its rollout was followed; times in milliseconds of Unix time. */
export interface PodLife {
  readonly uid: string;
  readonly name: string;
  readonly node: string;
  readonly age: 'new' | 'old';
  readonly created: number;
  readonly scheduled: number | undefined;
  readonly ready: number | undefined;
  /** When it was told to end. */
  readonly ending: number | undefined;
  /** When it was seen to be gone. */
  readonly gone: number | undefined;
}

/** Pods and when they changed, from look to look. */
export interface Timeline {
  see(observation: Observation): void;
  /** In the order in which the pods were made. */
  lives(): PodLife[];
}

/** `before`: what was seen already, for one that goes on. */
export function timeline(before: readonly PodLife[] = []): Timeline {
  const lives = new Map(before.map((life) => [life.uid, life]));
  return {
    see({ at, newPods, oldPods }) {
      const present = new Set<string>();
      for (const [age, pods] of [
        ['old', oldPods],
        ['new', newPods],
      ] as const) {
        for (const pod of pods) {
          const { uid } = pod.metadata;
          present.add(uid);
          lives.set(uid, lifeOf(pod, age, lives.get(uid)));
        }
      }
      for (const [uid, life] of lives) {
        if (present.has(uid) || life.gone !== undefined) continue;
        lives.set(uid, { ...life, gone: at.getTime(), ending: life.ending ?? at.getTime() });
      }
    },
    lives: () => [...lives.values()].sort((a, b) => a.created - b.created),
  };
}

/** The same pod may have been followed twice, in the rollout and in its rollback: what was seen last counts. */
export function joinLives(lists: readonly (readonly PodLife[])[]): PodLife[] {
  const byUid = new Map(lists.flat().map((life) => [life.uid, life]));
  return [...byUid.values()].sort((a, b) => a.created - b.created);
}

function lifeOf(pod: Pod, age: 'new' | 'old', before: PodLife | undefined): PodLife {
  const { uid, name, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  // The first time counts: a pod that ends, or stumbles, is not ready any more.
  const since = (type: string) => {
    const found = pod.status.conditions.find((condition) => condition.type === type && condition.status === 'True');
    return found?.lastTransitionTime ? Date.parse(found.lastTransitionTime) : undefined;
  };
  return {
    uid,
    name,
    node: pod.spec.nodeName ?? before?.node ?? '',
    age,
    created: Date.parse(creationTimestamp),
    scheduled: before?.scheduled ?? since('PodScheduled'),
    ready: before?.ready ?? since('Ready'),
    // Kubernetes writes the time at which the grace is over.
    ending:
      deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000,
    gone: undefined,
  };
}
