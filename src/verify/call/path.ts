/** A way that media takes between a client and a node. Each is proved by itself: a call with all of them finds one that works. */
export type MediaPath = 'udp' | 'tcp' | 'turn-tls' | 'turn-udp';

/** What of an ICE candidate decides (RFC 8839, section 5.1). */
export interface Candidate {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly type: string;
}

const CANDIDATE = /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ (\S+) (\d+) typ (\S+)/i;

/** Reads `candidate:…`, with or without `a=`; `undefined` for anything else. */
export function readCandidate(line: string): Candidate | undefined {
  const [, transport, address, port, type] = CANDIDATE.exec(line.trim()) ?? [];
  if (transport === undefined || address === undefined || port === undefined || type === undefined) return undefined;
  const number = Number(port);
  return number > 65_535 ? undefined : { transport: transport.toLowerCase(), address, port: number, type };
}

/** Whether a node's candidate may be used on the path: a relay reaches the node by UDP. */
export function admitsRemote(path: MediaPath, candidate: Candidate): boolean {
  return (
    candidate.transport === (path === 'tcp' ? 'tcp' : 'udp') &&
    candidate.type !== 'relay' &&
    // The nodes have IPv4 only, and so has this side.
    !candidate.address.includes(':')
  );
}

/** Whether a candidate of this side may be used on the path. */
export function admitsLocal(path: MediaPath, candidate: Candidate): boolean {
  if (path === 'turn-tls' || path === 'turn-udp') return candidate.type === 'relay';
  return candidate.type !== 'relay' && candidate.transport === path;
}

/** A session description without the candidates that `admits` refuses, and without the word that there are no more. */
export function withoutCandidates(sdp: string, admits: (candidate: Candidate) => boolean): string {
  return sdp
    .split(/\r?\n/)
    .filter((line) => {
      if (line.startsWith('a=end-of-candidates')) return false;
      if (!line.startsWith('a=candidate:')) return true;
      const candidate = readCandidate(line);
      return candidate !== undefined && admits(candidate);
    })
    .join('\r\n');
}

/** The candidates of a session description. */
export function candidatesOf(sdp: string): Candidate[] {
  return sdp
    .split(/\r?\n/)
    .filter((line) => line.startsWith('a=candidate:'))
    .flatMap((line) => readCandidate(line) ?? []);
}

/** `udp 203.0.113.11:50123 host` */
export function candidateWords({ transport, address, port, type }: Candidate): string {
  return `${transport} ${address.includes(':') ? `[${address}]` : address}:${port} ${type}`;
}
