import type { Finding, PreflightRule } from './rule.ts';

const SHORTEST_LIFE_SECONDS = 3600;
/** The most that Google takes. */
const DRAINING_SECONDS = 3600;

/** The chart passes `gcp.backendConfig` through whole; its own default drains for a minute. */
export const webSocketLife: PreflightRule = ({ values }) => {
  const { type } = values.loadBalancer;
  if (!type.startsWith('gke') && type !== 'gclb') return [];
  const base = ['gcp', 'backendConfig'];
  const life = values.gcp.backendConfig?.timeoutSec;
  const draining = values.gcp.backendConfig?.connectionDraining?.drainingTimeoutSec;
  const findings: Finding[] = [];
  if (life !== undefined && life < SHORTEST_LIFE_SECONDS) {
    findings.push({
      kind: 'webSocketLife',
      level: 'warning',
      what: `\`gcp.backendConfig.timeoutSec\` is ${life}: every signal connection is cut after ${life} s, busy or not.`,
      path: [...base, 'timeoutSec'],
    });
  }
  if (draining !== undefined && draining < DRAINING_SECONDS) {
    findings.push({
      kind: 'webSocketLife',
      level: 'warning',
      what: `\`gcp.backendConfig.connectionDraining.drainingTimeoutSec\` is ${draining}: signal connections to an ending pod are cut after ${draining} s.`,
      path: [...base, 'connectionDraining', 'drainingTimeoutSec'],
    });
  }
  return findings;
};
