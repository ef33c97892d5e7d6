import type { Check, Result } from '../check.ts';
import { type Allocation, allocate, type Answer, release } from '../turn/allocation.ts';
import { type Lifetime, lifetimeOf } from '../turn/credentials.ts';
import { offeredServers, withTurnServer } from '../turn/offered.ts';

/** A day: credentials that live longer can be handed on and used by anybody. */
const LONGEST_SECONDS = 86_400;

export const turnCredentials: Check = {
  id: 'turn-credentials',
  title: 'TURN credentials',
  proves:
    'The TURN server grants a relay to the credentials of a JoinResponse, and refuses it without any, with wrong and with expired ones; what it gives its clients ends within a day.',
  tags: ['turn', 'security'],
  needs: ['signal-join'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const offered = await offeredServers(world, signal);
    if (offered.credentials === undefined) return turnIsOff;
    const { credentials } = offered;
    const now = Math.floor(Date.now() / 1000);
    const lifetime = lifetimeOf(credentials, await world.keys(), now);
    return withTurnServer(world, offered, signal, async (channel, where) => {
      const ask = async (given?: typeof credentials) => {
        const answer = await allocate(channel, given);
        if (answer.kind === 'granted' && given !== undefined) await release(channel, answer.value.session);
        return answer;
      };
      // One after the other: a connection has one allocation at a time.
      const none = await ask();
      const wrong = await ask({ ...credentials, password: `${credentials.password}x` });
      const expired = lifetime.kind === 'expires' && lifetime.expired ? await ask(lifetime.expired) : undefined;
      const good = await ask(credentials);
      return judgeCredentials({ where, version: offered.version, good, none, wrong, expired, lifetime, now });
    });
  },
};

/** The verdict on what a TURN server answered to each kind of credentials. */
export function judgeCredentials(found: {
  readonly where: string;
  readonly version: string;
  readonly good: Answer<Allocation>;
  readonly none: Answer<Allocation>;
  readonly wrong: Answer<Allocation>;
  /** `undefined` when none could be made. */
  readonly expired: Answer<Allocation> | undefined;
  readonly lifetime: Lifetime;
  readonly now: number;
}): Result {
  const { where, version, good, lifetime } = found;
  const kinds = { none: 'no credentials', wrong: 'a wrong password', expired: 'expired credentials' } as const;
  for (const kind of ['none', 'wrong', 'expired'] as const) {
    if (found[kind]?.kind !== 'granted') continue;
    return {
      verdict: 'fail',
      evidence: `The TURN server at ${where} granted a relay to ${kinds[kind]}.`,
      cause: 'Anybody can send through this server, at your cost and from your addresses.',
      fix: 'Run an unchanged LiveKit of 1.12 or newer, and see that no other TURN server is behind this address.',
    };
  }
  if (good.kind === 'refused') {
    return {
      verdict: 'fail',
      evidence: `The TURN server at ${where} refused the credentials of the JoinResponse: ${good.code} ${good.reason}.`,
      cause: 'The pods do not share one API key and secret, or one version: credentials of one are unknown to another.',
      fix: 'Run the helm-deploy workflow, which rolls the pods to the present key and image.',
    };
  }
  if (good.kind === 'silent') {
    return {
      verdict: 'fail',
      evidence: `The TURN server at ${where} did not answer a request for a relay.`,
      cause: 'It answers simple questions but cannot relay: its range of relay ports may be used up.',
      fix: 'Look at the pod’s log at this time, and at `livekit.turn.relay_range_start` and `relay_range_end`.',
    };
  }
  const refused = `refuses none${codeOf(found.none)} and wrong ones${codeOf(found.wrong)}`;
  if (lifetime.kind === 'never') {
    return {
      verdict: 'fail',
      evidence: `LiveKit ${version} gives TURN credentials that never end; ${where} ${refused}.`,
      cause:
        'LiveKit below 1.12 derives them from the API secret and the participant alone: who once joined can relay for ever.',
      fix: 'Deploy LiveKit 1.12 or newer; name the check in `accept` where an old one is on purpose.',
    };
  }
  if (lifetime.kind === 'unknown' || found.expired === undefined) {
    return {
      verdict: 'warn',
      evidence: `${where} grants a relay to the credentials of the JoinResponse and ${refused}; whether they end could not be seen.`,
      cause: `LiveKit ${version} writes its TURN credentials in a form that this check does not know.`,
      fix: 'Use the newest version of this action.',
    };
  }
  const seconds = lifetime.at - found.now;
  if (seconds > LONGEST_SECONDS) {
    return {
      verdict: 'warn',
      evidence: `${where} ${refused}, but its credentials live for ${Math.round(seconds / 3600)} h.`,
      cause: '`livekit.turn.ttl_seconds` is long: credentials that leak can be used all that time.',
      fix: 'Leave `livekit.turn.ttl_seconds` at its default of 300.',
    };
  }
  return {
    verdict: 'pass',
    evidence: `${where} grants a relay to the credentials of the JoinResponse, which end in ${seconds} s, and ${refused} and expired ones${codeOf(found.expired)}.`,
  };
}

export const turnIsOff: Result = {
  verdict: 'skip',
  evidence: 'LiveKit offers its clients no TURN server.',
  cause: 'TURN is off in the configuration; helm-deploy leaves it off until its certificate is there.',
  fix: 'See what the checks media-turn-tls and media-turn-udp say.',
};

function codeOf(answer: Answer<Allocation>): string {
  return answer.kind === 'refused' ? ` (${answer.code})` : ' (no answer)';
}
