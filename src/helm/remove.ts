import { companionRelease } from './companion.ts';
import type { Helm } from './helm.ts';
import { readHistory, uninstall } from './release.ts';

/** Removes a release and, where it has one, its companion; the Secrets stay. Throws LK-HELM-007. */
export async function remove(helm: Helm, release: string): Promise<void> {
  await uninstall(helm, release);
  const companion = companionRelease(release);
  if ((await readHistory(helm, companion)).latest !== undefined) await uninstall(helm, companion);
}
