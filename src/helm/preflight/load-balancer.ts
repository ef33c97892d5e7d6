import type { PreflightRule } from './rule.ts';

const KNOWN = ['disable', 'gke', 'gke-managed-cert', 'gke-vpc-native', 'gclb', 'alb', 'aws', 'do'];
const WITH_INGRESS = ['gke', 'gke-managed-cert', 'gke-vpc-native'];

/** A type that the chart does not know renders an Ingress without a BackendConfig: WebSockets would end after 30 s. */
export const loadBalancerType: PreflightRule = ({ values }) => {
  const { type } = values.loadBalancer;
  if (KNOWN.includes(type)) return [];
  const meant = type === 'gke-native-vpc' ? ' It is spelt `gke-vpc-native`.' : '';
  return [
    {
      kind: 'loadBalancerType',
      level: 'error',
      what: `\`loadBalancer.type\` is ${JSON.stringify(type)}, which the chart does not know.${meant}`,
      path: ['loadBalancer', 'type'],
    },
  ];
};

/** Without hosts the rules of the Ingress are null. */
export const loadBalancerHosts: PreflightRule = ({ values }) => {
  const { type, tls } = values.loadBalancer;
  if (!WITH_INGRESS.includes(type) || (tls ?? []).some(({ hosts }) => (hosts ?? []).length > 0)) return [];
  return [
    {
      kind: 'loadBalancerHosts',
      level: 'error',
      what: `\`loadBalancer.type\` is ${type}, but \`loadBalancer.tls[].hosts\` names no host.`,
      path: ['loadBalancer', 'tls'],
    },
  ];
};

/** Its hosts and its TLS block come from the same list, and the block has no Secret. */
export const ingressTls: PreflightRule = ({ values }) =>
  values.loadBalancer.type !== 'gke-managed-cert'
    ? []
    : [
        {
          kind: 'ingressTls',
          level: 'error',
          what: '`loadBalancer.type` is gke-managed-cert, for which the chart renders a TLS block that names no Secret.',
          path: ['loadBalancer', 'type'],
        },
      ];
