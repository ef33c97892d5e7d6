import type { Verdict } from '../check.ts';
import type { Report } from '../report.ts';
import type { Scene } from './scene.ts';

/** How a way through the deployment stands: a verdict, or that nothing looked at it. */
export type State = Verdict | 'not checked';

/** One way from something to something, as the checks found it. */
export interface Link {
  readonly kind: 'signal' | 'udp' | 'tcp' | 'turn-udp' | 'turn-tls' | 'inner' | 'redis' | 'balancer' | 'turn';
  readonly from: string;
  readonly to: string;
  readonly port: string;
  /** The pod that it leads to, where it leads to one. */
  readonly pod: string | undefined;
  readonly state: State;
  /** The check that decided, for a link to its row. */
  readonly check: string | undefined;
  /** What a call by it measured. */
  readonly roundTripMilliseconds: number | undefined;
}

/** The worst first. */
const ORDER: readonly State[] = ['fail', 'inconclusive', 'warn', 'skip', 'pass', 'not checked'];

/** All ways of the scene with their states. */
export function linksOf(report: Report, scene: Scene): Link[] {
  const byId = new Map(report.checks.map((check) => [check.id, check]));
  const worst = (ids: readonly string[]): Pick<Link, 'state' | 'check' | 'roundTripMilliseconds'> => {
    const found = ids.flatMap((id) => byId.get(id) ?? []);
    const [first] = found.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
    return {
      state: first === undefined ? 'not checked' : first.verdict,
      check: first?.id,
      roundTripMilliseconds: undefined,
    };
  };
  /** Of one pod, where the check says more than about all of them; what it found beyond the calls holds for all. */
  const call = (id: string, pod: string): Pick<Link, 'state' | 'check' | 'roundTripMilliseconds'> => {
    const check = byId.get(id);
    const measured = check?.calls?.find((one) => one.pod === pod);
    if (check?.calls === undefined || measured === undefined) return worst([id]);
    const { roundTripMilliseconds } = measured;
    const told = check.calls.some(({ verdict }) => verdict === check.verdict);
    return { state: told ? measured.verdict : check.verdict, check: id, roundTripMilliseconds };
  };
  const pods = scene.nodes.flatMap(({ pods: here }) => here);
  return [
    {
      kind: 'balancer',
      from: 'Clients',
      to: `Load balancer of ${scene.domain}`,
      port: 'HTTPS 443',
      pod: undefined,
      ...worst(['dns', 'https', 'managed-certificate', 'ingress']),
    },
    {
      kind: 'turn',
      from: 'Clients',
      to: `TURN, ${scene.turnDomain}`,
      port: 'TLS 443',
      pod: undefined,
      ...worst(['turn-tls', 'turn-credentials', 'turn-relay']),
    },
    ...pods.flatMap(({ name: pod, tcpPort }): Link[] => [
      {
        kind: 'signal',
        from: `Load balancer of ${scene.domain}`,
        to: pod,
        port: 'Signal 7880',
        pod,
        ...worst(['signal', 'signal-join', 'signal-life', 'backend-config', 'api']),
      },
      { kind: 'udp', from: 'Clients', to: pod, port: 'UDP 50000–60000', pod, ...call('media-udp', pod) },
      { kind: 'tcp', from: 'Clients', to: pod, port: `TCP ${tcpPort}`, pod, ...call('media-tcp', pod) },
      { kind: 'turn-udp', from: 'Clients', to: pod, port: 'TURN/UDP 3478', pod, ...call('media-turn-udp', pod) },
      {
        kind: 'turn-tls',
        from: `TURN, ${scene.turnDomain}`,
        to: pod,
        port: 'TURN/TLS 5349',
        pod,
        ...call('media-turn-tls', pod),
      },
      { kind: 'inner', from: 'The internet', to: pod, port: 'Closed: 7880, 6789', pod, ...worst(['closed-ports']) },
      { kind: 'redis', from: pod, to: 'Redis', port: scene.redis, pod, ...worst(['redis', 'pods-known']) },
    ]),
  ];
}

/** A sign and a word for a state: neither needs colour. */
export const SIGNS: Readonly<Record<State, string>> = {
  pass: '✓',
  warn: '!',
  fail: '✕',
  skip: '»',
  inconclusive: '?',
  'not checked': '–',
};

/** The name of a state's colour and line. */
export function styleOf(state: State): string {
  return state.replace(' ', '-');
}
