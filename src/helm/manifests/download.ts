import { createHash } from 'node:crypto';
import { reason } from '../../failure/failure.ts';
import { retry } from '../../failure/retry.ts';
import { manifestFailures } from './failures.ts';
import type { ManifestSource } from './source.ts';

/** More than any installation has; what sends without an end must not fill the memory. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Of one try, the body included. */
  readonly timeoutSeconds?: number;
  readonly baseSeconds?: number;
  readonly mostBytes?: number;
}

/** Fetches a pinned file and proves it. Throws LK-HELM-151 and -152. */
export async function download(
  { url, sha256 }: Extract<ManifestSource, { kind: 'download' }>,
  { signal, timeoutSeconds = 30, baseSeconds = 1, mostBytes = MOST_BYTES }: DownloadOptions,
): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await retry(
      () => fetchOnce(url, AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]), mostBytes),
      {
        attempts: 4,
        baseSeconds,
        isTransient: (error) => !(error instanceof Final),
        signal,
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    const isLate = typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
    const words = isLate ? `not there within ${timeoutSeconds} s` : reason(error).replace(/\.$/, '');
    throw manifestFailures.failure('download', {
      what: `${url.href} could not be downloaded: ${words}.`,
      cause: error,
    });
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) {
    throw manifestFailures.failure('digest', {
      what: `${url.href} has the SHA-256 ${actual}, and ${sha256} is wanted.`,
    });
  }
  return bytes.toString('utf8');
}

/** An answer that another try would not change. */
class Final extends Error {}

async function fetchOnce(url: URL, signal: AbortSignal, mostBytes: number): Promise<Buffer> {
  const response = await fetch(url, { signal, redirect: 'follow' });
  if (!response.ok) {
    await response.body?.cancel();
    const isPassing = response.status === 429 || response.status >= 500;
    throw isPassing ? new Error(`it answers ${response.status}`) : new Final(`it answers ${response.status}`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length > mostBytes) throw new Final(`it is larger than ${Math.round(mostBytes / 1024 / 1024)} MiB`);
  }
  return Buffer.concat(parts);
}
