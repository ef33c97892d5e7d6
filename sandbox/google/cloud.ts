import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import type { World } from '../world/world.ts';
import { may } from './access.ts';
import { permissionDenied } from './errors.ts';
import { Faults } from './faults.ts';
import { seedIdentities, withoutBootstrap } from './identities.ts';
import type { Identities } from './identities.ts';
import { Journal } from './journal.ts';
import { isBootstrapped, withGrants } from './resources/grants.ts';
import { ResourceStore } from './resources/store.ts';
import { SecretVersions } from './secret-versions.ts';
import type { Cloud } from './service.ts';
import { Tokens } from './tokens.ts';

export interface CloudOptions {
  readonly config: SandboxConfig;
  readonly world: World;
  readonly now?: () => number;
  readonly write?: (line: string) => void;
  /** Who exists before anything is applied; what a bootstrap would have left, unless given. */
  readonly seed?: Identities;
}

/** Everything that the services share; state lives under `<directory>/google/`. */
export function createCloud({
  config,
  world,
  now = Date.now,
  write = () => undefined,
  seed = seedIdentities(config),
}: CloudOptions): Cloud {
  const directory = join(config.directory, 'google');
  const resources = new ResourceStore(join(directory, 'resources'), world);
  // Once a real bootstrap has been applied, the seeded one is gone for good, also when the real one is destroyed.
  const marker = join(directory, 'bootstrapped');
  let bootstrapped = existsSync(marker);
  const founders = (): Identities => {
    if (!bootstrapped && isBootstrapped(seed, resources.all())) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      writeFileSync(marker, '');
      bootstrapped = true;
    }
    return bootstrapped ? withoutBootstrap(seed) : seed;
  };
  const cloud: Cloud = {
    config,
    now,
    resources,
    tokens: new Tokens(now),
    secrets: new SecretVersions(join(directory, 'secrets'), now),
    journal: new Journal(write),
    faults: new Faults(),
    identities: () => withGrants(founders(), resources.all(), config),
    demand(identity, permission, resource, request) {
      if (may(cloud.identities(), identity, permission, resource, config.project.id, request)) return;
      throw permissionDenied(permission, resource);
    },
  };
  return cloud;
}

/** A world in which nothing happens: resources are only remembered. */
export const stillWorld: World = {
  created: () => Promise.resolve({}),
  updated: () => Promise.resolve({}),
  deleted: () => Promise.resolve(),
};

/** The real world of the sandbox. Loaded only when asked for: it brings Redis and the nodes with it. */
export async function loadWorld(config: SandboxConfig): Promise<World> {
  const { createWorld } = await import('../world/world.ts');
  return createWorld(config);
}
