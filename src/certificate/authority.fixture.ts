import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../exec/run.ts';

export interface Leaf {
  readonly names: readonly string[];
  readonly days?: number;
  /** OpenSSL's words for a key: `EC -pkeyopt ec_paramgen_curve:P-256`. */
  readonly key?: readonly string[];
  readonly purpose?: 'serverAuth' | 'clientAuth';
}

const EC = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A root, an issuer under it and servers' certificates, all made by OpenSSL. */
export class TestAuthority {
  readonly #directory: string;
  root = '';
  issuer = '';
  #count = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(): Promise<TestAuthority> {
    const authority = new TestAuthority(await mkdtemp(join(tmpdir(), 'authority-')));
    const ca = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n';
    await authority.#key('root', EC);
    await authority.#openssl(
      'req',
      '-x509',
      '-key',
      'root.key',
      '-subj',
      '/O=Nova/CN=Root',
      '-days',
      '3650',
      '-out',
      'root.pem',
    );
    await authority.#sign('issuer', '/O=Nova/CN=Issuer 1', ca, 'root', 3000, EC);
    authority.root = await authority.#read('root.pem');
    authority.issuer = await authority.#read('issuer.pem');
    return authority;
  }

  /** Certificate, its issuer and its key, as PEM. */
  async issue({ names, days = 90, key = EC, purpose = 'serverAuth' }: Leaf) {
    const file = `leaf-${++this.#count}`;
    const extensions = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\nextendedKeyUsage=${purpose}\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n`;
    await this.#sign(file, '/', extensions, 'issuer', days, key);
    const certificate = await this.#read(`${file}.pem`);
    return { certificate, chain: `${certificate}${this.issuer}`, key: await this.#read(`${file}.key`) };
  }

  async selfSigned(name: string) {
    await this.#key('self', EC);
    await this.#openssl(
      'req',
      '-x509',
      '-key',
      'self.key',
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
      '-days',
      '90',
      '-out',
      'self.pem',
    );
    return { certificate: await this.#read('self.pem'), key: await this.#read('self.key') };
  }

  /** A private key that asks for a passphrase. */
  async encryptedKey(): Promise<string> {
    await this.#key('plain', EC);
    await this.#openssl('pkey', '-in', 'plain.key', '-aes256', '-passout', 'pass:secret', '-out', 'encrypted.key');
    return this.#read('encrypted.key');
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }

  async #sign(file: string, subject: string, extensions: string, by: string, days: number, key: readonly string[]) {
    await this.#key(file, key);
    await writeFile(join(this.#directory, `${file}.ext`), extensions);
    await this.#openssl('req', '-new', '-key', `${file}.key`, '-subj', subject, '-out', `${file}.csr`);
    await this.#openssl(
      'x509',
      '-req',
      '-in',
      `${file}.csr`,
      '-CA',
      `${by}.pem`,
      '-CAkey',
      `${by}.key`,
      '-CAcreateserial',
      '-days',
      String(days),
      '-extfile',
      `${file}.ext`,
      '-out',
      `${file}.pem`,
    );
  }

  #key(file: string, words: readonly string[]): Promise<void> {
    return this.#openssl('genpkey', '-algorithm', ...words, '-out', `${file}.key`);
  }

  async #openssl(...args: string[]): Promise<void> {
    const { exitCode, stderr } = await run('openssl', args, { cwd: this.#directory, timeoutSeconds: 30 });
    if (exitCode !== 0) throw new Error(`openssl ${args[0] ?? ''}: ${stderr}`);
  }

  #read(file: string): Promise<string> {
    return readFile(join(this.#directory, file), 'utf8');
  }
}
