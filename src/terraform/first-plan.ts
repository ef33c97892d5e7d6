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
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        'x-goog-generation': '1',
        'x-goog-metageneration': '1',
        'x-goog-stored-content-length': Buffer.byteLength(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && path === `/${object.bucket}/${object.path}`) return answer(200, 'application/json', object.content);
    if (reads && path === `/storage/v1/b/${object.bucket}/o`)
      return answer(200, 'application/json', JSON.stringify({ kind: 'storage#objects', items: [] }));
    const message = reads
      ? 'There is no such object before the first apply.'
      : 'A plan does not write to the state bucket.';
    const code = reads ? 404 : 403;
    answer(code, 'application/json', JSON.stringify({ error: { code, message } }));
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
