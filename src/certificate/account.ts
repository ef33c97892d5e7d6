import { Failure } from '../failure/failure.ts';
import { addSecretVersion, listVersions, readNewestSecret, readSecret, retireSecretVersion } from '../google/secret.ts';
import type { GoogleClient } from '../google/request.ts';
import { log } from '../runner/log.ts';

/** What the ACME part gives for accounts. */
export interface AccountKeys {
  /** PEM, masked. */
  create(): Promise<string>;
  /** Tells the authority; to tell it again is fine. */
  rotate(oldKey: string, newKey: string): Promise<void>;
}

/**
 * The key of the environment's ACME account, made and kept when there is none. One that every run made anew would meet the
 * authority's limit of new accounts. With `rotate` a new key takes the old one's place: kept first, then told, then the old one
 * is disabled. A rotation that was interrupted is ended by the next run, which finds two enabled versions.
 */
export async function accountKey(
  google: GoogleClient,
  secret: string,
  keys: AccountKeys,
  rotate: boolean,
): Promise<string> {
  const newest = await readNewestSecret(google, secret);
  if (newest === undefined) {
    const made = await keys.create();
    const version = await addSecretVersion(google, secret, made);
    log.info(`A new account key is version ${version} of ${secret}`);
    return made;
  }
  const enabled = (await listVersions(google, secret)).filter(({ state }) => state === 'ENABLED');
  const earlier = enabled.filter(({ number }) => number < Number(newest.version));
  if (earlier.length === 0 && !rotate) return newest.value;
  let present = newest.value;
  if (rotate && earlier.length === 0) {
    present = await keys.create();
    const version = await addSecretVersion(google, secret, present);
    log.info(`The account's next key is version ${version} of ${secret}`);
    earlier.push(...enabled);
  }
  const last = earlier.at(-1);
  if (last !== undefined) {
    const { value: old } = await readSecret(google, secret, String(last.number));
    try {
      await keys.rotate(old, present);
    } catch (error) {
      // Of another directory, or never known there: no reason not to order. Both versions stay.
      if (rotate || !(error instanceof Failure)) throw error;
      log.warning(
        `The account’s key is version ${newest.version} of ${secret}, though ${last.number} is enabled, too: ${error.message}`,
      );
      return present;
    }
  }
  for (const version of earlier) await retireSecretVersion(google, secret, version, 'disable');
  return present;
}
