import { certificateFailures } from './failures.ts';
import { holds } from './install.ts';
import { readPair, serialOf } from './pair.ts';
import { EMPTY_RECORD, recordDocument } from './record.ts';
import type { Parts, Wanted } from './parts.ts';
import { CERTIFICATE_ANNOTATION, type Rolled, type WorkloadLook } from './roll.ts';
import type { PairStore } from './store.ts';
import type { Bucket } from '../google/storage.ts';
import { googleFailures } from '../google/failures.ts';
import type { TlsContent } from '../kubernetes/tls-secret.ts';

export interface IssuedLeaf {
  readonly chain: string;
  readonly key: string;
}

/** A bucket in memory, with generations. */
export function memoryBucket(): Bucket & { readonly objects: Map<string, { content: Buffer; generation: string }> } {
  const objects = new Map<string, { content: Buffer; generation: string }>();
  let last = 0;
  const refuse = (path: string) => googleFailures.failure('preconditionFailed', { what: `${path} changed meanwhile.` });
  return {
    name: 'bucket',
    objects,
    read: (path) => Promise.resolve(objects.get(path)),
    write: (path, content, { ifGeneration }) => {
      if (ifGeneration !== undefined && ifGeneration !== (objects.get(path)?.generation ?? '0'))
        return Promise.reject(refuse(path));
      objects.set(path, { content: Buffer.from(content), generation: String(++last) });
      return Promise.resolve(String(last));
    },
    list: (prefix) => Promise.resolve([...objects.keys()].filter((path) => path.startsWith(prefix))),
    remove: (path, { ifGeneration } = {}) => {
      const present = objects.get(path);
      if (present !== undefined && ifGeneration !== undefined && present.generation !== ifGeneration)
        return Promise.reject(refuse(path));
      objects.delete(path);
      return Promise.resolve();
    },
  };
}

/**
 * All that a certificate passes through, in memory: an authority that hands out the given certificates one after another, a
 * secret with versions, a cluster with pods. `before` is told each step, and may throw there.
 */
export class MemoryWorld {
  readonly bucket = memoryBucket();
  readonly versions: (IssuedLeaf | string)[] = [];
  readonly orders: { names: readonly string[]; replaces: string | undefined }[] = [];
  readonly steps: string[] = [];
  readonly authority: IssuedLeaf[];
  /** Answers to challenges that are still in the DNS. */
  leftovers = 0;
  secret: TlsContent | undefined;
  hasNamespace = true;
  /** What the pods were started with; `undefined` where nothing runs. */
  pods: { serial: string; annotation: string | undefined; servesTls: boolean } | undefined;
  /** What new pods show instead of what is in the Secret. */
  stuckSerial: string | undefined;
  draining = 0;
  hasStore = true;
  now = new Date();
  before: (step: string) => void = () => undefined;

  constructor(authority: readonly IssuedLeaf[]) {
    this.authority = [...authority];
  }

  /** LiveKit runs, and serves what the Secret holds. */
  start(leaf: IssuedLeaf | undefined): void {
    this.secret = leaf && { certificate: readPair(leaf.chain, leaf.key, 'x').chainPem, key: leaf.key };
    this.pods = {
      serial: leaf === undefined ? '' : serialOfLeaf(leaf),
      annotation: undefined,
      servesTls: leaf !== undefined,
    };
  }

  readonly signal = new AbortController();

  parts(): Parts {
    const at = async (step: string) => {
      await Promise.resolve();
      this.steps.push(step);
      this.before(step);
    };
    const store: PairStore = {
      name: 'The secret test',
      read: async () => {
        await at('store.read');
        const newest = this.versions.at(-1);
        if (newest === undefined) return undefined;
        const version = String(this.versions.length);
        if (typeof newest === 'string') {
          return { version, pair: certificateFailures.failure('unreadable', { what: 'It cannot be read.' }) };
        }
        return { version, pair: readPair(newest.chain, newest.key, 'The secret test') };
      },
      add: async ({ chainPem, keyPem }) => {
        await at('store.add');
        this.versions.push({ chain: chainPem, key: keyPem });
        return String(this.versions.length);
      },
      prune: () => at('store.prune'),
    };
    return {
      store: this.hasStore ? store : undefined,
      authority: {
        renewalInfo: () => Promise.resolve(undefined),
        certificateId: () => 'id',
        leftovers: async () => {
          await at('leftovers');
          return this.leftovers;
        },
        removeLeftovers: async () => {
          await at('removeLeftovers');
          const removed = this.leftovers;
          this.leftovers = 0;
          return removed;
        },
        order: async ({ names, replaces }) => {
          await at('order');
          this.orders.push({ names, replaces });
          const leaf = this.authority.shift();
          if (leaf === undefined) throw new Error('the authority has no more');
          await at('ordered');
          return {
            certificateChainPem: leaf.chain,
            privateKeyPem: leaf.key,
            isRenewal: replaces !== undefined,
            notes: [],
          };
        },
      },
      cluster: {
        hasNamespace: () => Promise.resolve(this.hasNamespace),
        installed: async () => {
          await at('cluster.installed');
          return this.secret;
        },
        install: async (content) => {
          await at('cluster.install');
          this.secret = content;
        },
        look: async () => {
          await at('cluster.look');
          return this.#look();
        },
        mark: async (mark) => {
          await at('cluster.mark');
          if (this.pods === undefined) return;
          const isChanged = this.pods.annotation !== mark;
          // Pods that are replaced read the Secret anew.
          this.pods = { ...this.pods, annotation: mark, serial: isChanged ? this.#served() : this.pods.serial };
        },
        follow: async (serial) => {
          await at('cluster.follow');
          return this.#follow(serial);
        },
        hold: (signal, work) => work(signal),
      },
      record: recordDocument(this.bucket, 'livekit/dev/turn-cert'),
      lease: async (work) => {
        await at('lease');
        return work({ signal: this.signal.signal });
      },
      now: () => this.now,
      signal: this.signal.signal,
    };
  }

  record() {
    const text = this.bucket.objects.get('livekit/dev/turn-cert/record.json')?.content.toString('utf8');
    return text === undefined ? EMPTY_RECORD : (JSON.parse(text) as typeof EMPTY_RECORD);
  }

  /** The pods show a certificate that is the Secret's, or was. */
  holdsLeaf(leaf: IssuedLeaf): boolean {
    return holds(this.secret, readPair(leaf.chain, leaf.key, 'x'));
  }

  #served(): string {
    if (this.stuckSerial !== undefined) return this.stuckSerial;
    const { certificate, key } = this.secret ?? { certificate: '', key: '' };
    return serialOf(readPair(certificate, key, 'x').certificate);
  }

  #look(): WorkloadLook | undefined {
    if (this.pods === undefined) return undefined;
    const { serial, annotation, servesTls } = this.pods;
    return {
      observation: settledObservation(annotation),
      annotation,
      servesTls,
      served: [{ pod: 'livekit-server-1', serial }],
    };
  }

  #follow(serial: string): Rolled {
    const shown = this.pods?.serial ?? '';
    const served = [{ pod: 'livekit-server-1', serial: shown }];
    const draining = Array.from({ length: this.draining }, (_, index) => ({
      ...{ name: `old-${index}`, node: 'node-1', drainingSeconds: 5, graceSeconds: 18_000, load: undefined },
    }));
    const base = { followed: [], draining, isWaiting: false, served };
    if (shown === serial) return { ...base, failure: undefined };
    const what = `The new pod livekit-server-1 serves the certificate ${shown}, not ${serial}.`;
    return { ...base, failure: certificateFailures.failure('notServed', { what }) };
  }
}

export const serialOfLeaf = ({ chain, key }: IssuedLeaf) => serialOf(readPair(chain, key, 'x').certificate);

export function wantedOf(more: Partial<Wanted> = {}): Wanted {
  return {
    source: 'acme',
    names: ['turn.nova.dev'],
    secretName: 'livekit-turn-tls-dev',
    key: 'livekit-turn-tls-dev',
    namespace: 'livekit',
    keyType: 'ecdsa-p256',
    directoryUrl: 'https://acme.test/dir',
    profile: undefined,
    force: false,
    allowSelfSigned: false,
    given: undefined,
    rolls: true,
    ...more,
  };
}

/** A Deployment whose one pod is ready. */
export function settledObservation(annotation: string | undefined): WorkloadLook['observation'] {
  const metadata = {
    name: 'x',
    uid: 'u',
    creationTimestamp: '2026-11-21T10:00:00Z',
    labels: {},
    annotations: {},
    ownerReferences: [],
  };
  const template = {
    metadata: { annotations: annotation === undefined ? {} : { [CERTIFICATE_ANNOTATION]: annotation } },
    spec: { containers: [{ name: 'livekit', image: '', ports: [{ name: 'turn-tls', containerPort: 5349 }] }] },
    digest: 'd',
  };
  return {
    at: new Date(),
    events: [],
    oldPods: [],
    deployment: {
      metadata,
      spec: { replicas: 1, selector: { matchLabels: {} }, template },
      status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, conditions: [] },
    },
    current: { metadata, spec: { replicas: 1, template: { digest: 'd' } }, status: { conditions: [] } },
    newPods: [
      {
        metadata: { ...metadata, name: 'livekit-server-1' },
        spec: template.spec,
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          initContainerStatuses: [],
          containerStatuses: [],
        },
      },
    ],
  };
}
