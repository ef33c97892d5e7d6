import type { Endpoint, FrontEnd } from './plan.ts';

/**
 * GKE's controller tells the network endpoint group that a pod is on its way out, and the load balancer hears of it: all in all
 * some seconds, in which it sends requests to a pod that may be gone.
 */
export const DETACH_SECONDS = 6;

interface Leaving {
  readonly endpoint: Endpoint;
  readonly since: number;
}

/** Keeps endpoints in the plans for as long as it takes the load balancer to hear that they left. */
export class Detachment {
  private readonly seconds: number;
  /** By front end and back end: what was in its last plan, and what has left since. */
  private readonly known = new Map<string, { present: readonly Endpoint[]; leaving: readonly Leaving[] }>();

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  /** The plan as the load balancer has it by now; `now` in milliseconds. */
  delay(plan: FrontEnd, now: number): FrontEnd {
    const backends = plan.backends.map((backend) => {
      const key = `${plan.key} ${backend.id}`;
      const present = new Set(backend.endpoints.map(({ id }) => id));
      const before = this.known.get(key) ?? { present: [], leaving: [] };
      const left = before.present.map((endpoint) => ({ endpoint, since: now }));
      const leaving = [...before.leaving, ...left].filter(
        ({ endpoint, since }) => !present.has(endpoint.id) && now - since < this.seconds * 1000,
      );
      this.known.set(key, { present: backend.endpoints, leaving });
      return { ...backend, endpoints: [...backend.endpoints, ...leaving.map(({ endpoint }) => endpoint)] };
    });
    return { ...plan, backends };
  }
}
