import type { Api } from './api.ts';

/** An API server that remembers what it was told. */
export class FakeApi implements Api {
  readonly patches: [path: string, body: unknown][] = [];
  readonly created: [path: string, body: unknown][] = [];

  list<T>(): Promise<T[]> {
    return Promise.resolve([]);
  }

  patch(path: string, body: unknown): Promise<void> {
    this.patches.push([path, body]);
    return Promise.resolve();
  }

  create(path: string, body: unknown): Promise<void> {
    this.created.push([path, body]);
    return Promise.resolve();
  }

  /** Of the events, in order. */
  reasons(): string[] {
    return this.created.map(([, body]) => (body as { reason: string }).reason);
  }
}
