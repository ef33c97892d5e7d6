import { z } from 'zod';
import { mask } from '../runner/mask.ts';
import { googleFailures } from './failures.ts';
import type { GoogleClient } from './request.ts';

const answer = z.object({
  name: z.string(),
  payload: z.object({ data: z.string(), dataCrc32c: z.string().optional() }),
});

/**
 * The value of a secret's version, masked before it is returned. `secret` is `projects/<project>/secrets/<name>`,
 * `version` a number or `latest`. Returns the version's number too.
 */
export async function readSecret(
  google: GoogleClient,
  secret: string,
  version: string,
): Promise<{ value: string; version: string }> {
  const { name, payload } = await google.request({
    host: 'secretmanager.googleapis.com',
    path: `/v1/${secret}/versions/${version}:access`,
    answer,
    subject: `version ${version} of the secret ${secret}`,
  });
  const value = Buffer.from(payload.data, 'base64').toString('utf8');
  mask(value);
  const number = name.split('/').at(-1);
  if (number === undefined || !/^\d+$/.test(number)) {
    throw googleFailures.failure('unexpectedAnswer', {
      what: `Secret Manager answered for ${secret} with a version that is no number.`,
    });
  }
  return { value, version: number };
}
