import type { Check, Result } from '../../../check.ts';
import { bind } from '../../../turn/allocation.ts';
import { ADDON, configuration, hostOf, noHost, type Way, withServer } from './server.ts';

export const answers: Check = {
  id: 'turn-server-stun',
  title: 'The TURN server answers STUN',
  proves:
    'The domain answers a STUN request on 3478 over UDP and TCP, on 3479 over UDP, and on 5349 over TLS where that is on.',
  tags: [ADDON],
  needs: ['turn-server-pods'],
  timeoutSeconds: 40,
  async run(world, signal): Promise<Result> {
    const host = hostOf(world);
    if (host === undefined) return noHost;
    const isTls = world.outputs.turn_server?.tls ?? (await configuration(world))?.has('tls-listening-port') ?? false;
    const ways: Way[] = ['udp', 'udp alternative', 'tcp', ...(isTls ? (['tls'] as const) : [])];
    const seen = await Promise.all(
      ways.map(async (way) => [way, await withServer(host, way, signal, bind).catch(() => undefined)] as const),
    );
    const silent = seen.filter(([, answer]) => answer?.kind !== 'granted').map(([way]) => way);
    if (silent.length === 0) {
      const address = seen.flatMap(([, answer]) => (answer?.kind === 'granted' ? [answer.value] : []))[0] ?? '';
      return {
        verdict: 'pass',
        evidence: `${host} answers over ${ways.join(', ')}, and sees this machine at ${address}.`,
      };
    }
    return {
      verdict: 'fail',
      evidence: `${host} does not answer over ${silent.join(', ')}; it was asked over ${ways.join(', ')}.`,
      cause:
        silent.length === ways.length
          ? 'The domain does not lead to the load balancer’s address, or nothing is behind it.'
          : 'A port is closed: the Service lacks it, or a firewall between drops it (this machine’s own network may forbid UDP).',
      fix: 'Compare the domain’s A record with the Service’s address, and the Service’s ports with these.',
    };
  },
};
