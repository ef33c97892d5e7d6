import { X509Certificate, createPrivateKey } from 'node:crypto';
import { selfSignedCertificate } from './certificate.ts';

describe('the certificate of the plug-in connection', () => {
  const made = selfSignedCertificate(new Date('2026-01-01T12:00:00Z'));
  const certificate = new X509Certificate(made.der);

  test('is for localhost, signed by itself, and its own authority, as Terraform checks it', () => {
    expect(certificate.subjectAltName).toBe('DNS:localhost');
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
  });

  test('belongs to the private key', () => {
    expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
    expect(new X509Certificate(made.certificatePem).raw).toEqual(made.der);
  });

  test('is valid for a day from an hour ago', () => {
    expect(certificate.validFromDate.toISOString()).toBe('2026-01-01T11:00:00.000Z');
    expect(certificate.validToDate.toISOString()).toBe('2026-01-02T12:00:00.000Z');
  });

  test('has a serial number of its own', () => {
    expect(new X509Certificate(selfSignedCertificate().der).serialNumber).not.toBe(certificate.serialNumber);
  });
});
