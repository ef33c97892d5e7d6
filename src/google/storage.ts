import { EventEmitter } from 'node:events';
import type { Bucket as CloudBucket, Storage } from '@google-cloud/storage';
import { Failure, reason } from '../failure/failure.ts';
import { retry } from '../failure/retry.ts';
import type { Endpoints } from './endpoints.ts';
import { googleFailures } from './failures.ts';
import { type Identity, isTransientStatus, statusOf } from './identity.ts';

export interface StoredObject {
  readonly content: Buffer;
  /** Changes with each write: what preconditions compare. */
  readonly generation: string;
}

/** The few things that the suite does with a bucket. Names are paths without a leading slash. */
export interface Bucket {
  readonly name: string;
  /** `undefined` when there is no such object; throws LK-GOOGLE-011 when there is no such bucket. */
  read(path: string): Promise<StoredObject | undefined>;
  /** Writes only when the object's generation is still the given one (`'0'`: it must not exist); gives the new generation. Throws LK-GOOGLE-012. */
  write(
    path: string,
    content: Buffer | string,
    options: { contentType: string; ifGeneration?: string },
  ): Promise<string>;
  /** Names below a prefix, in order. */
  list(prefix: string): Promise<string[]>;
  /** With `ifGeneration` only that one; throws LK-GOOGLE-012 when it is another. That there is none is fine. */
  remove(path: string, options?: { ifGeneration?: string }): Promise<void>;
}

/** 1.8 MB, +50 ms: only loaded where it is used, best while something else is waited for. */
export function loadStorage() {
  // The library puts eleven listeners on streams that nobody else sees, one more than what Node calls a leak in the log.
  EventEmitter.defaultMaxListeners = 20;
  return import('@google-cloud/storage');
}

/** Opens a bucket. Nothing is sent yet. */
export async function openBucket(name: string, identity: Identity, endpoints: Endpoints): Promise<Bucket> {
  const { Storage: CloudStorage, CRC32C } = await loadStorage();
  const storage: Storage = new CloudStorage({
    authClient: await identity.authClient(),
    ...(endpoints.storage === undefined ? {} : { apiEndpoint: endpoints.storage, useAuthWithCustomEndpoint: true }),
    projectId: 'unused',
    timeout: 60_000,
    retryOptions: { autoRetry: true, maxRetries: 4, totalTimeout: 120 },
  });
  const download = async (path: string, generation: string, crc32c: string | undefined): Promise<Buffer> => {
    const content = await fetchContent(
      `${endpoints.storage ?? 'https://storage.googleapis.com'}/storage/v1/b/${name}/o/${encodeURIComponent(path)}?alt=media&generation=${generation}`,
      identity,
    );
    const sum = new CRC32C();
    sum.update(content);
    if (crc32c === undefined || sum.validate(crc32c)) return content;
    throw new Error('what came does not have the checksum that was told');
  };
  return wrap(storage.bucket(name), name, identity, download);
}

/** An answer that is no success; read by `statusOf`. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text.replace(/\s+/g, ' ').slice(0, 200) || `status ${status}`);
    this.status = status;
  }
}

/** Not by the library: when it tries a download again its streams may throw where nobody can catch it, which ends the process. */
async function fetchContent(url: string, identity: Identity): Promise<Buffer> {
  return retry(
    async () => {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${await identity.accessToken()}` },
        signal: AbortSignal.timeout(60_000),
      });
      const content = Buffer.from(await response.arrayBuffer());
      if (!response.ok) throw new Refusal(response.status, content.toString('utf8'));
      return content;
    },
    {
      attempts: 5,
      baseSeconds: 1,
      isTransient: (error) => !(error instanceof Failure) && isTransientStatus(statusOf(error)),
    },
  );
}

function wrap(
  bucket: CloudBucket,
  name: string,
  identity: Identity,
  download: (path: string, generation: string, crc32c: string | undefined) => Promise<Buffer>,
): Bucket {
  const translate = async (error: unknown, path: string, doing: string): Promise<Failure> => {
    if (error instanceof Failure) return error;
    const status = statusOf(error);
    const where = `gs://${name}/${path}`;
    if (status === 404 && (await bucketIsAbsent(bucket))) {
      return googleFailures.failure('bucketAbsent', { what: `The bucket gs://${name} does not exist.`, cause: error });
    }
    if (status === 404)
      return googleFailures.failure('notFound', { what: `There is no object ${where}.`, cause: error });
    if (status === 401 || status === 403) {
      return googleFailures.failure('permissionDenied', {
        what: `${identity.serviceAccount ?? 'The identity of this job'} may not ${doing} ${where}: ${reason(error).replace(/\.+$/, '')}.`,
        // Google says the same of a bucket that does not exist and of one that is someone else's.
        fix: `Check that the bucket’s name is right (${name}), and grant the service account the role; \`terraform/bootstrap\` shows the roles of each identity.`,
        cause: error,
      });
    }
    if (status === 412)
      return googleFailures.failure('preconditionFailed', {
        what: `${where} changed meanwhile, so it was not written.`,
        cause: error,
      });
    if (isTransientStatus(status))
      return googleFailures.failure('unavailable', {
        what: `Cloud Storage did not answer for ${where}: ${reason(error)}.`,
        cause: error,
      });
    return googleFailures.failure('refused', {
      what: `Cloud Storage refused to ${doing} ${where}: ${reason(error)}.`,
      cause: error,
    });
  };
  return {
    name,
    async read(path) {
      try {
        // The generation first, then exactly that one: content and generation belong together.
        const [metadata] = await bucket.file(path).getMetadata();
        const generation = String(metadata.generation);
        return { content: await download(path, generation, metadata.crc32c), generation };
      } catch (error) {
        const failure = await translate(error, path, 'read');
        if (failure.code === googleFailures.code('notFound')) return undefined;
        throw failure;
      }
    },
    async write(path, content, options) {
      try {
        const file = bucket.file(path);
        await file.save(content, {
          resumable: false,
          contentType: options.contentType,
          validation: 'crc32c',
          ...(options.ifGeneration === undefined
            ? {}
            : { preconditionOpts: { ifGenerationMatch: options.ifGeneration } }),
        });
        return String(file.metadata.generation);
      } catch (error) {
        throw await translate(error, path, 'write');
      }
    },
    async list(prefix) {
      try {
        const [files] = await bucket.getFiles({ prefix });
        return files.map((file) => file.name);
      } catch (error) {
        throw await translate(error, prefix, 'list');
      }
    },
    async remove(path, { ifGeneration } = {}) {
      try {
        const precondition = ifGeneration === undefined ? {} : { ifGenerationMatch: ifGeneration };
        await bucket.file(path).delete({ ignoreNotFound: true, ...precondition });
      } catch (error) {
        throw await translate(error, path, 'delete');
      }
    },
  };
}

async function bucketIsAbsent(bucket: CloudBucket): Promise<boolean> {
  try {
    await bucket.getFiles({ maxResults: 1, autoPaginate: false });
    return false;
  } catch (error) {
    return statusOf(error) === 404;
  }
}
