import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { mask } from '../runner/mask.ts';
import { certificateFailures } from './failures.ts';

/** A certificate with its issuers and its private key. The key is masked. */
export interface Pair {
  readonly certificate: X509Certificate;
  /** Its issuers in order, the root mostly left out. */
  readonly issuers: readonly X509Certificate[];
  /** Certificate and issuers, each PEM with a line break at its end. */
  readonly chainPem: string;
  readonly key: KeyObject;
  readonly keyPem: string;
}

export interface Requirements {
  /** Each must be in the certificate; `*.nova.dev` as it is written. */
  readonly names: readonly string[];
  readonly allowSelfSigned: boolean;
  readonly now: Date;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/g;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const SMALLEST_RSA_BITS = 2048;

/**
 * Reads certificate, issuers and key from PEM text; both may be in one. `source` is what is read, in the reader's words, at the
 * beginning of a sentence. Throws LK-CERT-001.
 */
export function readPair(certificateText: string, keyText: string, source: string): Pair {
  for (const [block] of keyText.matchAll(KEY)) mask(block);
  const blocks = certificateText.match(CERTIFICATE) ?? [];
  const certificates = blocks.map((pem) => certificateOf(pem, source));
  const [certificate, ...issuers] = certificates;
  if (certificate === undefined) throw unreadable(`${source} has no certificate: there is no line BEGIN CERTIFICATE.`);
  const keys = [...keyText.matchAll(KEY)];
  const [found] = keys;
  if (found === undefined) throw unreadable(`${source} has no private key: there is no line BEGIN PRIVATE KEY.`);
  if (keys.length > 1) throw unreadable(`${source} has ${keys.length} private keys, and one is needed.`);
  const key = keyOf(found[0], source);
  return {
    certificate,
    issuers,
    chainPem: certificates.map(pemOf).join(''),
    key,
    keyPem: `${found[0].replaceAll('\r', '').trim()}\n`,
  };
}

/** Finds a pair good as a whole, or throws what is wrong with it: LK-CERT-002 to -007. */
export function checkPair(pair: Pair, { names, allowSelfSigned, now }: Requirements, source: string): void {
  checkKey(pair, source);
  checkDates([pair.certificate, ...pair.issuers], now, source);
  checkNames(pair.certificate, names, source);
  checkChain(pair, allowSelfSigned, source);
}

function checkKey({ certificate, issuers, key }: Pair, source: string): void {
  if (!certificate.checkPrivateKey(key)) {
    if (issuers.some((issuer) => issuer.checkPrivateKey(key))) {
      throw certificateFailures.failure('chain', {
        what: `${source} is in the wrong order: the key belongs to ${nameOf(issuers.find((one) => one.checkPrivateKey(key)))}, which is not the first certificate.`,
      });
    }
    throw certificateFailures.failure('key', {
      what: `${source} has a private key that does not belong to its certificate, ${nameOf(certificate)}.`,
    });
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const bits = details?.modulusLength ?? 0;
  if (type === 'rsa' && bits < SMALLEST_RSA_BITS) {
    throw certificateFailures.failure('weak', { what: `${source} has an RSA key of ${bits} bits.` });
  }
  const isGoodCurve = type === 'ec' && ['prime256v1', 'secp384r1'].includes(details?.namedCurve ?? '');
  if (type !== 'rsa' && !isGoodCurve) {
    const kind =
      type === 'ec'
        ? `an ECDSA key on the curve ${details?.namedCurve ?? 'unknown'}`
        : `a key of the type ${type ?? 'unknown'}`;
    throw certificateFailures.failure('weak', { what: `${source} has ${kind}.` });
  }
}

function checkDates(certificates: readonly X509Certificate[], now: Date, source: string): void {
  for (const [index, certificate] of certificates.entries()) {
    const which = index === 0 ? 'a certificate' : `an issuer, ${nameOf(certificate)},`;
    if (certificate.validFromDate > now) {
      throw certificateFailures.failure('dates', {
        what: `${source} has ${which} that is valid from ${time(certificate.validFromDate)} on, and now it is ${time(now)}.`,
      });
    }
    if (certificate.validToDate <= now) {
      throw certificateFailures.failure('dates', {
        what: `${source} has ${which} that ended on ${time(certificate.validToDate)}.`,
      });
    }
  }
}

function checkNames(certificate: X509Certificate, names: readonly string[], source: string): void {
  const missing = names.filter((name) => !isFor(certificate, name));
  if (missing.length === 0) return;
  const own = namesOf(certificate);
  throw certificateFailures.failure('names', {
    what: `${source} is for ${own.length === 0 ? 'no name' : own.join(', ')}, not for ${missing.join(', ')}.`,
  });
}

/** A wildcard stands for one label, and is only found by itself. */
function isFor(certificate: X509Certificate, name: string): boolean {
  if (name.startsWith('*.')) return namesOf(certificate).includes(name.toLowerCase());
  return certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined;
}

function checkChain({ certificate, issuers }: Pair, allowSelfSigned: boolean, source: string): void {
  const purposes = certificate.keyUsage as readonly string[] | undefined;
  if (isOwnIssuer(certificate)) {
    if (allowSelfSigned && issuers.length === 0) return;
    throw certificateFailures.failure('selfSigned', { what: `${source} is self-signed: ${nameOf(certificate)}.` });
  }
  if (certificate.ca) {
    throw certificateFailures.failure('chain', {
      what: `${source} begins with an authority’s certificate, ${nameOf(certificate)}, not with a server’s.`,
    });
  }
  if (purposes !== undefined && purposes.length > 0 && !purposes.includes(SERVER_AUTHENTICATION)) {
    throw certificateFailures.failure('chain', {
      what: `${source} is not for servers: its purposes do not name them.`,
    });
  }
  const all = [certificate, ...issuers];
  for (const [index, one] of all.entries()) {
    const next = all[index + 1];
    if (next === undefined) continue;
    if (!next.ca || !one.checkIssued(next) || !one.verify(next.publicKey)) {
      throw certificateFailures.failure('chain', {
        what: `${source} is not in order: ${nameOf(one)} was not issued by ${nameOf(next)}, which follows it.`,
      });
    }
  }
  if (issuers.length === 0 && !isIssuedByKnownRoot(certificate)) {
    throw certificateFailures.failure('chain', {
      what: `${source} lacks the certificate’s issuer, ${lineOf(certificate.issuer)}.`,
    });
  }
}

const isOwnIssuer = (certificate: X509Certificate) =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);

function isIssuedByKnownRoot(certificate: X509Certificate): boolean {
  return rootCertificates.some((pem) => {
    const root = new X509Certificate(pem);
    return certificate.checkIssued(root) && certificate.verify(root.publicKey);
  });
}

/** The names in the certificate, in small letters, as they are written there. */
export function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice(4).toLowerCase());
}

/** In hexadecimal, as OpenSSL and browsers show it. */
export const serialOf = (certificate: X509Certificate): string => certificate.serialNumber.toLowerCase();

/** Who issued it: the organisation with its own name for the key. */
export function issuerOf(certificate: X509Certificate): string {
  return lineOf(certificate.issuer);
}

export type PairKeyType = 'ecdsa-p256' | 'rsa-2048' | 'other';

export function keyTypeOf({ key }: Pair): PairKeyType {
  if (key.asymmetricKeyType === 'rsa') return key.asymmetricKeyDetails?.modulusLength === 2048 ? 'rsa-2048' : 'other';
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ecdsa-p256' : 'other';
}

/** The same certificate, whatever came with it. */
export const isSame = (one: Pair, other: Pair): boolean =>
  one.certificate.fingerprint256 === other.certificate.fingerprint256 && one.chainPem === other.chainPem;

function certificateOf(pem: string, source: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw unreadable(`${source} has a certificate that cannot be read.`);
  }
}

/** OpenSSL's words may quote what it read, so they are not handed on. */
function keyOf(pem: string, source: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) throw unreadable(`${source} has a private key that is protected by a passphrase.`);
  try {
    return createPrivateKey(pem);
  } catch {
    throw unreadable(`${source} has a private key that cannot be read.`);
  }
}

const unreadable = (what: string) => certificateFailures.failure('unreadable', { what });

const pemOf = (certificate: X509Certificate) => `${certificate.toString().trim()}\n`;

const time = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

const nameOf = (certificate: X509Certificate | undefined) =>
  (certificate && (lineOf(certificate.subject) || namesOf(certificate).join(', '))) || 'a certificate without a name';

/** A distinguished name in one line: organisation and common name. */
function lineOf(name: string | undefined): string {
  const parts = new Map(
    (name ?? '').split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return [parts.get('O'), parts.get('CN')].filter((part) => part !== undefined && part !== '').join(' ');
}
