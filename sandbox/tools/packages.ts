import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../command.ts';
import { cacheDirectory } from '../config.ts';
import { withLock } from '../lock.ts';
import type { Progress } from '../progress.ts';
import { type DebianPackage, PACKAGES } from './catalogue.ts';
import { searchPath } from './resolve.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_ASIDE = '/usr/sbin/policy-rc.d.livekit-gke';
const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };

/** Names of the Debian packages that this machine lacks. */
export function missingPackages(
  isThere: (proof: string) => boolean = isPresent,
  packages: readonly DebianPackage[] = PACKAGES,
): string[] {
  return packages.filter(({ proof }) => !isThere(proof)).map(({ name }) => name);
}

/** Installs those Debian packages that are missing, without starting the services that come with them; one process at a time. */
export async function installPackages(
  progress: Progress,
  packages: readonly DebianPackage[] = PACKAGES,
): Promise<void> {
  if (missingPackages(isPresent, packages).length === 0) return;
  await withLock(join(cacheDirectory(), 'packages.lock'), () => install(progress, packages));
}

async function install(progress: Progress, packages: readonly DebianPackage[]): Promise<void> {
  const missing = missingPackages(isPresent, packages);
  if (missing.length === 0) return;
  if (searchPath('apt-get').length === 0) {
    throw new Error(`this system has no apt-get: install by hand what Debian calls ${missing.join(', ')}`);
  }
  await progress.step(`Debian packages that are missing: ${missing.join(', ')}`, async (note) => {
    // A run that was killed inside of dpkg leaves this journal, and apt-get then refuses to work.
    if (readdirSync('/var/lib/dpkg/updates').length > 0) await run('dpkg', ['--configure', '-a'], { env: QUIET });
    const args = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...missing];
    const onLine = (line: string): void => note(line);
    await withoutServices(async () => {
      note('apt-get install');
      if ((await attempt('apt-get', args, { env: QUIET, onLine })).code === 0) return;
      note('apt-get update');
      await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { env: QUIET, onLine });
      note('apt-get install');
      await run('apt-get', args, { env: QUIET, onLine });
    });
    // The sandbox starts its own processes; the next boot of the machine shall not start these.
    const services = packages.filter(({ name }) => missing.includes(name)).flatMap(({ service }) => service ?? []);
    if (services.length > 0 && existsSync('/run/systemd/system')) await attempt('systemctl', ['disable', ...services]);
  });
}

/** While `work` lasts no package may start a service: https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  restorePolicy();
  renameSync(writePolicy(), POLICY);
  try {
    await work();
  } finally {
    restorePolicy();
  }
}

function writePolicy(): string {
  if (existsSync(POLICY)) renameSync(POLICY, POLICY_ASIDE);
  const draft = `${POLICY}.livekit-gke-draft`;
  writeFileSync(draft, '#!/bin/sh\n# Of the LiveKit on GKE sandbox while it installs packages.\nexit 101\n', {
    mode: 0o755,
  });
  return draft;
}

/** Takes our policy away and puts the machine's own back, also what a killed run left. */
function restorePolicy(): void {
  const isOurs = existsSync(POLICY) && readPolicy().includes('LiveKit on GKE sandbox');
  if (isOurs) rmSync(POLICY);
  if (existsSync(POLICY_ASIDE)) renameSync(POLICY_ASIDE, POLICY);
}

function readPolicy(): string {
  try {
    return readFileSync(POLICY, 'utf8');
  } catch {
    return '';
  }
}

function isPresent(proof: string): boolean {
  return proof.startsWith('/') ? existsSync(proof) : searchPath(proof).length > 0;
}
