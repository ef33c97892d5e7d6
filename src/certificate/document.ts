import type { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import { certificateFailures } from './failures.ts';

/** A small JSON object in the bucket that several runs write: each change is made to what is there at that moment. */
export interface BucketDocument<T> {
  readonly bucket: Bucket;
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** What it is before it is first written. */
  readonly empty: T;
}

const TRIES = 5;

/** What the document holds now, with the generation to write over. Throws LK-CERT-012 when it is not as expected. */
export async function readDocument<T>(document: BucketDocument<T>): Promise<{ value: T; generation: string }> {
  const { bucket, path, schema, empty } = document;
  const object = await bucket.read(path).catch((error: unknown) => {
    // To an identity that may not list the bucket, Google says the same of what is absent and of what is forbidden: if it
    // is forbidden, the write that follows says so.
    if (isFailure(error, 'permissionDenied')) return undefined;
    throw error;
  });
  if (object === undefined) return { value: empty, generation: '0' };
  const parsed = schema.safeParse(parseJson(object.content.toString('utf8')));
  if (parsed.success) return { value: parsed.data, generation: object.generation };
  const issue = parsed.error.issues[0];
  throw certificateFailures.failure('record', {
    what: `gs://${bucket.name}/${path} is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}

/** Changes the document; when another run wrote it meanwhile, the change is made again to what is there then. */
export async function changeDocument<T>(document: BucketDocument<T>, change: (value: T) => T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { value, generation } = await readDocument(document);
    const next = change(value);
    try {
      await writeDocument(document, next, generation);
      return next;
    } catch (error) {
      if (attempt >= TRIES || !isFailure(error, 'preconditionFailed')) throw error;
    }
  }
}

/** Writes over the generation that was read; throws LK-GOOGLE-012 when it is another now. Gives the new one. */
export function writeDocument<T>({ bucket, path }: BucketDocument<T>, value: T, generation: string): Promise<string> {
  return bucket.write(path, `${JSON.stringify(value, null, 2)}\n`, {
    contentType: 'application/json',
    ifGeneration: generation,
  });
}

export function isFailure(error: unknown, kind: 'permissionDenied' | 'preconditionFailed' | 'notFound'): boolean {
  return error instanceof Failure && error.code === googleFailures.code(kind);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
