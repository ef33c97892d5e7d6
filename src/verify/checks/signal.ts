import type { Check, Result } from '../check.ts';
import { type HttpAnswer, quote, request } from '../http.ts';
import { withSignal } from '../signal.ts';
import { accessToken } from '../token.ts';

export const signal: Check = {
  id: 'signal',
  title: 'Signal address and tokens',
  proves:
    'The signal address leads to LiveKit; a token made with the key in Secret Manager is accepted; none, an expired one, and one with a wrong secret are refused with 401.',
  tags: ['signalling'],
  needs: [],
  timeoutSeconds: 20,
  async run(world, abort): Promise<Result> {
    const apiKey = await world.keys();
    const grant = { roomJoin: true, room: 'livekit-gke-verify' };
    const token = (key = apiKey, validSeconds = 60) => accessToken(key, 'livekit-gke-verify', grant, validSeconds);
    return withSignal(world, abort, async (origin) => {
      const ask = (value?: string) =>
        request(`${origin.http}/rtc/validate`, abort, value === undefined ? {} : { token: value });
      const [good, none, expired, wrong] = await Promise.all([
        ask(token()),
        ask(),
        // LiveKit accepts a minute after the end, for clocks that differ.
        ask(token(apiKey, -3600)),
        ask(token({ key: apiKey.key, secret: `${apiKey.secret}-wrong` })),
      ]);
      return judgeTokens(origin.name, { good, none, expired, wrong });
    });
  },
};

/** The verdict on what `/rtc/validate` answered to each token. */
export function judgeTokens(
  name: string,
  answers: { good: HttpAnswer; none: HttpAnswer; expired: HttpAnswer; wrong: HttpAnswer },
): Result {
  const { good } = answers;
  if (good.status === 401 || good.status === 403) {
    return {
      verdict: 'fail',
      evidence: `${name} refused a token made with the key in Secret Manager: ${good.status} ${quote(good.body)}.`,
      cause:
        'The pods run with another API key or secret than Secret Manager holds; LiveKit reads its keys only at start.',
      fix: 'Run the helm-deploy workflow, which rolls the pods when the secret has changed.',
    };
  }
  if (good.status !== 200 || good.body.trim() !== 'success') {
    const isBackend = good.status === 502 || good.status === 503 || good.status === 504;
    return {
      verdict: 'fail',
      evidence: `${name} answered /rtc/validate with status ${good.status}: ${quote(good.body)}.`,
      cause: isBackend
        ? 'The load balancer has no healthy back end.'
        : 'Something other than LiveKit answers at this address.',
      fix: isBackend
        ? 'See what the checks pods-ready and health say, and the back ends’ health in Google Cloud.'
        : 'Point the domain, or the input `signal-url`, to LiveKit’s load balancer.',
    };
  }
  const accepted = (['none', 'expired', 'wrong'] as const).find((kind) => answers[kind].status !== 401);
  if (accepted !== undefined) {
    const what = { none: 'no token', expired: 'an expired token', wrong: 'a token signed with a wrong secret' }[
      accepted
    ];
    return {
      verdict: 'fail',
      evidence: `${name} answered ${answers[accepted].status} instead of 401 to ${what}.`,
      cause: 'LiveKit, or what stands before it, does not check tokens: anyone could join any room.',
      fix: 'Take LiveKit off `--dev`, and see that no proxy adds a token of its own.',
    };
  }
  return {
    verdict: 'pass',
    evidence: `${name} accepts a good token (${good.milliseconds} ms) and answers 401 to none, an expired one and a wrong secret.`,
  };
}
