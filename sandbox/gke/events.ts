import { randomBytes } from 'node:crypto';
import type { Api } from './api.ts';
import type { Meta } from './objects.ts';

export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
}

export interface Happening {
  /** Which controller says it. */
  readonly component: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** What it is about: the same message again is told only after another one about this. The reason, if not given. */
  readonly topic?: string;
}

/** Tells what happened to objects, each thing once. */
export class Events {
  private readonly api: Api;
  private readonly write: (line: string) => void;
  private readonly last = new Map<string, string>();

  constructor(api: Api, write: (line: string) => void) {
    this.api = api;
    this.write = write;
  }

  async tell(subject: Subject, { component, type, reason, message, topic = reason }: Happening): Promise<void> {
    const { apiVersion, kind, metadata } = subject;
    const { namespace, name, uid } = metadata;
    const key = `${uid} ${topic}`;
    if (this.last.get(key) === message) return;
    this.write(`${kind} ${namespace}/${name}: ${reason}: ${message}`);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    this.last.set(key, message);
    const event = {
      ...{ apiVersion: 'v1', kind: 'Event', type, reason, message, count: 1 },
      metadata: { namespace, name: `${name}.${randomBytes(8).toString('hex')}` },
      involvedObject: { apiVersion, kind, namespace, name, uid },
      ...{ source: { component }, reportingComponent: component, reportingInstance: 'sandbox' },
      ...{ firstTimestamp: now, lastTimestamp: now },
    };
    try {
      await this.api.create(`/api/v1/namespaces/${namespace}/events`, event);
    } catch (error) {
      // A namespace that is being deleted takes no events any more.
      this.write(`no event for ${kind} ${namespace}/${name}: ${(error as Error).message}`);
    }
  }
}
