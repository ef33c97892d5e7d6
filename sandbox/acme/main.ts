import { parseArgs } from 'node:util';
import { Faults } from '../google/faults.ts';
import { Feeder } from './feeder.ts';
import { createFront } from './front.ts';

// What disturbs the certificate authority, and what tells the name servers of a sandbox without a world.
const { values } = parseArgs({
  options: {
    listen: { type: 'string' },
    upstream: { type: 'string' },
    ca: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
    resources: { type: 'string', default: '' },
    folder: { type: 'string', multiple: true, default: [] },
    address: { type: 'string', multiple: true, default: [] },
  },
});
const { listen, upstream, ca, certificate, key, resources, folder, address } = values;
if (
  listen === undefined ||
  upstream === undefined ||
  ca === undefined ||
  certificate === undefined ||
  key === undefined
) {
  process.stderr.write(
    'usage: main.ts --listen <port> --upstream <url> --ca <file> --certificate <file> --key <file>\n',
  );
  process.exit(2);
}
const feeder = folder.length === 0 ? undefined : new Feeder(resources, folder, address);
feeder?.start();
const server = createFront({
  upstream,
  tls: { certificateAuthority: ca, certificate, key },
  faults: new Faults(),
  ...(feeder && { setLag: (seconds) => feeder.setLag(seconds) }),
});
server.listen(Number(listen), '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    feeder?.stop();
    server.close();
    server.closeAllConnections();
  });
}
