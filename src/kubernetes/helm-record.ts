import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { resource } from './resources.ts';

/** Where Helm keeps a revision of a release: `sh.helm.release.v1.<release>.v<revision>`, with the labels owner, name, status and version. */
export const helmRecords = resource(
  'v1',
  'Secret',
  'secrets',
  z.object({
    metadata: z.object({ name: z.string() }),
    data: z.object({ release: z.string().default('') }).prefault({}),
  }),
);

/** Helm writes gzip in base64, and Kubernetes base64 of that; what is none of it has no text. */
export function recordText(data: string): string {
  try {
    const zipped = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
    return gunzipSync(zipped, { maxOutputLength: 64 * 1024 * 1024 }).toString('utf8');
  } catch {
    return '';
  }
}
