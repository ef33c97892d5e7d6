import type { Result } from '../check.ts';
import { handshake, openTcp } from '../tls/handshake.ts';
import { type Allocation, allocate, type Answer, bind, release } from '../turn/allocation.ts';
import { streamChannel, udpChannel } from '../turn/channel.ts';
import { certificateTrouble } from '../tls/trouble.ts';
import type { World } from '../world.ts';
import { candidateWords, type MediaPath } from './path.ts';
import type { CallReport } from './call.ts';

/** Why a path does not carry a call: one of firewall, certificate, DNS, credentials and the server, found by asking each. */
export type Explanation = Required<Pick<Result, 'verdict' | 'cause' | 'fix'>> & { readonly evidence: string };

const ANSWER_MILLISECONDS = 3000;

/** Asks on the way of the path, step by step, what does not answer. */
export async function explain(
  world: World,
  path: MediaPath,
  report: CallReport,
  signal: AbortSignal,
): Promise<Explanation> {
  if (report.ended !== undefined) {
    return fail(
      `the signal connection ended: ${report.ended}`,
      'A call needs its signal connection until it stands; a pod that ends, or a load balancer, cut it.',
      'See what the checks signal-join, signal-life and pods-ready say.',
    );
  }
  if (report.stage === 'data' || report.stage === 'audio') {
    return fail(
      `the connection stood, but no ${report.stage === 'data' ? 'data packet' : 'audio'} came through`,
      'The path opened and then lost what was sent on it: packets are dropped after the first ones, or the node has no CPU left.',
      'Look at the node’s CPU and at the pod’s log; run verify again from another network.',
    );
  }
  const patience = { milliseconds: ANSWER_MILLISECONDS, signal };
  switch (path) {
    case 'udp':
      return explainUdp(world, report, patience);
    case 'tcp':
      return explainTcp(report, patience);
    case 'turn-udp':
      return explainTurnUdp(world, report, patience);
    case 'turn-tls':
      return explainTurnTls(world, report, patience);
  }
}

interface Patience {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

async function explainUdp(world: World, report: CallReport, patience: Patience): Promise<Explanation> {
  const candidates = report.candidates.filter(({ transport }) => transport === 'udp');
  const [candidate] = candidates;
  if (candidate === undefined) {
    return fail(
      'the node named no UDP candidate',
      'LiveKit was told to use TCP only, or it found no address of its own.',
      'Compare `livekit.rtc` in the values: port_range_start, port_range_end, use_external_ip.',
    );
  }
  const known = turnUdpAddress(report);
  const seen = await Promise.all([
    known === undefined ? undefined : asksAnswered(known, patience),
    asksAnswered(world.controlStun, patience),
  ]);
  const named = candidates.slice(0, 2).map(candidateWords).join(', ');
  if (!seen.includes(true)) return noUdpHere(world, `no packet came back from ${named}`);
  return fail(
    `no packet came back from ${named}, while UDP works from here`,
    'A firewall drops UDP 50000-60000 to the node.',
    'Compare the rule for 50000-60000/udp (see the check firewall), its target tag with the node’s, and apply Terraform.',
  );
}

async function explainTcp(report: CallReport, { signal }: Patience): Promise<Explanation> {
  const tcp = report.candidates.filter(({ transport }) => transport === 'tcp');
  const known = tcp[0] ?? report.candidates[0];
  if (known === undefined) {
    return fail(
      'the node named no candidate',
      'LiveKit found no address of its own.',
      'Compare `livekit.rtc` in the values: tcp_port and use_external_ip.',
    );
  }
  const port = tcp[0]?.port ?? 7881;
  const opened = await openTcp(known.address, port, signal);
  const where = `${known.address}:${port}`;
  if (opened.kind === 'open') {
    opened.socket.destroy();
    return fail(
      `${where} accepts TCP connections, but ICE did not succeed on them`,
      'Something between here and the node takes the connection and does not hand on what is not HTTP or TLS.',
      'Run verify from a network without a proxy; else see that 7881 leads to LiveKit.',
    );
  }
  return opened.kind === 'dropped'
    ? fail(
        `${where} does not answer to TCP`,
        'A firewall drops TCP 7881 to the node.',
        'Compare the rule for 7881/tcp (see the check firewall), its target tag with the node’s, and apply Terraform.',
      )
    : fail(
        `${where} refuses TCP connections`,
        'LiveKit does not listen there: `rtc.tcp_port` is another, or is off.',
        'Set `livekit.rtc.tcp_port: 7881` in the values, and deploy.',
      );
}

async function explainTurnUdp(world: World, report: CallReport, patience: Patience): Promise<Explanation> {
  const server = turnUdpAddress(report);
  const credentials = credentialsOf(report);
  if (server === undefined || credentials === undefined) return notOffered('turn:', 'udp_port');
  const where = `${server.host}:${server.port}`;
  const channel = udpChannel(server.host, server.port, patience);
  try {
    if ((await bind(channel)).kind === 'silent') {
      return (await asksAnswered(world.controlStun, patience))
        ? fail(
            `${where} does not answer over UDP, while UDP works from here`,
            'A firewall drops UDP 3478 to the node, or LiveKit does not listen there.',
            'Compare the rule for 3478/udp (check firewall) and `livekit.turn.udp_port` in the values.',
          )
        : noUdpHere(world, `${where} does not answer`);
    }
    const answer = await allocate(channel, credentials);
    if (answer.kind === 'granted') await release(channel, answer.value.session);
    return judgeAllocation(answer, where, report);
  } finally {
    channel.close();
  }
}

async function explainTurnTls(world: World, report: CallReport, patience: Patience): Promise<Explanation> {
  const credentials = credentialsOf(report);
  const offered = report.iceServers.some(({ urls }) => urls.some((url) => url.startsWith('turns:')));
  if (!offered || credentials === undefined) return notOffered('turns:', 'tls_port');
  const target = world.turnTarget;
  let answer: Answer<Allocation> = { kind: 'silent' };
  const met = await handshake(target, patience.signal, async (socket) => {
    const channel = streamChannel(socket, patience);
    answer = await allocate(channel, credentials);
    if (answer.kind === 'granted') await release(channel, answer.value.session);
  });
  const trouble = certificateTrouble(met, target, 'TURN');
  if (trouble !== undefined) return { ...trouble, verdict: 'fail', evidence: withoutStop(trouble.evidence) };
  return judgeAllocation(answer, `${target.host}:${target.port}`, report);
}

/** What a server that is there says to the credentials of the JoinResponse. */
export function judgeAllocation(answer: Answer<Allocation>, where: string, report: CallReport): Explanation {
  switch (answer.kind) {
    case 'refused':
      return fail(
        `the TURN server at ${where} refused the credentials of the JoinResponse: ${answer.code} ${answer.reason}`,
        'The pods do not share one API key and secret, or their clocks differ: credentials of one are unknown to another.',
        'Run the helm-deploy workflow, which rolls the pods to the present key; see that no other LiveKit is behind this address.',
      );
    case 'silent':
      return fail(
        `${where} accepts the connection, but no TURN server answers on it`,
        'Something other than LiveKit’s TURN server is behind this address.',
        'See that the Service `-turn` leads from 443 to `livekit.turn.tls_port`, and that TURN is enabled.',
      );
    case 'granted': {
      const to = report.candidates.find(({ transport }) => transport === 'udp');
      return fail(
        `the relay ${answer.value.relayed} was granted, but nothing came through it to ${to === undefined ? 'the node' : candidateWords(to)}`,
        'The way from the relaying node to the room’s node is closed: a firewall for 50000-60000/udp, or LiveKit forbids the peer.',
        'See what the check media-udp says; a node must also reach its own and the others’ external addresses.',
      );
    }
  }
}

function turnUdpAddress(report: CallReport): { host: string; port: number } | undefined {
  for (const url of report.iceServers.flatMap(({ urls }) => urls)) {
    const [, host, port] = /^turn:\[?([^\]?]+?)\]?(?::(\d+))?(?:\?.*)?$/.exec(url) ?? [];
    if (host !== undefined && !url.includes('transport=tcp')) return { host, port: Number(port ?? 3478) };
  }
  return undefined;
}

/** The TURN credentials of the JoinResponse. */
export function credentialsOf(report: Pick<CallReport, 'iceServers'>) {
  const server = report.iceServers.find(({ urls }) => urls.some((url) => /^turns?:/.test(url)));
  return server === undefined ? undefined : { username: server.username, password: server.credential };
}

async function asksAnswered({ host, port }: { host: string; port: number }, patience: Patience): Promise<boolean> {
  const channel = udpChannel(host, port, patience);
  try {
    return (await bind(channel)).kind !== 'silent';
  } finally {
    channel.close();
  }
}

function noUdpHere({ controlStun: { host, port } }: World, evidence: string): Explanation {
  return {
    verdict: 'inconclusive',
    evidence: `${evidence}, nor from the control server ${host}:${port}`,
    cause: 'This machine’s own network lets no UDP through, so nothing can be said about the nodes’.',
    fix: 'Run verify from a network that lets UDP out, or give `stun-server` one that answers here.',
  };
}

function notOffered(scheme: string, setting: string): Explanation {
  return fail(
    `LiveKit offers its clients no \`${scheme}\` server`,
    'TURN is off in the configuration; helm-deploy leaves it off until its certificate is there.',
    `Make the certificate (workflow turn-cert), set \`livekit.turn.enabled\` and \`livekit.turn.${setting}\`, and deploy.`,
  );
}

function fail(evidence: string, cause: string, fix: string): Explanation {
  return { verdict: 'fail', evidence, cause, fix };
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}
