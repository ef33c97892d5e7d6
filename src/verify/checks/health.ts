import type { Check, Result } from '../check.ts';
import { askPods } from '../ask-pods.ts';
import { quote } from '../http.ts';

export const health: Check = {
  id: 'health',
  title: 'Every pod answers',
  proves: 'LiveKit answers `GET /` with 200 on each pod; 406 means that its node statistics have stalled.',
  tags: ['pods', 'http'],
  needs: ['cluster'],
  timeoutSeconds: 20,
  // A pod under load misses its four seconds now and then.
  converges: true,
  async run(world, signal): Promise<Result> {
    const answers = await askPods(world, { portName: 'http', port: 7880, path: '/' }, signal);
    if (answers.length === 0) return noPods;
    const bad = answers.find((one) => one.answer.status !== 200);
    if (bad === undefined) {
      return { verdict: 'pass', evidence: `${answers.map((one) => one.pod).join(', ')} answered 200.` };
    }
    const isStale = bad.answer.status === 406;
    return {
      verdict: 'fail',
      final: !isStale,
      evidence: `${bad.pod} answered GET / with status ${bad.answer.status}: ${quote(bad.answer.body)}.`,
      cause: isStale
        ? 'LiveKit has not updated its node statistics for more than 4 s: it lacks CPU, or cannot reach Redis.'
        : 'Something other than a healthy LiveKit answers on this port.',
      fix: isStale
        ? `Look at the pod’s CPU and at Redis (${world.outputs.redis_host}:${world.outputs.redis_port}).`
        : 'Compare `livekit.port` in the values with what runs on the node.',
    };
  },
};

export const noPods: Result = {
  verdict: 'fail',
  final: true,
  evidence: 'There is no running pod to ask.',
  cause: 'LiveKit is not deployed, or none of its pods got to run.',
  fix: 'See what the check pods-ready says.',
};
