import type { Finding, PreflightRule } from './rule.ts';

const SHORTEST_SECONDS = 3600;
const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/** How long the calls on an ending pod may last. */
export const grace: PreflightRule = ({ values }) => {
  const findings: Finding[] = [];
  const { terminationGracePeriodSeconds: seconds, podAnnotations } = values;
  if (seconds !== undefined && seconds < SHORTEST_SECONDS) {
    findings.push({
      kind: 'grace',
      level: 'warning',
      what: `\`terminationGracePeriodSeconds\` is ${seconds}: calls that last longer after a deploy or a scale-down are cut.`,
      path: ['terminationGracePeriodSeconds'],
    });
  }
  if (podAnnotations !== undefined && podAnnotations[SAFE_TO_EVICT] !== 'false') {
    findings.push({
      kind: 'grace',
      level: 'warning',
      what: `The pod annotation \`${SAFE_TO_EVICT}: "false"\` is missing, so the autoscaler of nodes may end a pod with calls.`,
      path: ['podAnnotations'],
    });
  }
  return findings;
};
