import { createHash } from 'node:crypto';
import { z } from 'zod';
import { mask } from '../runner/mask.ts';
import { certificateFailures } from './failures.ts';
import { type Pair, readPair } from './pair.ts';

/** As others may keep it: certificate and issuers together or apart. */
const jsonSchema = z.object({
  certificate: z.string(),
  chain: z.string().default(''),
  key: z.string().optional(),
  private_key: z.string().optional(),
});

/** One version in Secret Manager: the key, the certificate, its issuers, one after the other, as PEM. */
export function writeBundle({ keyPem, chainPem }: Pair): string {
  return `${keyPem}${chainPem}`;
}

/** Masks what of a bundle is secret: all but its certificates, which everybody is shown. */
export function maskBundle(text: string): void {
  const rest = text.replace(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g, '\n');
  const parsed = text.trimStart().startsWith('{') ? jsonSchema.safeParse(parseJson(text)).data : undefined;
  for (const key of [parsed?.key, parsed?.private_key]) if (key !== undefined) mask(key);
  for (const block of rest.split(/^-----.*$/m)) if (block.trim() !== '') mask(block);
}

/** Reads what `writeBundle` wrote, PEM in any order of key and certificates, or JSON with `certificate`, `chain` and `key`. Throws LK-CERT-001. */
export function readBundle(text: string, source: string): Pair {
  maskBundle(text);
  if (!text.trimStart().startsWith('{')) return readPair(text, text, source);
  const parsed = jsonSchema.safeParse(parseJson(text));
  const key = parsed.data?.key ?? parsed.data?.private_key;
  if (!parsed.success || key === undefined) {
    // The parser's words quote the text, and the text is a secret.
    throw certificateFailures.failure('unreadable', {
      what: `${source} is neither PEM nor JSON with the fields certificate, chain and key.`,
    });
  }
  return readPair(`${parsed.data.certificate}\n${parsed.data.chain}`, key, source);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Changes when the certificate or an issuer does: what the pods are marked with. Nothing of the key is in it. */
export function bundleDigest({ chainPem }: Pick<Pair, 'chainPem'>): string {
  return createHash('sha256').update(chainPem).digest('hex').slice(0, 16);
}
