import { log } from '../runner/log.ts';
import type { GoogleClient } from '../google/request.ts';
import { addSecretVersion, listVersions, readNewestSecret, retireSecretVersion } from '../google/secret.ts';
import { Failure, reason } from '../failure/failure.ts';
import { isFailure } from './document.ts';
import { maskBundle, readBundle, writeBundle } from './bundle.ts';
import type { Pair } from './pair.ts';

/** What becomes of versions beyond those that are kept. */
export type OlderVersions = 'keep' | 'disable' | 'destroy';

export interface StoredPair {
  readonly version: string;
  /** Or why it cannot be read. */
  readonly pair: Pair | Failure;
}

/** Where a certificate and its key are kept beside the cluster. */
export interface PairStore {
  /** In the reader's words, at the beginning of a sentence. */
  readonly name: string;
  /** The newest enabled version; `undefined` when there is none. */
  read(): Promise<StoredPair | undefined>;
  /** Adds a version; gives its number. */
  add(pair: Pair): Promise<string>;
  /** Sees to the older versions; a failure here is a warning, since the certificate is in place. */
  prune(): Promise<void>;
}

export interface SecretStoreOptions {
  readonly google: GoogleClient;
  /** `projects/<project>/secrets/<name>` */
  readonly secret: string;
  /** How many versions stay enabled, the newest among them. */
  readonly keepVersions: number;
  readonly olderVersions: OlderVersions;
}

/** A secret of Secret Manager in which each version is a whole pair, so that certificate and key only change together. */
export function secretStore({ google, secret, keepVersions, olderVersions }: SecretStoreOptions): PairStore {
  const name = `The secret ${secret.split('/').at(-1) ?? secret}`;
  return {
    name,
    async read() {
      const found = await readNewestSecret(google, secret, maskBundle);
      if (found === undefined) return undefined;
      return {
        version: found.version,
        pair: tryRead(() => readBundle(found.value, `${name}, version ${found.version},`)),
      };
    },
    add: (pair) => addSecretVersion(google, secret, writeBundle(pair), maskBundle),
    async prune() {
      if (olderVersions === 'keep') return;
      try {
        const living = (await listVersions(google, secret)).filter(({ state }) =>
          olderVersions === 'disable' ? state === 'ENABLED' : state !== 'DESTROYED',
        );
        for (const version of living.slice(0, -keepVersions)) {
          await retireSecretVersion(google, secret, version, olderVersions);
          log.info(
            `Version ${version.number} of ${secret} is ${olderVersions === 'disable' ? 'disabled' : 'destroyed'}`,
          );
        }
      } catch (error) {
        const words = isFailure(error, 'preconditionFailed') ? 'somebody changed a version meanwhile' : reason(error);
        log.warning(`Older versions of ${secret} were left as they are: ${words.replace(/\.$/, '')}.`);
      }
    },
  };
}

/** A version that cannot be read is as good as none, and is told. */
export function tryRead(read: () => Pair): Pair | Failure {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
