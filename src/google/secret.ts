import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { mask } from '../runner/mask.ts';
import { googleFailures } from './failures.ts';
import type { GoogleClient } from './request.ts';

const HOST = 'secretmanager.googleapis.com';

const answer = z.object({
  name: z.string(),
  payload: z.object({ data: z.string(), dataCrc32c: z.string().optional() }),
});

const versionSchema = z.object({
  name: z.string(),
  state: z.string(),
  createTime: z.string(),
  etag: z.string().optional(),
});

/** A version without its value. */
export interface SecretVersion {
  readonly number: number;
  readonly state: 'ENABLED' | 'DISABLED' | 'DESTROYED';
  readonly created: Date;
  /** Changes with the version's state: who sends it changes only what he has seen. */
  readonly etag: string | undefined;
}

/**
 * The value of a secret's version, masked before it is returned. `secret` is `projects/<project>/secrets/<name>`,
 * `version` a number or `latest`. Returns the version's number too. `conceal` masks what of the value is secret, where not all is.
 */
export async function readSecret(
  google: GoogleClient,
  secret: string,
  version: string,
  conceal: (value: string) => void = mask,
): Promise<{ value: string; version: string }> {
  const { name, payload } = await google.request({
    host: HOST,
    path: `/v1/${secret}/versions/${version}:access`,
    answer,
    subject: `version ${version} of the secret ${secret}`,
  });
  const value = Buffer.from(payload.data, 'base64').toString('utf8');
  conceal(value);
  return { value, version: String(numberOf(name, secret)) };
}

/** The newest enabled version and its value, masked; `undefined` when the secret has none, or is not there. */
export async function readNewestSecret(
  google: GoogleClient,
  secret: string,
  conceal: (value: string) => void = mask,
): Promise<{ value: string; version: string } | undefined> {
  try {
    return await readSecret(google, secret, 'latest', conceal);
  } catch (error) {
    if (isFailure(error, 'notFound')) return undefined;
    // Google calls the newest version the latest, whatever its state; of a disabled one it gives no value.
    if (!isFailure(error, 'refused')) throw error;
  }
  const newest = (await listVersions(google, secret)).findLast(({ state }) => state === 'ENABLED');
  return newest === undefined ? undefined : readSecret(google, secret, String(newest.number), conceal);
}

/** All versions of a secret, oldest first. */
export async function listVersions(google: GoogleClient, secret: string): Promise<SecretVersion[]> {
  const page = z.object({ versions: z.array(versionSchema).default([]), nextPageToken: z.string().optional() });
  const found: SecretVersion[] = [];
  for (let token: string | undefined = ''; token !== undefined;) {
    const query: string = token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const { versions, nextPageToken }: z.infer<typeof page> = await google.request({
      host: HOST,
      path: `/v1/${secret}/versions?pageSize=100${query}`,
      answer: page,
      subject: `the versions of the secret ${secret}`,
    });
    found.push(...versions.map((version) => versionOf(version, secret)));
    token = nextPageToken === '' ? undefined : nextPageToken;
  }
  return found.sort((a, b) => a.number - b.number);
}

/** Adds a version; gives its number. The value is masked before it is sent, and its checksum goes with it. */
export async function addSecretVersion(
  google: GoogleClient,
  secret: string,
  value: string,
  conceal: (value: string) => void = mask,
): Promise<string> {
  conceal(value);
  const { name } = await google.request({
    host: HOST,
    path: `/v1/${secret}:addVersion`,
    method: 'POST',
    body: {
      payload: { data: Buffer.from(value).toString('base64'), dataCrc32c: String(crc32c(Buffer.from(value))) },
    },
    answer: versionSchema,
    subject: `a new version of the secret ${secret}`,
  });
  return String(numberOf(name, secret));
}

/** Disables a version (it can be enabled again) or destroys it (its value is gone); only in the state in which it was seen. */
export async function retireSecretVersion(
  google: GoogleClient,
  secret: string,
  { number, etag }: Pick<SecretVersion, 'number' | 'etag'>,
  how: 'disable' | 'destroy',
): Promise<void> {
  await google.request({
    host: HOST,
    path: `/v1/${secret}/versions/${number}:${how}`,
    method: 'POST',
    body: etag === undefined ? {} : { etag },
    answer: versionSchema,
    subject: `version ${number} of the secret ${secret}`,
  });
}

function versionOf({ name, state, createTime, etag }: z.infer<typeof versionSchema>, secret: string): SecretVersion {
  if (state !== 'ENABLED' && state !== 'DISABLED' && state !== 'DESTROYED') {
    throw googleFailures.failure('unexpectedAnswer', {
      what: `Secret Manager answered for ${secret} with a version in the state ${JSON.stringify(state)}.`,
    });
  }
  return { number: numberOf(name, secret), state, created: new Date(createTime), etag };
}

function numberOf(name: string, secret: string): number {
  const number = name.split('/').at(-1);
  if (number === undefined || !/^\d+$/.test(number)) {
    throw googleFailures.failure('unexpectedAnswer', {
      what: `Secret Manager answered for ${secret} with a version that is no number.`,
    });
  }
  return Number(number);
}

const isFailure = (error: unknown, kind: 'notFound' | 'refused') =>
  error instanceof Failure && error.code === googleFailures.code(kind);

/** Castagnoli's polynomial, as Google's APIs check what they are sent. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
