import { z } from 'zod';
import { retry } from '../failure/retry.ts';
import type { KubernetesAccess } from './access.ts';
import { kubernetesFailures } from './failures.ts';
import { type Manifest, manifestPath, type ResourceKind, resourcePath } from './resources.ts';
import { type PodCommand, runInPod } from './run-in-pod.ts';
import { Answer, type KubernetesRequest, type Transport, transport, type TransportOptions } from './transport.ts';

/** Owner of what the suite applies, in every object's managed fields. */
export const FIELD_MANAGER = 'livekit-gke';

const EXEC_SECONDS = 20;

/** What the suite does with a cluster. All answers are checked by the kind's schema; LK-KUBE-001 to -005 are thrown. */
export interface Kubernetes {
  readonly server: string;
  /** `undefined` when there is none. */
  get<T>(kind: ResourceKind<T>, namespace: string | undefined, name: string): Promise<T | undefined>;
  list<T>(kind: ResourceKind<T>, namespace: string | undefined, selector?: Selector): Promise<T[]>;
  /** Server-side apply by this suite's field manager, or another one that owns these fields only. */
  apply(manifest: Manifest, fieldManager?: string, how?: ApplyOptions): Promise<void>;
  /** Creates; an object that exists already is left as it is. */
  create(manifest: Manifest): Promise<void>;
  /** Sets the number of replicas; what is not there any more needs none. */
  scale(kind: ResourceKind<unknown>, namespace: string, name: string, replicas: number): Promise<void>;
  /** Ends a pod with so many seconds of grace, fewer than it was given before; one that is gone needs none. */
  end(namespace: string, pod: string, graceSeconds: number): Promise<void>;
  /** Runs a command in a container until it ends; throws LK-KUBE-009 when it does not succeed. */
  exec(command: PodCommand): Promise<void>;
  /** Writes an object that others may write, too: false when one exists already, or was changed since it was read (its `resourceVersion`). */
  claim(manifest: Manifest): Promise<boolean>;
  /** Takes an object away; one that is gone already is fine. */
  remove(kind: ResourceKind<unknown>, namespace: string, name: string): Promise<void>;
  /** Whether this identity may do something: the API server's own answer, which changes nothing. */
  mayDo(access: Access): Promise<boolean>;
  /** Whether the cluster knows a kind of object. */
  serves(kind: { readonly apiVersion: string; readonly kind: string }): Promise<boolean>;
  /** The end of a container's log; empty when it has none. */
  logs(namespace: string, pod: string, container: string, options: LogOptions): Promise<string>;
}

export interface Selector {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** For example `type=Warning`. */
  readonly fields?: string | undefined;
}

/** One thing that an identity may do, in RBAC's words. */
export interface Access {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** `log` in pods/log. */
  readonly subresource?: string | undefined;
  /** `undefined` for what belongs to no namespace. */
  readonly namespace?: string | undefined;
}

export interface ApplyOptions {
  /** Of a kind that the suite does not know by itself: `customresourcedefinitions`. */
  readonly plural?: string;
  /** The server checks it and stores nothing. */
  readonly dryRun?: boolean;
}

export interface LogOptions {
  readonly lines: number;
  /** The log of the container's life before the present one. */
  readonly previous: boolean;
}

interface ListPage<T> {
  readonly items: T[];
  readonly metadata?: { readonly continue?: string | undefined } | undefined;
}

interface Asked extends KubernetesRequest {
  /** The thing in the reader's words. */
  readonly subject: string;
  /** A status that is an answer too: `send` then gives `undefined`. */
  readonly alsoFine?: number;
}

/** A client for one cluster, without a library: a few verbs are all that is needed. Nothing is sent yet. */
export function kubernetesClient(
  access: KubernetesAccess,
  options: TransportOptions,
  exchange: Transport = transport(access, options),
): Kubernetes {
  const send = async (asked: Asked): Promise<string | undefined> => {
    try {
      return await retry(async () => exchange(asked), {
        attempts: 5,
        baseSeconds: 0.5,
        maxSeconds: 8,
        signal: options.signal,
        // Each request may be sent twice: to apply again, or to create what is there, changes nothing.
        isTransient: (error) => error instanceof Answer && error.isTransient,
      });
    } catch (error) {
      if (!(error instanceof Answer)) throw error;
      if (error.status === asked.alsoFine && error.status !== undefined) return undefined;
      throw failureFor(error, asked.subject, access.server);
    }
  };
  return {
    server: access.server,
    async get(kind, namespace, name) {
      const subject = `the ${kind.kind} ${name}`;
      const text = await send({ method: 'GET', path: resourcePath(kind, namespace, name), subject, alsoFine: 404 });
      return text === undefined ? undefined : parse(kind.schema, text, subject);
    },
    async list<T>(kind: ResourceKind<T>, namespace: string | undefined, selector: Selector = {}) {
      const subject = `the ${kind.plural}`;
      const items: T[] = [];
      for (let next: string | undefined = ''; next !== undefined;) {
        const path: string = `${resourcePath(kind, namespace)}?${listQuery(selector, next)}`;
        const page: ListPage<T> = parse(kind.listSchema, (await send({ method: 'GET', path, subject })) ?? '', subject);
        items.push(...page.items);
        next = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
      }
      return items;
    },
    async apply(manifest, fieldManager = FIELD_MANAGER, { plural, dryRun = false } = {}) {
      const query = `fieldManager=${encodeURIComponent(fieldManager)}&force=true${dryRun ? '&dryRun=All' : ''}`;
      await send({
        method: 'PATCH',
        path: `${manifestPath(manifest, true, plural)}?${query}`,
        body: JSON.stringify(manifest),
        contentType: 'application/apply-patch+yaml',
        subject: `the ${manifest.kind} ${manifest.metadata.name}`,
      });
    },
    async create(manifest) {
      await send({
        method: 'POST',
        path: `${manifestPath(manifest, false)}?fieldManager=${FIELD_MANAGER}`,
        body: JSON.stringify(manifest),
        contentType: 'application/json',
        subject: `the ${manifest.kind} ${manifest.metadata.name}`,
        alsoFine: 409,
      });
    },
    async scale(kind, namespace, name, replicas) {
      await send({
        method: 'PATCH',
        path: `${resourcePath(kind, namespace, name)}/scale?fieldManager=${FIELD_MANAGER}`,
        body: JSON.stringify({ spec: { replicas } }),
        contentType: 'application/merge-patch+json',
        subject: `the scale of the ${kind.kind} ${name}`,
        alsoFine: 404,
      });
    },
    async end(namespace, pod, graceSeconds) {
      await send({
        method: 'DELETE',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}?gracePeriodSeconds=${graceSeconds}`,
        subject: `the Pod ${pod}`,
        alsoFine: 404,
      });
    },
    async exec(command) {
      const limit = AbortSignal.timeout(EXEC_SECONDS * 1000);
      const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
      await runInPod(access, options.token, command, signal);
    },
    async claim(manifest) {
      const isNew = manifest.metadata.resourceVersion === undefined;
      const answer = await send({
        method: isNew ? 'POST' : 'PUT',
        path: `${manifestPath(manifest, !isNew)}?fieldManager=${FIELD_MANAGER}`,
        body: JSON.stringify(manifest),
        contentType: 'application/json',
        subject: `the ${manifest.kind} ${manifest.metadata.name}`,
        alsoFine: 409,
      });
      return answer !== undefined;
    },
    async remove(kind, namespace, name) {
      const path = resourcePath(kind, namespace, name);
      await send({ method: 'DELETE', path, subject: `the ${kind.kind} ${name}`, alsoFine: 404 });
    },
    async mayDo({ verb, group, resource, subresource = '', namespace = '' }) {
      const subject = 'the review of its own rights';
      const answer = await send({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb, group, resource, subresource, namespace } },
        }),
        contentType: 'application/json',
        subject,
      });
      return parse(accessReview, answer ?? '', subject).status.allowed;
    },
    async serves({ apiVersion, kind }) {
      const subject = `the list of what ${apiVersion} has`;
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const text = await send({ method: 'GET', path, subject, alsoFine: 404 });
      return text !== undefined && parse(resourceList, text, subject).resources.some((each) => each.kind === kind);
    },
    async logs(namespace, pod, container, { lines, previous }) {
      const query = new URLSearchParams({ container, tailLines: String(lines), previous: String(previous) });
      try {
        const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query.toString()}`;
        return (await exchange({ method: 'GET', path })).trim();
      } catch (error) {
        // A container that never ran has none; and a log is evidence only, its absence must not hide the cause.
        if (error instanceof Answer) return '';
        throw error;
      }
    },
  };
}

const accessReview = z.object({ status: z.object({ allowed: z.boolean() }) });
const resourceList = z.object({ resources: z.array(z.object({ kind: z.string() })) });

function listQuery(selector: Selector, next: string): string {
  const query = new URLSearchParams({ limit: '500' });
  if (next !== '') query.set('continue', next);
  const labels = Object.entries(selector.labels ?? {}).map(([label, value]) => `${label}=${value}`);
  if (labels.length > 0) query.set('labelSelector', labels.join(','));
  if (selector.fields !== undefined) query.set('fieldSelector', selector.fields);
  return query.toString();
}

function failureFor(answer: Answer, subject: string, server: string) {
  const cause = answer;
  if (answer.status === 401) {
    const what = `The cluster at ${server} does not accept this job’s token: ${answer.message}.`;
    return kubernetesFailures.failure('unauthenticated', { what, cause });
  }
  if (answer.status === 403) {
    const what = `The cluster does not allow this job to reach ${subject}: ${answer.message}.`;
    return kubernetesFailures.failure('forbidden', { what, cause });
  }
  if (answer.isTransient) {
    const what = `The cluster at ${server} does not answer: ${answer.message}.`;
    return kubernetesFailures.failure('unreachable', { what, cause });
  }
  return kubernetesFailures.failure('refused', { what: `The cluster refused ${subject}: ${answer.message}.`, cause });
}

function parse<T>(schema: z.ZodType<T>, text: string, subject: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const what = `The cluster’s answer for ${subject} is not JSON.`;
    throw kubernetesFailures.failure('unexpectedAnswer', { what, cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw kubernetesFailures.failure('unexpectedAnswer', {
    what: `The cluster’s answer for ${subject} is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
