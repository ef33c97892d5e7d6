import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { Faults } from './faults.ts';
import { GitRepository } from './git.ts';
import { IdentityIssuer } from './oidc.ts';
import { syncPulls } from './pull.ts';
import { Shapes } from './shapes/shapes.ts';
import { StateFile, type State } from './state.ts';

/** Everything that the stand-in's handlers work on. */
export interface GitHub {
  readonly config: SandboxConfig;
  readonly directory: string;
  readonly file: StateFile;
  readonly state: State;
  readonly git: GitRepository;
  readonly shapes: Shapes;
  readonly issuer: IdentityIssuer;
  readonly faults: Faults;
  /** Where the stand-in says what it was asked. */
  readonly log: (line: string) => void;
  /** Remaining requests by token digest, and when the hour ends (seconds since the epoch). */
  readonly limits: Map<string, { used: number; resetSeconds: number }>;
}

/** Opens (or starts) the stand-in's files under `<directory>/github` and its bare git repository. */
export async function openGitHub(config: SandboxConfig, log: GitHub['log'] = console.log): Promise<GitHub> {
  const directory = join(config.directory, 'github');
  const file = new StateFile(join(directory, 'state.json'));
  const { owner, name, id, ownerId } = config.repository;
  const github: GitHub = {
    config,
    directory,
    file,
    state: file.state,
    git: new GitRepository(config.repository.gitDirectory),
    shapes: new Shapes(config.addresses.github, { owner, name, id: Number(id), ownerId: Number(ownerId) }),
    issuer: await IdentityIssuer.open(directory),
    faults: new Faults(),
    log,
    limits: new Map(),
  };
  syncPulls(github);
  return github;
}
