import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkOwner } from './kubernetes/network.ts';

const NOTE = 'network';

/** Notes, before it does, that this sandbox makes network, nodes and DNS; one that plays only Google and GitHub does not. */
export function noteNetwork(directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, NOTE), '');
}

/**
 * Whether the machine's network, namespaces and cgroups are this sandbox's, to be removed with it. The bridge tells; while
 * there is none, what is left of it may be of a sandbox that made some once, and another may be about to make its own.
 */
export function hasNetwork(directory: string, owner: () => string | undefined = networkOwner): boolean {
  const name = owner();
  return name === undefined ? existsSync(join(directory, NOTE)) : name === directory;
}
