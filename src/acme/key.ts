import { createPrivateKey as parsePrivateKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { mask } from '../runner/mask.ts';
import { acmeFailures } from './failures.ts';

export type KeyType = 'ecdsa-p256' | 'rsa-2048';

const generate = promisify(generateKeyPair);

/** Makes a private key (PEM, PKCS #8) in memory, masked; for certificates and, as `ecdsa-p256`, for accounts. */
export async function createPrivateKey(type: KeyType): Promise<string> {
  const { privateKey } =
    type === 'rsa-2048'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  maskKey(pem);
  return pem;
}

/** Masks a private key in every form in which it may turn up: PEM, its lines, its body in one piece, the secret numbers of a JWK. */
export function maskKey(pem: string): void {
  mask(pem);
  mask(pem.replace(/-----[^-]+-----|\s+/g, ''));
  try {
    const { d, p, q, dp, dq, qi } = parsePrivateKey(pem).export({ format: 'jwk' });
    for (const number of [d, p, q, dp, dq, qi]) if (number !== undefined) mask(number);
  } catch {
    // What is no key is masked as text, and refused by whoever uses it.
  }
}

/** An account's key as it must be for JWS; throws LK-ACME-024. */
export function checkAccountKey(pem: string): void {
  maskKey(pem);
  let problem: string | undefined;
  try {
    const key = parsePrivateKey(pem);
    const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'rsa')
      problem = modulusLength < 2048 ? `it is RSA of ${modulusLength} bits` : undefined;
    else if (key.asymmetricKeyType !== 'ec') problem = `it is of the type ${key.asymmetricKeyType ?? 'unknown'}`;
    else if (!['prime256v1', 'secp384r1'].includes(namedCurve)) problem = `it is on the curve ${namedCurve}`;
  } catch {
    problem = 'it is no private key in PEM';
  }
  if (problem !== undefined) {
    throw acmeFailures.failure('key', { what: `The account’s key cannot be used: ${problem}.` });
  }
}
