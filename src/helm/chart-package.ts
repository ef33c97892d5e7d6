import { gunzipSync } from 'node:zlib';

const BLOCK = 512;
const REGULAR = new Set(['0', '\0']);

/**
 * Files of a chart's package (a gzipped tar archive, POSIX.1-1988 ustar), by their path inside of the chart's folder. Throws on
 * what is no such archive.
 */
export function chartFiles(archive: Uint8Array, wanted: readonly string[]): Map<string, string> {
  const tar = gunzipSync(archive);
  const found = new Map<string, string>();
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    const path = text(header, 0, 100);
    // The end of the archive is blocks of zeros.
    if (path === '') break;
    const size = Number.parseInt(text(header, 124, 136), 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('it is no tar archive');
    const from = at + BLOCK;
    const name = path.slice(path.indexOf('/') + 1);
    if (REGULAR.has(String.fromCharCode(header[156] ?? 0)) && wanted.includes(name)) {
      found.set(name, tar.toString('utf8', from, from + size));
    }
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

/** A field of a header, up to its first zero. */
function text(header: Buffer, from: number, to: number): string {
  return header.toString('utf8', from, to).split('\0', 1)[0]?.trim() ?? '';
}
