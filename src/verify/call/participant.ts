import type { ICEServer, JoinResponse, SignalResponse } from '@livekit/protocol';
import type { MediaStreamTrack, RTCDataChannel, RTCDtlsTransport, RTCPeerConnection } from 'werift';
import type { RTCSessionDescription } from 'werift';
import type * as werift from 'werift';
import { z } from 'zod';
import { verifyFailures } from '../failures.ts';
import { dropRepeats } from './dtls-repeats.ts';
import type { SignalOrigin } from '../signal.ts';
import type { TurnTarget } from '../world.ts';
import { admitsLocal, admitsRemote, type Candidate, candidateWords, type MediaPath } from './path.ts';
import { readCandidate, withoutCandidates } from './path.ts';
import { sendAtOnce } from './no-delay.ts';
import { leave, stopAllocating, watchAllocations } from './leave.ts';
import { routes } from './route.ts';
import { openSignalling, type Signalling } from './signalling.ts';

/** Werift is heavy and rarely needed: whoever calls has loaded it. */
export type Werift = typeof werift;

export interface ParticipantOptions {
  readonly werift: Werift;
  readonly origin: SignalOrigin;
  readonly token: string;
  readonly path: MediaPath;
  /** Of ICE over TCP on each node: the server names its own only when its gathering has ended, which may take 10 s. */
  readonly tcpPort: number;
  readonly turnTls: TurnTarget | undefined;
  readonly signal: AbortSignal;
}

export interface Participant {
  readonly join: JoinResponse;
  /** From the start to the JoinResponse. */
  readonly joinedMilliseconds: number;
  /** Candidates that the server named, on whatever path. */
  candidates(): Candidate[];
  /** Resolves when the connection that carries from the server to here, or from here to the server, stands. */
  readonly subscribing: Promise<void>;
  /** Offers a track and a data channel to the server; resolves when the connection stands. */
  publish(): Promise<Publisher>;
  /** Gives each data packet (as the server sent it) and each Opus payload that comes. */
  onData(hear: (packet: Uint8Array) => void): void;
  onAudio(hear: (payload: Buffer) => void): void;
  /** The candidate pair in use, `local <-> remote`, of the connection to here. */
  pair(): string;
  /** Resolves in words when the signal connection ended before `close`. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface Publisher {
  readonly track: MediaStreamTrack;
  readonly data: RTCDataChannel;
  pair(): string;
}

const PUBLISHER = 0;
const SUBSCRIBER = 1;

/** Joins a room as a participant that may publish and hears the others. Throws LK-VERIFY-007. */
export async function joinRoom(options: ParticipantOptions): Promise<Participant> {
  const { werift, path, signal } = options;
  const protocol = await import('@livekit/protocol');
  watchAllocations(werift);
  const started = performance.now();
  const remote: Candidate[] = [];
  const dataHearers: ((packet: Uint8Array) => void)[] = [];
  const audioHearers: ((payload: Buffer) => void)[] = [];
  const joined = Promise.withResolvers<JoinResponse>();
  const opened = Promise.withResolvers<Signalling>();
  const ways = routes();
  const added = new Map<RTCPeerConnection, Set<string>>();
  const connections: { subscriber?: RTCPeerConnection; publisher?: RTCPeerConnection } = {};
  /** All that were made, with the end of their gathering. */
  const made = new Map<RTCPeerConnection, Promise<unknown>>();
  const gathered = new Map<RTCPeerConnection, PromiseWithResolvers<void>>();
  let isClosed = false;
  const subscribing = Promise.withResolvers<void>();
  let iceServers: readonly ICEServer[] = [];
  let joinedMilliseconds = 0;

  const addCandidate = async (connection: RTCPeerConnection, init: CandidateInit) => {
    const candidate = readCandidate(init.candidate);
    if (candidate === undefined) return;
    remote.push(candidate);
    const own = admitsRemote(path, candidate) ? init.candidate : undefined;
    const line = own ?? (path === 'tcp' ? tcpTwin(candidate, options.tcpPort) : undefined);
    const given = line === undefined ? undefined : readCandidate(line);
    if (line === undefined || given === undefined) return;
    // A second connection to one TCP port would compete with the first for the nomination.
    const known = added.get(connection) ?? added.set(connection, new Set()).get(connection);
    const words = candidateWords(given);
    if (known?.has(words) === true) return;
    known?.add(words);
    await ways.learn(given.address);
    const add = () => connection.addIceCandidate({ ...init, candidate: line });
    if (!isRelayed(path)) return add();
    // Werift 0.25.2 pairs a relay that it is granted later than it hears of the other side's candidates with none of them: where
    // the server is far away no call would stand. Nobody waits for it here, as the server's next message may be needed for it.
    void gathered
      .get(connection)
      ?.promise.then(add)
      .catch(() => undefined);
  };
  const make = async (target: number): Promise<RTCPeerConnection> => {
    const connection = new werift.RTCPeerConnection({
      ...(await peerConfig(options, iceServers)),
      iceFilterCandidatePair: ({ localCandidate, remoteCandidate }) =>
        localCandidate.type === 'relay' || ways.admits(localCandidate.host, remoteCandidate.host),
    });
    made.set(connection, Promise.resolve());
    gathered.set(connection, Promise.withResolvers());
    // Whoever closes while this is being made has not seen it.
    if (isClosed) await leave(connection, Promise.resolve());
    const signalling = await opened.promise;
    connection.onIceCandidate.subscribe((found) => {
      const candidate = found === undefined ? undefined : readCandidate(found.candidate);
      if (found === undefined || candidate === undefined || !admitsLocal(path, candidate)) return;
      const value = { candidateInit: JSON.stringify(found.toJSON()), target };
      signalling.say({ case: 'trickle', value: new protocol.TrickleRequest(value) });
    });
    return connection;
  };
  /** Tells the connection its own description, and remembers that it gathers candidates for it. */
  const begin = (connection: RTCPeerConnection, description: RTCSessionDescription) => {
    const described = describe(connection, description);
    made.set(connection, described);
    void described.then(() => gathered.get(connection)?.resolve());
  };
  /** Candidates in a description count like those that trickle in. */
  const applyRemote = async (connection: RTCPeerConnection, type: 'offer' | 'answer', sdp: string) => {
    await connection.setRemoteDescription({ type, sdp: withoutCandidates(sdp, () => false) });
    for (const line of sdp.split(/\r?\n/).filter((each) => each.startsWith('a=candidate:'))) {
      await addCandidate(connection, { candidate: line.slice(2), sdpMLineIndex: 0 });
    }
  };
  const answer = async (sdp: string) => {
    const isNew = connections.subscriber === undefined;
    const subscriber = (connections.subscriber ??= await make(SUBSCRIBER));
    if (isNew) {
      subscriber.onDataChannel.subscribe((channel) => {
        channel.onMessage.subscribe((message) => {
          if (typeof message !== 'string') for (const hear of dataHearers) hear(message);
        });
      });
      subscriber.onTrack.subscribe((track) => {
        track.onReceiveRtp.subscribe((rtp) => {
          for (const hear of audioHearers) hear(rtp.payload);
        });
      });
    }
    await applyRemote(subscriber, 'offer', sdp);
    if (isNew) {
      void connected(subscriber).then(() => {
        sendAtOnce(subscriber);
        subscribing.resolve();
      });
    }
    const own = await subscriber.createAnswer();
    begin(subscriber, own);
    const value = { type: 'answer', sdp: withoutCandidates(own.sdp, (each) => admitsLocal(path, each)) };
    (await opened.promise).say({ case: 'answer', value: new protocol.SessionDescription(value) });
  };
  const hear = async (message: SignalResponse['message']): Promise<void> => {
    switch (message.case) {
      case 'join':
        iceServers = message.value.iceServers;
        joinedMilliseconds = Math.round(performance.now() - started);
        joined.resolve(message.value);
        return;
      case 'offer':
        return answer(message.value.sdp);
      case 'answer':
        if (connections.publisher) await applyRemote(connections.publisher, 'answer', message.value.sdp);
        return;
      case 'trickle': {
        const { target, candidateInit } = message.value;
        const connection = target === protocol.SignalTarget.SUBSCRIBER ? connections.subscriber : connections.publisher;
        if (connection) await addCandidate(connection, parseInit(candidateInit));
        return;
      }
      case 'leave':
        throw new Error(`the server sent a LeaveRequest (${protocol.DisconnectReason[message.value.reason]})`);
      default:
        return;
    }
  };

  const signalling = await openSignalling(options.origin, options.token, hear, signal);
  opened.resolve(signalling);
  const close = async () => {
    isClosed = true;
    stopAllocating(iceServers.flatMap(({ username }) => (username === '' ? [] : [username])));
    await signalling.close();
    await Promise.allSettled([...made].map(([connection, described]) => leave(connection, described)));
  };
  const first = await Promise.race([joined.promise, signalling.ended]);
  if (typeof first === 'string') {
    await close();
    throw verifyFailures.failure('join', {
      what: `No participant could join through ${options.origin.name}: ${first}.`,
    });
  }
  return {
    join: first,
    joinedMilliseconds,
    candidates: () => [...remote],
    subscribing: subscribing.promise,
    async publish() {
      const publisher = (connections.publisher = await make(PUBLISHER));
      publisher.createDataChannel('_lossy', { ordered: true, maxRetransmits: 0 });
      const data = publisher.createDataChannel('_reliable', { ordered: true });
      const track = new werift.MediaStreamTrack({ kind: 'audio' });
      publisher.addTransceiver(track, { direction: 'sendonly' });
      const offer = await publisher.createOffer();
      const cid = /^a=msid:\S+ (\S+)/m.exec(offer.sdp)?.[1] ?? track.id ?? '';
      const added = { cid, name: 'probe', type: protocol.TrackType.AUDIO, source: protocol.TrackSource.MICROPHONE };
      signalling.say({ case: 'addTrack', value: new protocol.AddTrackRequest(added) });
      const stands = connected(publisher);
      begin(publisher, offer);
      const value = { type: 'offer', sdp: withoutCandidates(offer.sdp, (each) => admitsLocal(path, each)) };
      signalling.say({ case: 'offer', value: new protocol.SessionDescription(value) });
      await stands;
      sendAtOnce(publisher);
      return { track, data, pair: () => pairOf(publisher) };
    },
    onData: (listener) => void dataHearers.push(listener),
    onAudio: (listener) => void audioHearers.push(listener),
    pair: () => pairOf(connections.subscriber),
    ended: signalling.ended,
    close,
  };
}

interface CandidateInit {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
}

/** What the server trickles is JSON of an RTCIceCandidateInit; anything else counts as the end of candidates. */
export function parseInit(text: string): CandidateInit {
  const candidate = initSchema.safeParse(json(text)).data?.candidate ?? '';
  return { candidate, sdpMLineIndex: 0 };
}

const initSchema = z.object({ candidate: z.string() });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The node's ICE/TCP candidate by one of UDP: the same address, another port (RFC 6544). */
function tcpTwin({ address, type }: Candidate, port: number): string | undefined {
  return (type === 'host' || type === 'srflx') && !address.includes(':')
    ? `candidate:7881 1 tcp 1671430143 ${address} ${port} typ host tcptype passive`
    : undefined;
}

function isRelayed(path: MediaPath): boolean {
  return path === 'turn-tls' || path === 'turn-udp';
}

async function peerConfig({ path, turnTls }: ParticipantOptions, iceServers: readonly ICEServer[]) {
  return {
    // Else two sockets stay open, and the process never ends.
    bundlePolicy: 'max-bundle' as const,
    iceTransportPolicy: isRelayed(path) ? ('relay' as const) : ('all' as const),
    // Never the library's own default, a public STUN server.
    iceServers: isRelayed(path) ? relayServers(path, iceServers, turnTls) : [],
    iceUseIpv6: false,
    iceUseTcp: path === 'tcp',
    iceTcpPassive: false,
    // Seconds; what is not there by then helps no call in time, and would hold the process.
    iceTurnConnectTimeout: 5,
    ...(path === 'turn-tls' && turnTls !== undefined ? { turnTlsOptions: await tlsOptions(turnTls) } : {}),
  };
}

async function tlsOptions({ serverName, authorities }: TurnTarget) {
  if (authorities === undefined || authorities.length === 0) return { servername: serverName };
  const { rootCertificates } = await import('node:tls');
  return { servername: serverName, ca: [...rootCertificates, ...authorities] };
}

/** The one TURN server of the path with the credentials of the JoinResponse; the library uses the first one only. */
export function relayServers(path: MediaPath, iceServers: readonly ICEServer[], turnTls: TurnTarget | undefined) {
  const scheme = path === 'turn-tls' ? /^turns:/ : /^turn:.*transport=udp|^turn:[^?]*$/;
  for (const { urls, username, credential } of iceServers) {
    const url = urls.find((each) => scheme.test(each));
    if (url === undefined) continue;
    const own = path === 'turn-tls' && turnTls !== undefined;
    return [{ urls: own ? `turns:${turnTls.host}:${turnTls.port}?transport=tcp` : url, username, credential }];
  }
  return [];
}

/**
 * Setting a description waits for candidates, which without UDP takes long: the description is sent at once instead. Gives
 * the end of that.
 */
function describe(connection: RTCPeerConnection, description: RTCSessionDescription): Promise<unknown> {
  // Without one in its configuration the library asks a public STUN server. Where names are not resolved, these questions
  // fill Node's thread pool for seconds, keys and all, and calls that nothing stands in the way of come too late.
  for (const { connection: ice } of connection.iceTransports) delete ice.stunServer;
  dropRepeats(connection);
  return connection.setLocalDescription(description).catch(() => undefined);
}

/**
 * Resolves when media can flow, once the connection has its transports. Not by the connection's own state: an offer that comes
 * amid the handshake sets that to connected.
 */
async function connected({ dtlsTransports }: RTCPeerConnection): Promise<void> {
  const stands = (transport: RTCDtlsTransport) =>
    new Promise<void>((resolve) => {
      const look = () => transport.state === 'connected' && resolve();
      transport.onStateChange.subscribe(look);
      look();
    });
  await Promise.all(dtlsTransports.map(stands));
}

function pairOf(connection: RTCPeerConnection | undefined): string {
  const nominated = connection?.iceTransports[0]?.connection.nominated;
  if (nominated === undefined) return 'none';
  const words = (side: { transport: string; type: string; host: string; port: number }) =>
    `${side.type} ${side.transport} ${side.host}:${side.port}`;
  return `${words(nominated.localCandidate)} - ${words(nominated.remoteCandidate)}`;
}
