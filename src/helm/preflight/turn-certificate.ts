import type { PreflightRule } from './rule.ts';

export const turnCertificate: PreflightRule = ({ values }) => {
  const { enabled, tls_port: port, external_tls: external, secretName } = values.livekit.turn;
  if (!enabled || port === undefined || external === true || (secretName ?? '') !== '') return [];
  return [
    {
      kind: 'turnCertificate',
      level: 'error',
      what: `TURN over TLS is on (\`livekit.turn.tls_port\` is ${port}), but \`livekit.turn.secretName\` names no certificate.`,
      path: ['livekit', 'turn', 'tls_port'],
    },
  ];
};
