/** `probe.ts '[{"protocol":"tcp","host":"203.0.113.11","port":7881}]'`: prints what each answered, null when nothing came. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { z } from 'zod';

const PATIENCE_MILLISECONDS = 1000;

const Probe = z.object({
  protocol: z.enum(['tcp', 'udp']),
  host: z.string(),
  port: z.number(),
  /** Own address to ask from. */
  from: z.string().optional(),
});
type Probe = z.infer<typeof Probe>;

function tcp({ host, port, from }: Probe): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    const end = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MILLISECONDS, () => end(null));
    socket.on('data', (data) => end(String(data))).on('error', () => end(null));
  });
}

function udp({ host, port, from }: Probe): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (answer: string | null): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end(null), PATIENCE_MILLISECONDS);
    socket.on('message', (message) => end(String(message))).on('error', () => end(null));
    socket.bind(0, from ?? '0.0.0.0', () => socket.send('?', port, host));
  });
}

const probes = z.array(Probe).parse(JSON.parse(process.argv[2] ?? ''));
console.log(JSON.stringify(await Promise.all(probes.map((probe) => (probe.protocol === 'tcp' ? tcp : udp)(probe)))));
