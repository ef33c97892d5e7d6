import { X509Certificate, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly privateKeyPem: string;
  readonly certificatePem: string;
  /** The certificate itself in DER, as the plug-in handshake carries it. */
  readonly der: Buffer;
}

const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  subjectAlternativeName: '551d11',
  serverAuthentication: '2b06010505070301',
  clientAuthentication: '2b06010505070302',
} as const;

/** A self-signed certificate for `localhost`, ECDSA P-256, valid from an hour ago for a day: one for each process, kept in memory only. */
export function selfSignedCertificate(now = new Date()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('ecdsaWithSha256'));
  const name = sequence(tagged(0x31, sequence(oid('commonName'), tagged(0x0c, Buffer.from('localhost')))));
  const hour = 3_600_000;
  const validity = sequence(time(new Date(now.getTime() - hour)), time(new Date(now.getTime() + 24 * hour)));
  const serial = randomBytes(12);
  serial[0] = 0x40 | (serial[0]! & 0x3f); // positive and without a leading zero
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions())),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    der,
    certificatePem: new X509Certificate(der).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Terraform puts this certificate into its pool of authorities, so it must be one. */
function extensions(): Buffer[] {
  return [
    extension('basicConstraints', true, sequence(tagged(0x01, Buffer.from([0xff])))),
    extension('keyUsage', true, tagged(0x03, Buffer.from([0x02, 0xac]))), // signature, encipherment, agreement, certificate signing
    extension('extendedKeyUsage', false, sequence(oid('serverAuthentication'), oid('clientAuthentication'))),
    extension('subjectAlternativeName', false, sequence(tagged(0x82, Buffer.from('localhost')))),
  ];
}

function extension(name: keyof typeof OID, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(name), ...(critical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, value));
}

function time(value: Date): Buffer {
  const digits = value.toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function oid(name: keyof typeof OID): Buffer {
  return tagged(0x06, Buffer.from(OID[name], 'hex'));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
