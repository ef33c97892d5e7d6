import { z } from 'zod';
import type { Check, Result } from '../../../check.ts';
import { reach } from './stack.ts';

/** What must have an answer, by the scrape job whose series it is. */
export const QUERIES = [
  { job: 'messaging', expression: 'rate(http_requests_total[5m])' },
  { job: 'messaging', and: 'containers', expression: 'container_memory_usage_bytes{pod=~"messaging-service-.*"}' },
  { job: 'livekit', expression: 'livekit_room_total' },
  { job: 'turn', expression: 'turn_total_allocations' },
  { job: 'ingress', expression: 'traefik_entrypoint_requests_total' },
  { job: 'probes', expression: 'certificate:remaining:seconds' },
] as const;

export const queries: Check = {
  id: 'monitoring-queries',
  title: 'Monitoring: the series are there',
  proves: `The queries that dashboards and alerts build on have an answer: ${QUERIES.map(({ expression }) => `\`${expression}\``).join(', ')}, each where its target is scraped.`,
  tags: ['monitoring', 'metrics'],
  needs: ['monitoring-targets'],
  // A rate needs two scrapes.
  timeoutSeconds: 75,
  converges: true,
  run: (world, signal): Promise<Result> =>
    reach(world, 'prometheus', signal, async (ask) => {
      const { scrapePools } = await ask.json('/api/v1/scrape_pools', z.object({ scrapePools: z.array(z.string()) }));
      const asked = QUERIES.filter(
        (one) => scrapePools.includes(one.job) && (!('and' in one) || scrapePools.includes(one.and)),
      );
      const answers = await Promise.all(
        asked.map(async ({ job, expression }) => ({ job, expression, series: (await ask.query(expression)).length })),
      );
      return judgeAnswers(answers);
    }),
};

/** The verdict on how many series each query has. */
export function judgeAnswers(answers: readonly { job: string; expression: string; series: number }[]): Result {
  if (answers.length === 0) {
    return { verdict: 'skip', evidence: 'Prometheus scrapes none of the targets whose series are known.' };
  }
  const silent = answers.filter(({ series }) => series === 0);
  if (silent.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${silent.map(({ expression }) => `\`${expression}\``).join(' and ')} ${silent.length === 1 ? 'has' : 'have'} no answer.`,
      cause: `The target ${silent[0]?.job ?? ''} is up, but serves other series, or has served nobody yet.`,
      fix: 'Read its metrics page (kubectl port-forward, /metrics), and compare the names.',
    };
  }
  return {
    verdict: 'pass',
    evidence: `${answers.map(({ expression, series }) => `\`${expression}\` ${series}`).join(', ')} series.`,
  };
}
