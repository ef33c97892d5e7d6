import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const versionSchema = z.object({
  number: z.int().min(1),
  state: z.enum(['ENABLED', 'DISABLED', 'DESTROYED']),
  createTime: z.string(),
  destroyTime: z.string().optional(),
});
export type SecretVersion = z.output<typeof versionSchema>;

/**
 * Versions of secrets and their payloads, under `<directory>/<secret>/`: `versions.json`, and a file of mode 0600 for each
 * payload. A number is never given twice, not even after its version was destroyed.
 */
export class SecretVersions {
  private readonly directory: string;
  private readonly now: () => number;

  constructor(directory: string, now: () => number) {
    this.directory = directory;
    this.now = now;
  }

  /** Oldest first. */
  list(secret: string): SecretVersion[] {
    const file = join(this.directory, secret, 'versions.json');
    return existsSync(file) ? z.array(versionSchema).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  }

  /** `latest` is the newest version, whatever its state, as Google has it. */
  find(secret: string, version: string): SecretVersion | undefined {
    const versions = this.list(secret);
    return version === 'latest' ? versions.at(-1) : versions.find(({ number }) => String(number) === version);
  }

  add(secret: string, payload: Uint8Array): SecretVersion {
    const versions = this.list(secret);
    const version: SecretVersion = {
      number: (versions.at(-1)?.number ?? 0) + 1,
      state: 'ENABLED',
      createTime: new Date(this.now()).toISOString(),
    };
    mkdirSync(join(this.directory, secret), { recursive: true, mode: 0o700 });
    writeFileSync(this.payloadFile(secret, version.number), payload, { mode: 0o600 });
    this.save(secret, [...versions, version]);
    return version;
  }

  payload(secret: string, number: number): Buffer {
    return readFileSync(this.payloadFile(secret, number));
  }

  setState(secret: string, number: number, state: SecretVersion['state']): SecretVersion {
    const versions = this.list(secret).map((version) =>
      version.number === number
        ? { ...version, state, ...(state === 'DESTROYED' ? { destroyTime: new Date(this.now()).toISOString() } : {}) }
        : version,
    );
    if (state === 'DESTROYED') rmSync(this.payloadFile(secret, number), { force: true });
    this.save(secret, versions);
    const changed = versions.find((version) => version.number === number);
    if (!changed) throw new Error(`Secret ${secret} has no version ${number}.`);
    return changed;
  }

  /** The secret itself was deleted, and all versions with it. */
  drop(secret: string): void {
    rmSync(join(this.directory, secret), { recursive: true, force: true });
  }

  private payloadFile(secret: string, number: number): string {
    return join(this.directory, secret, String(number));
  }

  private save(secret: string, versions: readonly SecretVersion[]): void {
    const file = join(this.directory, secret, 'versions.json');
    writeFileSync(`${file}.new`, JSON.stringify(versions, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
