import type { Check, Result } from '../../../check.ts';
import { allocate, type Answer, release } from '../../../turn/allocation.ts';
import { access, ADDON, hostOf, noAccess, noHost, withServer } from './server.ts';

export const credentials: Check = {
  id: 'turn-server-credentials',
  title: 'The TURN server relays for nobody else',
  proves: 'A relay is refused without credentials, with a wrong password, and with credentials that have ended.',
  tags: [ADDON, 'security'],
  needs: ['turn-server-stun'],
  timeoutSeconds: 40,
  async run(world, signal): Promise<Result> {
    const host = hostOf(world);
    if (host === undefined) return noHost;
    const known = await access(world);
    if (known === undefined) return noAccess;
    const { good, expired } = known;
    const ask = (given: typeof good | undefined) =>
      withServer(host, 'udp', signal, async (channel) => {
        const answer = await allocate(channel, given);
        if (answer.kind === 'granted') await release(channel, answer.value.session);
        return answer;
      });
    const tries: [string, Answer<unknown> | undefined][] = [
      ['without credentials', await ask(undefined)],
      ['with a wrong password', await ask({ ...good, password: 'a-wrong-password' })],
      ...(expired === undefined
        ? []
        : [['with credentials that ended an hour ago', await ask(expired)] as [string, Answer<unknown> | undefined]]),
    ];
    return judge(host, tries, expired !== undefined);
  },
};

export function judge(
  host: string,
  tries: readonly (readonly [string, Answer<unknown> | undefined])[],
  ends: boolean,
): Result {
  const granted = tries.filter(([, answer]) => answer?.kind === 'granted').map(([how]) => how);
  if (granted.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${host} grants a relay ${granted.join(' and ')}.`,
      cause: 'Anybody can send traffic through it, at the owner’s cost and from the owner’s address.',
      fix: 'Deploy the chart’s own configuration, without `no-auth`, and with a server whose clock is right.',
    };
  }
  const silent = tries.filter(([, answer]) => answer?.kind !== 'refused').map(([how]) => how);
  if (silent.length > 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${host} did not answer a request ${silent.join(' and ')}.`,
      cause: 'Answers got lost on the way.',
      fix: 'Run verify again.',
    };
  }
  const words = tries.map(([how, answer]) => `${how} (${answer?.kind === 'refused' ? answer.code : '-'})`).join(', ');
  return ends
    ? { verdict: 'pass', evidence: `${host} refuses a relay ${words}.` }
    : {
        verdict: 'warn',
        evidence: `${host} refuses a relay ${words}; its one user’s password never ends.`,
        cause: 'A static user is in every client: who takes the password out of one relays for ever.',
        fix: 'Set `auth.mode: ephemeral` and give clients credentials that end; or name the check in `accept`.',
      };
}
