import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { mask } from '../runner/mask.ts';
import { resource } from './resources.ts';

export interface TlsPair {
  /** The first one in `tls.crt`; `undefined` when there is none that can be read. */
  readonly certificate: X509Certificate | undefined;
  /** Whether `tls.key` belongs to it. */
  readonly keyMatches: boolean;
}

/** A Secret of type kubernetes.io/tls. The private key is read to be compared with the certificate, and is not kept. */
export const tlsSecrets = resource(
  'v1',
  'Secret',
  'secrets',
  z.object({
    type: z.string().default('Opaque'),
    data: z.record(z.string(), z.string()).default({}).transform(readPair),
  }),
);

/** What is in such a Secret, as text; the key is masked. Only who installs certificates reads it. */
export interface TlsContent {
  readonly certificate: string;
  readonly key: string;
}

/** The same Secrets with what they hold, to be put back where a new certificate does not work. */
export const tlsSecretContents = resource(
  'v1',
  'Secret',
  'secrets',
  z.object({
    type: z.string().default('Opaque'),
    data: z.record(z.string(), z.string()).default({}).transform(readContent),
  }),
);

function readContent(data: Readonly<Record<string, string>>): TlsContent {
  const key = entryOf(data, 'tls.key');
  if (key !== '') mask(key);
  return { certificate: entryOf(data, 'tls.crt'), key };
}

function entryOf(data: Readonly<Record<string, string>>, entry: string): string {
  return Buffer.from(data[entry] ?? '', 'base64').toString('utf8');
}

function readPair(data: Readonly<Record<string, string>>): TlsPair {
  const certificate = parsed(() => new X509Certificate(entryOf(data, 'tls.crt')));
  const key = entryOf(data, 'tls.key');
  if (key !== '') mask(key);
  const privateKey = parsed(() => createPrivateKey(key));
  return {
    certificate,
    keyMatches:
      certificate !== undefined &&
      privateKey !== undefined &&
      (parsed(() => certificate.checkPrivateKey(privateKey)) ?? false),
  };
}

/** OpenSSL's words may quote what it read. */
function parsed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
