import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { readSandbox } from '../state.ts';
import { githubServer } from './server.ts';
import { openGitHub } from './world.ts';

/** `main.ts --config <sandbox.json>`: serves until SIGTERM or SIGINT. */
const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) throw new Error('Say which sandbox: --config <directory>/sandbox.json');
const config = readSandbox(dirname(values.config));
const address = new URL(config.addresses.github);
const server = githubServer(await openGitHub(config));
server.listen(Number(address.port), address.hostname, () => console.log(`GitHub stand-in on ${address.href}`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
