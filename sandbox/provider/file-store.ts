import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, type Resource, type ResourceStore } from './store.ts';
import { isObject, type ObjectValue, type Value } from './value.ts';

/**
 * Resources as files, one each, under `directory/<type>/`: several provider processes write at once. Write-only values
 * lie beside them, readable by the owner only, as Secret Manager would keep them. No world computes anything here.
 */
export function fileStore(directory: string): ResourceStore {
  const fileOf = (type: string, key: string): string => join(directory, type, fileName(key));
  return {
    async create(type, key, resource) {
      if ((await read(fileOf(type, key))) !== null) throw new StoreError(409, `Resource '${key}' already exists`);
      await write(fileOf(type, key), key, resource);
      return resource.attributes;
    },
    read: (type, key) => read(fileOf(type, key)),
    async update(type, key, resource) {
      if ((await read(fileOf(type, key))) === null) throw new StoreError(404, `Resource '${key}' was not found`);
      await write(fileOf(type, key), key, resource);
      return resource.attributes;
    },
    async remove(type, key) {
      await rm(fileOf(type, key), { force: true });
      await rm(writeOnlyFile(fileOf(type, key)), { force: true });
    },
    async keys(type) {
      const names = await readdir(join(directory, type)).catch(() => []);
      const files = names.filter((name) => name.endsWith('.json') && !name.endsWith('.write-only.json'));
      // what another process removes meanwhile is not there
      const documents = await Promise.all(files.map((name) => textOf(join(directory, type, name))));
      return documents.flatMap((document) =>
        document === null ? [] : [(JSON.parse(document) as { key: string }).key],
      );
    },
  };
}

/** The key itself where a file may be called so, else its digest. */
function fileName(key: string): string {
  const name = encodeURIComponent(key);
  return `${name.length <= 180 ? name : createHash('sha256').update(key).digest('hex')}.json`;
}

function writeOnlyFile(file: string): string {
  return file.replace(/\.json$/, '.write-only.json');
}

function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
}

async function read(file: string): Promise<ObjectValue | null> {
  const text = await textOf(file);
  if (text === null) return null;
  const document = JSON.parse(text) as Value;
  const attributes = isObject(document) ? document['attributes'] : undefined;
  if (!isObject(attributes)) throw new Error(`${file} holds no resource`);
  return attributes;
}

async function write(file: string, key: string, { attributes, writeOnly }: Resource): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await replace(file, JSON.stringify({ key, attributes }, null, 1), 0o644);
  if (Object.keys(writeOnly).length > 0) await replace(writeOnlyFile(file), JSON.stringify(writeOnly), 0o600);
}

/** Whole or not at all: another process may read at the same time. */
async function replace(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content, { mode });
  await rename(draft, file);
}
