import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

export interface UpstreamRequest {
  readonly method: string;
  /** Path with query, encoded. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Readable | Buffer;
}

/** The storage server behind the front. It knows nothing of identities and is reached by nobody else. */
export class Upstream {
  private readonly address: URL;

  constructor(address: string) {
    this.address = new URL(address);
  }

  /** Resolves with the head of the answer; its body is still to be read. */
  send({ method, path, headers = {}, body }: UpstreamRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port, host } = this.address;
      const request = httpRequest({ hostname, port, method, path, headers: { ...headers, host } });
      request.on('response', resolve);
      request.on('error', reject);
      if (body === undefined || Buffer.isBuffer(body)) {
        request.end(body);
        return;
      }
      body.on('error', (error) => request.destroy(error));
      body.pipe(request);
    });
  }

  /** Whether the object is there now. */
  async exists(bucket: string, object: string): Promise<boolean> {
    const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
    const answer = await this.send({ method: 'GET', path });
    answer.resume();
    return answer.statusCode === 200;
  }

  /** Makes the bucket, with versions, unless it is there. Waits for the server itself, at most `timeoutMs`. */
  async ensureBucket(bucket: string, project: string, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        await this.createBucket(bucket, project);
        return;
      } catch (error) {
        if (Date.now() > deadline)
          throw new Error(`The storage server at ${this.address.href} does not answer.`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  private async createBucket(bucket: string, project: string): Promise<void> {
    const found = await this.send({ method: 'GET', path: `/storage/v1/b/${bucket}` });
    found.resume();
    if (found.statusCode === 200) return;
    const made = await this.send({
      method: 'POST',
      path: `/storage/v1/b?project=${project}`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ name: bucket, versioning: { enabled: true } })),
    });
    made.resume();
    if (made.statusCode !== 200) throw new Error(`making the bucket ${bucket} gave status ${made.statusCode ?? 0}`);
  }
}
