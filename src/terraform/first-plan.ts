import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { backendEndpoint } from './environment.ts';

export interface FirstPlan {
  /** What makes Terraform's backend read the empty state from here. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Before an environment's first apply there is no state, and Terraform's gcs backend insists on locking and writing an
 * empty one at init, which the plan's identity may not do, and should not. So for the first plan its reads are answered
 * by this loopback server: the empty state, and nothing else; writes are refused. The plan's file remembers bucket and
 * prefix only, not this address, and apply writes the very same empty state before it applies.
 */
export async function serveFirstState(object: { bucket: string; path: string; content: string }): Promise<FirstPlan> {
  const metadata = {
    kind: 'storage#object',
    bucket: object.bucket,
    name: object.path,
    generation: '1',
    metageneration: '1',
    contentType: 'application/json',
    size: `${Buffer.byteLength(object.content)}`,
    md5Hash: createHash('md5').update(object.content).digest('base64'),
  };
  const answers: Record<string, string> = {
    [`/${object.bucket}/${object.path}`]: object.content,
    [`/storage/v1/b/${object.bucket}/o/${object.path}`]: JSON.stringify(metadata),
    [`/storage/v1/b/${object.bucket}/o`]: JSON.stringify({ kind: 'storage#objects', items: [] }),
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const found = reads ? answers[path] : undefined;
    const status = found !== undefined ? 200 : reads ? 404 : 403;
    const message = reads ? 'There is no such object before the first apply.' : 'A plan does not write to the bucket.';
    const body = found ?? JSON.stringify({ error: { code: status, message } });
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-goog-generation': '1',
      'x-goog-metageneration': '1',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    environment: backendEndpoint(`http://127.0.0.1:${port}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
