import type { Finding, PreflightRule } from './rule.ts';

export const udpPort: PreflightRule = ({ values }) => {
  const { udp_port: port, port_range_start: start, port_range_end: end } = values.livekit.rtc;
  const path = ['livekit', 'rtc', 'udp_port'];
  const finding = (what: string): Finding[] => [{ kind: 'udpPort', level: 'error', what, path }];
  if (port === undefined || port === null || port === 0) return [];
  if (typeof port !== 'number' || !Number.isInteger(port)) {
    return finding(`\`livekit.rtc.udp_port\` is ${JSON.stringify(port)}; the chart can render one number only.`);
  }
  if (start !== undefined || end !== undefined) {
    return finding('`livekit.rtc.udp_port` is ignored while `port_range_start` or `port_range_end` is set.');
  }
  return [];
};
