import { pods as podKind } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { ADDON, configuration, target } from './server.ts';

export const metrics: Check = {
  id: 'turn-server-metrics',
  title: 'The TURN server has metrics',
  proves: 'Each pod answers Prometheus with coturn’s own metrics.',
  tags: [ADDON],
  needs: ['turn-server-pods'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const { namespace, release } = target(world);
    const port = (await configuration(world))?.get('prometheus-port');
    if (port === undefined) {
      return {
        verdict: 'skip',
        evidence: 'Metrics are off in the configuration.',
        cause: '`metrics.enabled` is false.',
        fix: 'Set it to true, if metrics are wanted.',
      };
    }
    const labels = { component: 'turn-server', 'app.kubernetes.io/instance': release };
    const pods = await world.kubernetes.list(podKind, namespace, { labels });
    const lacking: string[] = [];
    for (const { metadata } of pods) {
      const pod = { namespace, name: metadata.name, port: Number(port) };
      const text = await world
        .forward(pod, signal, async (origin) => (await fetch(`http://${origin}/metrics`, { signal })).text())
        .catch(() => '');
      if (!/^turn_/m.test(text)) lacking.push(metadata.name);
    }
    if (lacking.length === 0)
      return { verdict: 'pass', evidence: `${pods.length} of ${pods.length} pods give metrics.` };
    return {
      verdict: 'fail',
      evidence: `${lacking.join(', ')} gives no metrics of coturn at ${port}.`,
      cause: 'The image’s coturn is built without Prometheus, as distributions’ packages are, or the port is taken.',
      fix: 'Take the official image (docker.io/coturn/coturn), or set `metrics.enabled: false`.',
    };
  },
};
