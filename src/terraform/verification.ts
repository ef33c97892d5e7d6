import type { Envelope } from './envelope.ts';
import { terraformFailures } from './failures.ts';
import type { StateVersion } from './state.ts';
import { differingPaths, type Tree } from './tree.ts';

const MOST_PATHS = 5;

/** Proves that an envelope is for this environment and merged pull request; throws LK-TF-014. */
export function checkOrigin(
  envelope: Envelope,
  expected: { environment: string; repository: string; pullRequest: number; headSha: string },
): void {
  const pairs: [string, string, string][] = [
    ['environment', envelope.environment, expected.environment],
    ['repository', envelope.repository, expected.repository],
    ['pull request', `${envelope.pullRequest}`, `${expected.pullRequest}`],
    ['commit', envelope.commits.head, expected.headSha],
  ];
  for (const [what, planned, merged] of pairs) {
    if (planned !== merged) {
      throw terraformFailures.failure('planOfOther', {
        what: `The stored plan is for the ${what} ${planned}, but ${merged} was merged.`,
      });
    }
  }
}

/** A plan is trusted for a time only; throws LK-TF-026. */
export function checkAge({ createdAt }: Envelope, maxAgeHours: number, now = Date.now()): void {
  const hours = (now - Date.parse(createdAt)) / 3_600_000;
  if (hours <= maxAgeHours) return;
  throw terraformFailures.failure('planExpired', {
    what: `The plan was made ${createdAt}, ${Math.floor(hours)} hours ago; ${maxAgeHours} are allowed.`,
  });
}

/** A saved plan is only readable by the engine that wrote it; throws LK-TF-017. */
export function checkEngine(envelope: Envelope, engine: { name: string; version: string }): void {
  const { name, version } = envelope.engine;
  if (name === engine.name && version === engine.version) return;
  throw terraformFailures.failure('engineDiffers', {
    what: `The plan was made by ${name} ${version}; this step runs ${engine.name} ${engine.version}.`,
    fix: `Set \`engine: ${name}\` and \`terraform-version: ${version}\` for this step, or plan again with ${engine.version}.`,
  });
}

/** The state must be exactly the one that the plan was made against; throws LK-TF-018 or -019. */
export function checkState(envelope: Envelope, present: StateVersion | undefined): void {
  const { lineage, serial, first } = envelope.state;
  if (present === undefined) {
    if (first) return;
    throw terraformFailures.failure('stateOther', {
      what: `The plan was made against serial ${serial} of the state ${lineage}, but there is no state in the bucket.`,
    });
  }
  if (present.lineage !== lineage) {
    throw first
      ? terraformFailures.failure('stateChanged', {
          what: `The plan was made before the environment’s first apply, and another one has been applied since (state serial ${present.serial}).`,
        })
      : terraformFailures.failure('stateOther', {
          what: `The plan was made against the state ${lineage}; the bucket has ${present.lineage}.`,
        });
  }
  if (present.serial !== serial) {
    throw terraformFailures.failure('stateChanged', {
      what: `The plan was made against serial ${serial} of the state; it is at serial ${present.serial} now.`,
    });
  }
}

/** The checked-out files must be those that were planned; throws LK-TF-015 and names the files. */
export function checkTree(envelope: Envelope, present: Tree): void {
  if (envelope.tree.digest === present.digest) return;
  const paths = differingPaths(envelope.tree, present);
  const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : '';
  throw terraformFailures.failure('treeDiffers', {
    what: `The merged tree is not the one that was planned; it differs in ${paths.slice(0, MOST_PATHS).join(', ') || 'the list of files'}${more}.`,
    evidence: paths.join('\n'),
  });
}

/** The same providers must run; throws LK-TF-016. */
export function checkLockFile(envelope: Envelope, presentSha256: string | null): void {
  if (envelope.lockFile === presentSha256) return;
  const words = (sha256: string | null) =>
    sha256 === null ? 'no lock file' : `a lock file with SHA-256 ${sha256.slice(0, 12)}…`;
  throw terraformFailures.failure('lockFileDiffers', {
    what: `The plan was made with ${words(envelope.lockFile)}; now there is ${words(presentSha256)}.`,
  });
}
