import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { may } from '../access.ts';
import type { Cloud } from '../service.ts';
import { nameOf } from '../tokens.ts';
import type { Identity } from '../tokens.ts';
import { anonymous, forbidden, insufficient, invalidCredentials, sendError, StorageError, unserved } from './errors.ts';
import { operationOf } from './operation.ts';
import type { Operation } from './operation.ts';
import { uploadName } from './upload-name.ts';
import type { Upstream } from './upstream.ts';

const host = 'storage.googleapis.com';
const scope = 'https://www.googleapis.com/auth/';
const readScopes = ['cloud-platform', 'devstorage.read_only', 'devstorage.read_write', 'devstorage.full_control'];
const writeScopes = ['cloud-platform', 'devstorage.read_write', 'devstorage.full_control'];

/**
 * Cloud Storage's address: checks who asks and what they may do with that object, then hands the request on to the storage
 * server, streaming; `changed` is told of every write that was done. What the server does otherwise than Google is put right on the way (403 in place of 404, 204, Location).
 */
export function createStorageFront(
  cloud: Cloud,
  upstream: Upstream,
  report: (error: unknown) => void,
  changed: () => void = () => undefined,
): Server {
  /** Resumable uploads under way, by the upload's id: the id alone is what lets a client go on. */
  const sessions = new Map<string, Session>();

  return createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      report(error);
      if (response.headersSent) response.destroy();
      else
        sendError(
          response,
          'json',
          new StorageError(
            503,
            'backendError',
            'ServiceUnavailable',
            'We encountered an internal error. Please try again.',
          ),
        );
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const path = url.pathname;
    const exchange: Exchange = { request, response, url, method, identity: undefined };
    response.on('close', () => {
      if (method !== 'GET' && response.headersSent && response.statusCode < 300) changed();
      cloud.journal.add({
        time: new Date(cloud.now()).toISOString(),
        method,
        host,
        path: readable(path),
        identity: exchange.identity ? nameOf(exchange.identity) : '-',
        status: response.headersSent ? response.statusCode : 0,
        milliseconds: Math.round(performance.now() - started),
      });
    });
    const fault = cloud.faults.take(host, method, readable(path), readable(url.search));
    if (fault && fault.delayMs > 0) await sleep(fault.delayMs);
    if (fault?.status !== undefined) {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body === undefined ? '' : JSON.stringify(fault.body));
      return;
    }
    const operation = operationOf(method, path, url.searchParams);
    try {
      if (!operation) throw unserved(method, readable(path));
      await serve(operation, exchange);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      request.resume();
      sendError(response, operation?.api === 'xml' ? 'xml' : 'json', error);
    }
  }

  async function serve(operation: Operation, exchange: Exchange): Promise<void> {
    const { request, url } = exchange;
    if (operation.api === 'upload-session') {
      const id = url.searchParams.get('upload_id') ?? '';
      const session = sessions.get(id);
      if (!session) throw new StorageError(404, 'notFound', 'NoSuchUpload', 'The upload session does not exist.');
      exchange.identity = session.identity;
      if (asksHowFar(exchange, session)) return;
      await forward(operation, exchange, url.pathname + url.search);
      return;
    }

    const identity = authenticate(operation, request.headers.authorization);
    exchange.identity = identity;
    if (operation.kind !== 'objects.create') {
      await authorize(operation, identity);
      await forward(operation, exchange, pathOf(operation, url));
      return;
    }
    if (operation.object !== undefined) {
      await authorize(operation, identity);
      await forward(operation, exchange, url.pathname + url.search);
      return;
    }
    // The name of the object is in the first part of the body, which must be read before anything can be decided.
    const body = await wholeBody(request);
    const object = uploadName(request.headers['content-type'] ?? '', body);
    if (object === undefined) throw new StorageError(400, 'required', 'InvalidArgument', 'Required parameter: name');
    await authorize({ ...operation, object }, identity);
    await forward(operation, exchange, url.pathname + url.search, body);
  }

  function authenticate(operation: Operation, authorization: string | undefined): Identity {
    if (authorization === undefined) throw anonymous(`storage.${operation.kind}`);
    const bearer = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
    const found = cloud.tokens.find(bearer);
    if (typeof found === 'string') throw invalidCredentials();
    const accepted = /\.(get|list)$/.test(operation.kind) ? readScopes : writeScopes;
    if (!found.scopes.some((name) => accepted.includes(name.replace(scope, '')))) throw insufficient();
    return found.identity;
  }

  async function authorize({ kind, bucket, object, target }: Operation, identity: Identity): Promise<void> {
    const bucketName = `projects/_/buckets/${bucket}`;
    if (kind === 'objects.copy') {
      demand('storage.objects.get', `${bucketName}/objects/${object ?? ''}`, identity);
      await demandCreate(target?.bucket ?? '', target?.object ?? '', identity);
    } else if (kind === 'objects.create') {
      await demandCreate(bucket, object ?? '', identity);
    } else if (kind.startsWith('objects.') && object !== undefined) {
      demand(`storage.${kind}`, `${bucketName}/objects/${object}`, identity);
    } else {
      demand(`storage.${kind}`, bucket === '' ? `projects/${cloud.config.project.id}` : bucketName, identity);
    }
  }

  /** Replacing an object needs the right to delete it as well. */
  async function demandCreate(bucket: string, object: string, identity: Identity): Promise<void> {
    const resource = `projects/_/buckets/${bucket}/objects/${object}`;
    demand('storage.objects.create', resource, identity);
    if (!allowed('storage.objects.delete', resource, identity) && (await upstream.exists(bucket, object))) {
      throw forbidden(nameOf(identity), 'storage.objects.delete');
    }
  }

  function demand(permission: string, resource: string, identity: Identity): void {
    if (!allowed(permission, resource, identity)) throw forbidden(nameOf(identity), permission);
  }

  function allowed(permission: string, resource: string, identity: Identity): boolean {
    return may(cloud.identities(), identity, permission, resource, cloud.config.project.id);
  }

  async function forward(operation: Operation, exchange: Exchange, path: string, body?: Buffer): Promise<void> {
    const { request, response, method, identity } = exchange;
    const answered = await upstream.send({ method, path, headers: handedOn(request.headers), body: body ?? request });
    let status = answered.statusCode ?? 502;
    if (status === 404 && operation.kind === 'objects.get' && identity) {
      // Google does not tell one who may not list the bucket that an object is absent.
      if (!allowed('storage.objects.list', `projects/_/buckets/${operation.bucket}`, identity)) {
        answered.resume();
        throw forbidden(nameOf(identity), 'storage.objects.list');
      }
      if (operation.api === 'xml') {
        answered.resume();
        throw new StorageError(
          404,
          'notFound',
          'NoSuchKey',
          `No such object: ${operation.bucket}/${operation.object ?? ''}`,
        );
      }
    }
    if (status === 200 && operation.kind === 'objects.delete') {
      answered.resume();
      response.writeHead(204).end();
      return;
    }
    const headers: OutgoingHttpHeaders = { ...answered.headers };
    const { location } = answered.headers;
    if (location !== undefined) {
      const session = new URL(location, cloud.config.addresses.storage);
      const id = session.searchParams.get('upload_id');
      if (id !== null && identity) sessions.set(id, { identity, receivedBytes: 0 });
      headers['location'] = `${cloud.config.addresses.storage}${session.pathname}${session.search}`;
    }
    const upload = sessions.get(exchange.url.searchParams.get('upload_id') ?? '');
    const end = /^bytes \d+-(\d+)\//.exec(request.headers['content-range'] ?? '')?.[1];
    if (upload && end !== undefined && status === 308) upload.receivedBytes = Number(end) + 1;
    status = operation.kind === 'buckets.delete' && status === 200 ? 204 : status;
    response.writeHead(status, headers);
    answered.on('error', () => response.destroy());
    answered.pipe(response);
  }
}

/** A resumable upload under way. */
interface Session {
  readonly identity: Identity;
  receivedBytes: number;
}

/** Answers a client that asks how far its upload is; the storage server would take the question for the end of the upload. */
function asksHowFar({ request, response, method }: Exchange, { receivedBytes }: Session): boolean {
  const [, total] = /^bytes \*\/(\*|\d+)$/.exec(request.headers['content-range'] ?? '') ?? [];
  if (method !== 'PUT' || total === undefined || total === String(receivedBytes)) return false;
  request.resume();
  response.writeHead(308, receivedBytes === 0 ? {} : { range: `bytes=0-${receivedBytes - 1}` }).end();
  return true;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
  identity: Identity | undefined;
}

/** A download by the XML API is the JSON API's download: the storage server then needs not know under what name it is reached. */
function pathOf(operation: Operation, url: URL): string {
  if (operation.api !== 'xml') return url.pathname + url.search;
  const query = new URLSearchParams(url.searchParams);
  query.set('alt', 'media');
  const object = encodeURIComponent(operation.object ?? '');
  return `/download/storage/v1/b/${operation.bucket}/o/${object}?${query.toString()}`;
}

const ownHeaders = ['authorization', 'host', 'connection', 'expect'];

function handedOn(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)));
}

function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
