import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { savedState, saveState } from './outputs.ts';

let made = '';

/** Makes a directory that only this user can look into (0700), for files with sensitive values. Post finds it again. */
export async function makeOwnDirectory(parent: string, action: string): Promise<string> {
  made = await mkdtemp(join(parent, `${action}-`));
  saveState('directory', made);
  return made;
}

/** Removes the directory that this step has made: from post, or from main where there is no post. */
export async function removeOwnDirectory(): Promise<void> {
  const directory = savedState('directory') || made;
  if (directory !== '') await rm(directory, { recursive: true, force: true });
}
