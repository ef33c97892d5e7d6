import { X509Certificate } from 'node:crypto';
import { acmeFailures } from './failures.ts';

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const EXTENSIONS = 0xa3;
const KEY_IDENTIFIER = 0x80;
/** 2.5.29.35 */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from('551d23', 'hex');

/**
 * The certificate's name in renewal information and in an order's `replaces` (RFC 9773, section 4.1): the authority's key
 * identifier and the serial number's DER content, each in base64url. Of a chain the first certificate counts. Throws
 * LK-ACME-020 for a certificate without either.
 */
export function certificateId(certificatePem: string): string {
  const [certificate] = children(new X509Certificate(certificatePem).raw);
  const fields = children(children(certificate?.content ?? Buffer.alloc(0))[0]?.content ?? Buffer.alloc(0));
  const serial = fields.find(({ tag }) => tag === INTEGER)?.content;
  const extensions = children(fields.find(({ tag }) => tag === EXTENSIONS)?.content ?? Buffer.alloc(0))[0];
  const values = children(extensions?.content ?? Buffer.alloc(0)).map(({ content }) => children(content));
  const authority = values.find(([oid]) => oid?.content.equals(AUTHORITY_KEY_IDENTIFIER))?.at(-1);
  const [sequence] = children(authority?.content ?? Buffer.alloc(0));
  const parts = sequence?.tag === SEQUENCE ? children(sequence.content) : [];
  const keyIdentifier = parts.find(({ tag }) => tag === KEY_IDENTIFIER)?.content;
  if (serial === undefined || keyIdentifier === undefined) {
    throw acmeFailures.failure('answer', {
      what: 'The certificate names no key of its issuer (authority key identifier), so it has no id for renewal information.',
      fix: 'Nothing is wrong with the certificate; it is renewed at two thirds of its lifetime.',
    });
  }
  return `${keyIdentifier.toString('base64url')}.${serial.toString('base64url')}`;
}

/** The elements that stand one after the other in a DER encoding. Malformed lengths end it. */
function children(der: Buffer): Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset + 2 <= der.length;) {
    const first = der[offset + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first & 0x7f;
    if (extra > 4 || offset + 2 + extra > der.length) return elements;
    const length = extra === 0 ? first : der.readUIntBE(offset + 2, extra);
    const start = offset + 2 + extra;
    elements.push({ tag: der[offset] ?? 0, content: der.subarray(start, start + length) });
    offset = start + length;
  }
  return elements;
}
