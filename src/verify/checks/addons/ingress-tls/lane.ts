import type { World } from '../../../world.ts';

/**
 * All requests of one verification come from one address, whose limits they share: those that use a limit up, or must not
 * meet one that is used up, go one after another.
 */
interface Lane {
  last: Promise<unknown>;
  /** Connections that one of the checks holds open all the while. */
  held: number;
}

const lanes = new WeakMap<World, Lane>();

/** Traefik's bucket is full again a second after the last request; a little more. */
const REST_MILLISECONDS = 1100;

function laneOf(world: World): Lane {
  const lane = lanes.get(world) ?? { last: Promise.resolve(), held: 0 };
  lanes.set(world, lane);
  return lane;
}

/** Runs `work` while no other runs. `spends` is for what leaves the limits used up. */
export function alone<T>(world: World, work: () => Promise<T>, spends = false): Promise<T> {
  const lane = laneOf(world);
  const done = lane.last.then(work);
  const rested = () => (spends ? new Promise((resolve) => setTimeout(resolve, REST_MILLISECONDS)) : undefined);
  lane.last = done.then(rested, rested);
  return done;
}

/** Counts a connection that stays open while others are tried; gives what ends the count. */
export function hold(world: World): () => void {
  const lane = laneOf(world);
  lane.held++;
  return () => lane.held--;
}

/** Connections that are held at this moment. */
export const heldNow = (world: World): number => laneOf(world).held;
