import { helmFailures } from './failures.ts';
import { type Helm, helmWords } from './helm.ts';

/** The objects of a release's present or earlier revision, as YAML; `undefined` when there is none. Throws LK-HELM-007. */
export async function readManifest(helm: Helm, release: string, revision?: number): Promise<string | undefined> {
  const which = revision === undefined ? [] : ['--revision', String(revision)];
  const { exitCode, stdout, stderr } = await helm.command(['get', 'manifest', release, ...which]);
  if (exitCode === 0) return stdout;
  if (/release: not found/.test(stderr)) return undefined;
  throw helmFailures.failure('command', { what: `helm get manifest ${release} failed: ${helmWords(stderr)}.` });
}
