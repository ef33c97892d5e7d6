import { externalAddress } from '../addresses.ts';
import { containerPort, isReady, type Workload } from '../workload.ts';
import type { World } from '../world.ts';

/** What the picture shows of an environment. */
export interface Scene {
  readonly domain: string;
  readonly turnDomain: string;
  /** `host:port` */
  readonly redis: string;
  readonly nodes: readonly SceneNode[];
  /** Names of pods that are on no node. */
  readonly waiting: readonly string[];
}

export interface SceneNode {
  readonly name: string;
  readonly address: string | undefined;
  readonly pods: readonly ScenePod[];
}

export interface ScenePod {
  readonly name: string;
  /** `ready`, `not ready` or `draining` */
  readonly state: string;
  readonly tcpPort: number;
}

/** The scene of a world; without a workload (it could not be read) one without nodes. */
export function sceneOf({ outputs }: Pick<World, 'outputs'>, workload: Workload | undefined): Scene {
  const { pods = [], nodes = [] } = workload ?? {};
  const known = new Map(nodes.map((node) => [node.metadata.name, externalAddress(node)]));
  const names = [...new Set([...known.keys(), ...pods.flatMap(({ spec }) => spec.nodeName ?? [])])].sort();
  const podsOn = (name: string) =>
    pods
      .filter(({ spec }) => spec.nodeName === name)
      .map((pod) => ({
        name: pod.metadata.name,
        state: pod.metadata.deletionTimestamp !== undefined ? 'draining' : isReady(pod) ? 'ready' : 'not ready',
        tcpPort: containerPort(pod, 'rtc-tcp', 7881),
      }));
  return {
    domain: outputs.domain,
    turnDomain: outputs.turn_domain,
    redis: `${outputs.redis_host}:${outputs.redis_port}`,
    nodes: names.map((name) => ({ name, address: known.get(name), pods: podsOn(name) })),
    waiting: pods.filter(({ spec }) => spec.nodeName === undefined).map(({ metadata }) => metadata.name),
  };
}
