import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { certificateId } from './certificate-id.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-id-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate by openssl, with the serial number and these extensions. */
function make(serial: string, ...extensions: string[]): string {
  const file = join(folder, 'certificate.pem');
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', file, '-subj', '/CN=a.test', '-set_serial', serial, ...added],
    ],
    { stdio: 'ignore' },
  );
  return readFileSync(file, 'utf8');
}

// The key identifier and serial number of the example in RFC 9773, section 4.1.
const KEY = '69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4';

test('is the issuer’s key and the serial number, whose sign byte belongs to it', () => {
  const pem = make('0x8765432101', `subjectKeyIdentifier=${KEY}`, 'authorityKeyIdentifier=keyid:always');
  expect(certificateId(pem)).toBe(
    `${Buffer.from(KEY.replaceAll(':', ''), 'hex').toString('base64url')}.${Buffer.from('008765432101', 'hex').toString('base64url')}`,
  );
  expect(certificateId(pem)).toMatch(/^aYhba4dGQEHhs3uEe6CuLN4ByNQ\.AIdlQyEB$/);
});

test('is that of the first certificate of a chain', () => {
  const [first, second] = ['0x11', '0x22'].map((serial) =>
    make(serial, 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always'),
  );
  expect(certificateId(`${first}${second}`)).toMatch(/\.EQ$/);
});

test('is not there without an authority key identifier', () => {
  expect(() => certificateId(make('0x11', 'authorityKeyIdentifier=none'))).toThrow(/names no key of its issuer/);
});
