import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { announceNothing, redact } from '../runner/mask.ts';
import { checkAccountKey, createPrivateKey, type KeyType } from './key.ts';
import { createPrivateKey as parse } from 'node:crypto';

beforeAll(announceNothing);

describe.each<KeyType>(['ecdsa-p256', 'rsa-2048'])('a key of the type %s', (type) => {
  test('is hidden as PEM, by its lines, as base64 of either, and as the numbers of a JWK', async () => {
    const pem = await createPrivateKey(type);
    const body = pem.replace(/-----[^-]+-----|\s/g, '');
    const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-'));
    const { d = '' } = parse(pem).export({ format: 'jwk' });
    for (const form of [
      pem,
      body,
      ...lines,
      Buffer.from(pem).toString('base64'),
      Buffer.from(body).toString('base64'),
      d,
    ]) {
      expect(redact(`before ${form} after`)).not.toContain(form.trim());
    }
    expect(() => checkAccountKey(pem)).not.toThrow();
  });
});

test.each([
  ['of another kind', () => generateKeyPairSync('ed25519').privateKey, /of the type ed25519/],
  ['that is too short', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, /RSA of 1024 bits/],
  ['of another curve', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, /the curve secp256k1/],
])('an account’s key %s is refused, and not shown', (_, make, says) => {
  const pem = make().export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(() => checkAccountKey(pem)).toThrow(says);
  expect(redact(pem)).not.toContain(pem.split('\n')[1]);
});

test('what is no key is refused, and not shown', () => {
  expect(() => checkAccountKey('not-a-key-but-secret')).toThrow(/no private key in PEM/);
  expect(redact('not-a-key-but-secret')).toBe('***');
});
