import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

/** One file out of a zip archive. Fails when it is not in there. */
export function readZipMember(archive: Buffer, name: string): Buffer {
  for (const entry of entries(archive)) if (entry.name === name) return contentOf(archive, entry.at);
  throw new Error(`${name} is not in the archive`);
}

/** All files of a zip archive, by name. */
export function readZip(archive: Buffer): Map<string, Buffer> {
  return new Map([...entries(archive)].map(({ name, at }) => [name, contentOf(archive, at)]));
}

/** The directory of an archive (APPNOTE 6.3, stored or deflated, below 4 GiB): each name, and where its entry stands. */
function* entries(archive: Buffer): Generator<{ name: string; at: number }> {
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('this is not a zip archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0 && archive.readUInt32LE(at) === ENTRY; left--) {
    const lengths = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths;
    yield { name: archive.toString('utf8', at + 46, at + 46 + nameLength), at };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

function contentOf(archive: Buffer, entry: number): Buffer {
  const header = archive.readUInt32LE(entry + 42);
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const packed = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
  return archive.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(packed) : packed;
}
