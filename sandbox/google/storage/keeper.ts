import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const listing = z.object({
  items: z.array(z.object({ name: z.string(), generation: z.coerce.string() })).default([]),
});

/**
 * Keeps a bucket's objects in files, since the storage server keeps them in memory only: otherwise Terraform's state would be
 * gone after a restart while all that it made is still there. Newest generations only.
 */
export class BucketKeeper {
  private readonly address: string;
  private readonly bucket: string;
  private readonly directory: string;
  private readonly kept = new Map<string, string>();
  private saving: Promise<void> | undefined;
  private again = false;

  constructor(address: string, bucket: string, directory: string) {
    this.address = address;
    this.bucket = bucket;
    this.directory = directory;
  }

  /** Puts back what the server does not have; call it before anyone can write. */
  async load(): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const present = new Set((await this.objects()).map(({ name }) => name));
    for (const file of readdirSync(this.directory)) {
      const name = decodeURIComponent(file);
      if (file.endsWith('.new') || present.has(name)) continue;
      const url = `${this.address}/upload/storage/v1/b/${this.bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': name.endsWith('.json') ? 'application/json' : 'application/octet-stream' },
        body: readFileSync(join(this.directory, file)),
      });
      if (!answer.ok) throw new Error(`putting the object ${name} back gave status ${answer.status}`);
    }
    await this.save();
  }

  /** Something was written: saves it, one run at a time, and once more when something changed meanwhile. */
  save(): Promise<void> {
    if (this.saving) {
      this.again = true;
      return this.saving;
    }
    this.saving = this.run().finally(() => (this.saving = undefined));
    return this.saving;
  }

  private async run(): Promise<void> {
    do {
      this.again = false;
      const objects = await this.objects();
      for (const { name, generation } of objects) {
        if (this.kept.get(name) === generation) continue;
        const file = join(this.directory, encodeURIComponent(name));
        writeFileSync(`${file}.new`, await this.content(name), { mode: 0o600 });
        renameSync(`${file}.new`, file);
        this.kept.set(name, generation);
      }
      const names = new Set(objects.map(({ name }) => name));
      for (const file of readdirSync(this.directory)) {
        if (names.has(decodeURIComponent(file))) continue;
        rmSync(join(this.directory, file));
        this.kept.delete(decodeURIComponent(file));
      }
    } while (this.again);
  }

  private async objects(): Promise<{ name: string; generation: string }[]> {
    const answer = await fetch(`${this.address}/storage/v1/b/${this.bucket}/o`);
    return listing.parse(await answer.json()).items;
  }

  private async content(name: string): Promise<Buffer> {
    const answer = await fetch(`${this.address}/storage/v1/b/${this.bucket}/o/${encodeURIComponent(name)}?alt=media`);
    return Buffer.from(await answer.arrayBuffer());
  }
}
