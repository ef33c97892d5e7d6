import type { PreflightRule } from './rule.ts';

export const prometheusPort: PreflightRule = ({ values }) => {
  const { prometheus, prometheus_port: known } = values.livekit;
  if (prometheus?.port === undefined || known !== undefined) return [];
  return [
    {
      kind: 'prometheusPort',
      level: 'warning',
      what: '`livekit.prometheus.port` is set, which the chart does not know, so no metrics port is exposed.',
      path: ['livekit', 'prometheus', 'port'],
    },
  ];
};
