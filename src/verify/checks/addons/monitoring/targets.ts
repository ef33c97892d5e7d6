import { z } from 'zod';
import type { Check, Result } from '../../../check.ts';
import { reach } from './stack.ts';

export const targets: Check = {
  id: 'monitoring-targets',
  title: 'Monitoring: every target is scraped',
  proves: 'Each scrape job of Prometheus has targets, and all of them are up.',
  tags: ['monitoring', 'metrics'],
  needs: ['monitoring-ready'],
  // A new target is scraped once before it is known to be up.
  timeoutSeconds: 45,
  converges: true,
  run: (world, signal): Promise<Result> =>
    reach(world, 'prometheus', signal, async (ask) => {
      const { scrapePools } = await ask.json('/api/v1/scrape_pools', poolsSchema);
      const { activeTargets } = await ask.json('/api/v1/targets?state=active', targetsSchema);
      return judgeTargets(scrapePools, activeTargets);
    }),
};

const poolsSchema = z.object({ scrapePools: z.array(z.string()) });
const targetsSchema = z.object({
  activeTargets: z.array(
    z.object({
      scrapePool: z.string(),
      scrapeUrl: z.string(),
      health: z.enum(['up', 'down', 'unknown']),
      lastError: z.string().default(''),
      labels: z.record(z.string(), z.string()).default({}),
    }),
  ),
});
export type Target = z.infer<typeof targetsSchema>['activeTargets'][number];

/** The verdict on all targets. */
export function judgeTargets(pools: readonly string[], all: readonly Target[]): Result {
  const count = (pool: string) => all.filter(({ scrapePool }) => scrapePool === pool);
  if (pools.length === 0) {
    return {
      verdict: 'inconclusive',
      evidence: 'Prometheus scrapes nothing yet.',
      cause: 'It has just started, or its configuration has no job.',
      fix: 'Verify again; then compare its configuration with the chart’s.',
    };
  }
  const empty = pools.filter((pool) => count(pool).length === 0);
  if (empty.length > 0) {
    return {
      verdict: 'fail',
      evidence: `The ${empty.length === 1 ? 'job' : 'jobs'} ${empty.join(', ')} ${empty.length === 1 ? 'has' : 'have'} no target.`,
      cause:
        'Nothing runs there, its labels or namespace are others than the values say, or Prometheus may not read its pods.',
      fix: `Compare \`targets.${empty[0] ?? ''}\` in the values with the pods’ labels, and see that the chart’s Role is in that namespace.`,
    };
  }
  const down = all.filter(({ health }) => health === 'down');
  if (down.length > 0) {
    const told = down.slice(0, 3).map(words).join('; ');
    return {
      verdict: 'fail',
      evidence: `${down.length} of ${all.length} targets ${down.length === 1 ? 'is' : 'are'} down: ${told}${down.length > 3 ? ' …' : ''}.`,
      ...whyDown(down[0]?.lastError ?? ''),
    };
  }
  const unknown = all.filter(({ health }) => health === 'unknown');
  if (unknown.length > 0) {
    return {
      verdict: 'inconclusive',
      evidence: `${unknown.length} of ${all.length} targets have not been scraped yet: ${unknown[0] === undefined ? '' : words(unknown[0])}.`,
      cause: 'They are newer than the scrape interval.',
      fix: 'Verify again.',
    };
  }
  return { verdict: 'pass', evidence: `${pools.map((pool) => `${pool} ${count(pool).length}`).join(', ')}: all up.` };
}

function words({ scrapePool, scrapeUrl, lastError, labels }: Target): string {
  const who = labels['pod'] ?? labels['node'] ?? labels['instance'] ?? scrapeUrl;
  // Prometheus quotes the address, which is told already.
  const why = lastError.replace(/^Get "[^"]*": /, '').replace(/\.$/, '');
  return `${scrapePool} ${who} (${scrapeUrl})${why === '' ? '' : `: ${why}`}`;
}

function whyDown(error: string): Pick<Result, 'cause' | 'fix'> {
  const known = CAUSES.find(({ says }) => says.test(error));
  return (
    known ?? {
      cause: 'It does not answer Prometheus as a target should.',
      fix: 'Ask the address from a pod of the cluster, and read the target’s log.',
    }
  );
}

const CAUSES = [
  {
    says: /connection refused/,
    cause: 'The pod runs, but nothing listens on this port.',
    fix: 'Compare the port in `targets` with the one that the program serves its metrics on.',
  },
  {
    says: /deadline exceeded|timeout|no route|unreachable/,
    cause:
      'Packets to the address are dropped, or it is too slow: a NetworkPolicy, a firewall rule, a node that is gone.',
    fix: 'Allow the pods of the cluster to reach this port, and see whether the node is ready.',
  },
  {
    says: /status (401|403)/,
    cause: 'Prometheus may not read these metrics.',
    fix: 'Let an administrator apply the chart’s rbac.yaml: the right nodes/metrics for kubelets.',
  },
  {
    says: /status 404/,
    cause: 'Something answers there, but has no metrics at this path.',
    fix: 'Correct `path` of the target.',
  },
  {
    says: /x509|certificate/,
    cause: 'The target’s certificate is not trusted.',
    fix: 'Set `targets.nodes.insecureSkipVerify`, or give the kubelets certificates of the cluster’s authority.',
  },
  {
    says: /sample limit/,
    cause: 'The target gives more series than `prometheus.sampleLimit`, and is left out as a whole.',
    fix: 'Find the label with too many values, or raise the limit.',
  },
];
