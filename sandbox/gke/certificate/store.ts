import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeState } from '../../state.ts';

const Stored = z.object({
  /** Of the ManagedCertificate: another one of the same name begins anew. */
  uid: z.string(),
  name: z.string(),
  domains: z.array(z.string()),
  expireTime: z.string(),
  certificate: z.string(),
  key: z.string(),
});
export type Stored = z.infer<typeof Stored>;

/** Certificates that were issued, by namespace and name of their ManagedCertificate; kept over `down` and `up`. */
export class CertificateStore {
  private readonly folder: string;
  private readonly all: Map<string, Stored>;

  constructor(directory: string) {
    this.folder = join(directory, 'gke');
    this.all = new Map(Object.entries(read(join(this.folder, 'certificates.json'))));
  }

  get(key: string): Stored | undefined {
    return this.all.get(key);
  }

  put(key: string, stored: Stored | undefined): void {
    if (stored) this.all.set(key, stored);
    else if (!this.all.delete(key)) return;
    writeState(this.folder, 'certificates.json', Object.fromEntries(this.all));
  }

  keys(): string[] {
    return [...this.all.keys()];
  }
}

function read(file: string): Record<string, Stored> {
  try {
    return z.record(z.string(), Stored).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}
