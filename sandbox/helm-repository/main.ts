/** The Helm repository of the sandbox: `main.ts --config <sandbox.json>` serves the stand-in chart until SIGTERM. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SandboxConfig } from '../config.ts';
import { packageCharts, serveCharts } from './server.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) throw new Error('Usage: main.ts --config <sandbox.json>');
const config = JSON.parse(await readFile(values.config, 'utf8')) as SandboxConfig;

const folder = join(config.directory, 'helm-repository');
const address = new URL(config.addresses.helmRepository);
await packageCharts(join(config.bin, 'helm'), folder, config.addresses.helmRepository);
const server = await serveCharts(folder);
server.listen(Number(address.port), address.hostname, () => console.log(`Charts at ${address.href}`));
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
});
