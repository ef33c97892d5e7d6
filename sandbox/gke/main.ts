import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SandboxConfig } from '../config.ts';
import { apiOf } from './api.ts';
import { Controllers } from './controllers.ts';

const { values } = parseArgs({ options: { config: { type: 'string' }, address: { type: 'string' } } });
if (values.config === undefined || values.address === undefined) {
  process.stderr.write('usage: main.ts --config <sandbox.json> --address <URL of the status page>\n');
  process.exit(2);
}
const config = JSON.parse(readFileSync(values.config, 'utf8')) as SandboxConfig;
const write = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const controllers = new Controllers(config, apiOf(config.kubernetes.adminKubeconfig), write);
await controllers.prepare();
const page = controllers.page();
const { hostname, port } = new URL(values.address);
page.listen(Number(port), hostname, () => write(`GKE's controllers: ${values.address}`));

let isEnding = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    isEnding = true;
    controllers.close();
    process.exit(0);
  });
}

// Watching would be quicker by half a second, and needs what polling does not: resuming, and telling a silent server from a dead one.
let trouble = '';
while (!isEnding) {
  try {
    await controllers.round();
    if (trouble !== '') write('the API server answers again');
    trouble = '';
  } catch (error) {
    // Load balancers go on as they are while the control plane is away.
    const { message } = error as Error;
    if (message !== trouble) write(`a round failed: ${message}`);
    trouble = message;
  }
  await sleep(1000);
}
