import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SandboxConfig } from '../config.ts';
import { createCloud, loadWorld, stillWorld } from './cloud.ts';
import { createApiServer } from './server.ts';
import { services } from './services/index.ts';
import { createStorageFront } from './storage/front.ts';
import { BucketKeeper } from './storage/keeper.ts';
import { Upstream } from './storage/upstream.ts';

const { values } = parseArgs({ options: { config: { type: 'string' }, world: { type: 'string', default: 'real' } } });
if (values.config === undefined || !['real', 'still'].includes(values.world)) {
  process.stderr.write('usage: main.ts --config <sandbox.json> [--world real|still]\n');
  process.exit(2);
}
const config = JSON.parse(readFileSync(values.config, 'utf8')) as SandboxConfig;
const report = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
};

mkdirSync(join(config.directory, 'google'), { recursive: true, mode: 0o700 });
const upstream = new Upstream(config.addresses.storageUpstream);
const cloud = createCloud({
  config,
  world: values.world === 'still' ? stillWorld : await loadWorld(config),
  write: (line) => process.stdout.write(line),
});
const keeper = new BucketKeeper(
  config.addresses.storageUpstream,
  config.bucket,
  join(config.directory, 'google', 'bucket'),
);
const storage = createStorageFront(cloud, upstream, report, () => void keeper.save().catch(report));
const api = createApiServer(services, cloud, report);

// Whoever reaches the API finds the bucket made.
await upstream.ensureBucket(config.bucket, config.project.id, 30_000);
await keeper.load();
await listen(storage, config.addresses.storage);
await listen(api, config.addresses.google);
process.stdout.write(`Google: ${config.addresses.google}, Cloud Storage: ${config.addresses.storage}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    for (const server of [api, storage]) {
      server.close();
      server.closeAllConnections();
    }
    // The storage server ends after this process.
    void keeper
      .save()
      .catch(report)
      .finally(() => process.exit(0));
  });
}

function listen(server: Server, address: string): Promise<void> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), hostname, resolve);
  });
}
