import { createServer, type Server } from 'node:http';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/exec/run.ts';

const CHART = fileURLToPath(new URL('./livekit-server', import.meta.url));
const types: Readonly<Record<string, string>> = { yaml: 'text/yaml', tgz: 'application/gzip' };

/** Packages the stand-in chart and its index, as `helm package` and `helm repo index` make them, into a fresh folder. */
export async function packageCharts(helm: string, folder: string, address: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // Nothing of the user's Helm settings, and nothing left in their home.
  const env = { PATH: process.env['PATH'], HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
  for (const args of [
    ['package', CHART, '--destination', folder],
    ['repo', 'index', folder, '--url', address],
  ]) {
    const { exitCode, stderr } = await run(helm, args, { env, timeoutSeconds: 60 });
    if (exitCode !== 0) throw new Error(`helm ${args[0]} failed: ${stderr.trim()}`);
  }
}

/** Serves the index and the packages, by GET or HEAD, and refuses all else. */
export async function serveCharts(folder: string): Promise<Server> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder)) {
    if (/\.(tgz|yaml)$/.test(name)) files.set(`/${name}`, await readFile(join(folder, name)));
  }
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://helm').pathname;
    const refuse = (status: number, words: string) => response.writeHead(status).end(`${words}\n`);
    console.log(`${request.method} ${path}`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'method not allowed');
    const content = files.get(path);
    if (content === undefined) return refuse(404, 'not found');
    response.writeHead(200, {
      'content-type': types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'content-length': content.byteLength,
    });
    response.end(request.method === 'HEAD' ? undefined : content);
  });
}
