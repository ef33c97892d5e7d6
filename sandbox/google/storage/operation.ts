/** What a request to Cloud Storage is, in the terms of its permissions. */
export interface Operation {
  readonly api: 'json' | 'xml' | 'upload-session';
  readonly kind:
    | 'buckets.list'
    | 'buckets.create'
    | 'buckets.get'
    | 'buckets.update'
    | 'buckets.delete'
    | 'objects.list'
    | 'objects.get'
    | 'objects.create'
    | 'objects.update'
    | 'objects.delete'
    | 'objects.copy';
  readonly bucket: string;
  /** Absent for a bucket, and for an upload whose name is in its body. */
  readonly object?: string;
  /** Where a copy goes. */
  readonly target?: { readonly bucket: string; readonly object: string };
  /** The object's content, not its metadata. */
  readonly media?: boolean;
}

/**
 * Reads the operation off method and path, as the JSON API (`/storage/v1/b/...`, `/upload/...`, `/download/...`) and the XML
 * API (`/<bucket>/<object>`) have them; undefined for what the stand-in does not serve.
 */
export function operationOf(method: string, path: string, query: URLSearchParams): Operation | undefined {
  const json =
    /^\/(upload\/|download\/)?(?:storage|resumable\/upload\/storage)\/v1\/b(?:\/([^/]+))?(?:\/o(?:\/(.+))?)?$/.exec(
      path,
    );
  if (json) {
    const [, prefix = '', bucket = '', object] = json;
    const onObjects = /\/o(\/|$)/.test(path.slice(path.indexOf('/b') + 2));
    if (prefix === 'upload/') return upload(method, decodeURIComponent(bucket), query);
    return jsonOperation(method, decodeURIComponent(bucket), onObjects, object, prefix === 'download/', query);
  }
  if (/^\/(storage|upload|download|batch|resumable|_internal|sandbox)\b/.test(path)) return undefined;
  const xml = /^\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])\/(.+)$/.exec(path);
  if (!xml || !['GET', 'HEAD'].includes(method)) return undefined;
  const [, bucket = '', object = ''] = xml;
  return { api: 'xml', kind: 'objects.get', bucket, object: decodeURIComponent(object), media: true };
}

function upload(method: string, bucket: string, query: URLSearchParams): Operation | undefined {
  if (query.has('upload_id')) {
    return ['PUT', 'POST', 'DELETE'].includes(method)
      ? { api: 'upload-session', kind: 'objects.create', bucket }
      : undefined;
  }
  if (method !== 'POST') return undefined;
  const name = query.get('name');
  return { api: 'json', kind: 'objects.create', bucket, ...(name === null ? {} : { object: name }) };
}

function jsonOperation(
  method: string,
  bucket: string,
  onObjects: boolean,
  rest: string | undefined,
  download: boolean,
  query: URLSearchParams,
): Operation | undefined {
  const api = 'json' as const;
  if (rest !== undefined) {
    const copy = /^([^/]+)\/(?:rewriteTo|copyTo)\/b\/([^/]+)\/o\/([^/]+)$/.exec(rest);
    if (copy && method === 'POST') {
      const [, object = '', targetBucket = '', targetObject = ''] = copy.map((part) => decodeURIComponent(part));
      return { api, kind: 'objects.copy', bucket, object, target: { bucket: targetBucket, object: targetObject } };
    }
    if (rest.includes('/')) return undefined;
    const kind = ({ GET: 'get', PATCH: 'update', PUT: 'update', DELETE: 'delete' } as const)[method];
    if (kind === undefined) return undefined;
    const media = download || query.get('alt') === 'media';
    return { api, kind: `objects.${kind}`, bucket, object: decodeURIComponent(rest), ...(media ? { media } : {}) };
  }
  if (onObjects) return method === 'GET' ? { api, kind: 'objects.list', bucket } : undefined;
  if (bucket === '') {
    if (method === 'GET') return { api, kind: 'buckets.list', bucket };
    return method === 'POST' ? { api, kind: 'buckets.create', bucket } : undefined;
  }
  const kind = ({ GET: 'get', PATCH: 'update', PUT: 'update', DELETE: 'delete' } as const)[method];
  return kind === undefined ? undefined : { api, kind: `buckets.${kind}`, bucket };
}
