import type { Answer } from '../answer.ts';
import type { Incoming } from '../server.ts';
import type { GitHub } from '../world.ts';

export function pageAnswer(_github: GitHub, _incoming: Incoming): Answer | undefined {
  return undefined;
}
