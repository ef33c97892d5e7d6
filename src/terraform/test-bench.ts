import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import type { Envelope } from './envelope.ts';

/** A bucket in memory with generation preconditions, for tests. */
export function bucketInMemory(name = 'nova-livekit-dev-terraform-state'): Bucket & { objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const generations = new Map<string, number>();
  return {
    name,
    objects,
    read: (path) => {
      const content = objects.get(path);
      return Promise.resolve(content && { content, generation: String(generations.get(path) ?? 1) });
    },
    write: (path, content, { ifGeneration }) => {
      const present = objects.has(path) ? String(generations.get(path) ?? 1) : '0';
      if (ifGeneration !== undefined && ifGeneration !== present)
        return Promise.reject(googleFailures.failure('preconditionFailed', { what: `${path} changed meanwhile.` }));
      objects.set(path, Buffer.from(content));
      generations.set(path, (generations.get(path) ?? 0) + 1);
      return Promise.resolve(String(generations.get(path)));
    },
    list: (prefix) => Promise.resolve([...objects.keys()].filter((path) => path.startsWith(prefix)).sort()),
    remove: (path, { ifGeneration } = {}) => {
      if (ifGeneration !== undefined && objects.has(path) && ifGeneration !== String(generations.get(path) ?? 1))
        return Promise.reject(googleFailures.failure('preconditionFailed', { what: `${path} changed meanwhile.` }));
      objects.delete(path);
      return Promise.resolve();
    },
  };
}

/** An envelope as terraform-plan writes it, for tests. */
export function envelopeOf(more: Partial<Envelope> = {}): Envelope {
  return {
    schemaVersion: 2,
    environment: 'dev',
    mode: 'apply',
    source: 'pull-request',
    plan: { sha256: 'a'.repeat(64), sizeBytes: 8, hasChanges: true },
    counts: { add: 1, change: 0, destroy: 0, replace: 0 },
    repository: 'nova/livekit',
    pullRequest: 7,
    commits: { head: '1'.repeat(40), base: '2'.repeat(40), planned: '3'.repeat(40) },
    tree: {
      digest: 'b'.repeat(64),
      directories: ['terraform/environments/dev'],
      files: { 'terraform/environments/dev/main.tf': '100644 abc' },
      remoteModules: [],
    },
    lockFile: 'c'.repeat(64),
    engine: { name: 'terraform', version: '1.11.4' },
    state: { lineage: 'lineage', serial: 7, first: false },
    run: { id: '42', attempt: 1, url: 'https://github.example/nova/livekit/actions/runs/42' },
    creator: 'ada',
    createdAt: '2026-11-01T10:00:00Z',
    ...more,
  };
}
