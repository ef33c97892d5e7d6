import { tlsSecrets } from '../../../kubernetes/tls-secret.ts';
import type { Finding } from '../rule.ts';
import type { ClusterRule } from './rule.ts';

const PATH = ['livekit', 'turn', 'secretName'];
const DAY = 24 * 3600 * 1000;
/** Renewals come a month before the end; with less than this left one was missed. */
const WARN_DAYS = 14;

/** The TURN Secret's certificate: for the domain, with its key, and for a while yet. That it is there, and of the right type, src/helm/livekit/turn.ts sees to. */
export const turnPair: ClusterRule = {
  question: 'whether the TURN certificate does',
  async ask({ client, namespace, values, now }) {
    const { enabled, tls_port: port, external_tls: external, secretName, domain } = values.livekit.turn;
    if (!enabled || port === undefined || external === true || secretName === undefined || secretName === '') return [];
    const secret = await client.get(tlsSecrets, namespace, secretName);
    if (secret?.type !== 'kubernetes.io/tls') return [];
    const where = `The certificate in the Secret ${secretName}`;
    const finding = (level: Finding['level'], what: string): Finding => ({ kind: 'turnPair', level, what, path: PATH });
    const { certificate, keyMatches } = secret.data;
    if (certificate === undefined)
      return [finding('error', `${where} cannot be read: its entry tls.crt is no PEM certificate.`)];
    const findings: Finding[] = [];
    if (!keyMatches) findings.push(finding('error', `${where} does not belong to the private key beside it.`));
    if (domain !== undefined && certificate.checkHost(domain) === undefined) {
      const names = certificate.subjectAltName?.replaceAll('DNS:', '') ?? 'no name';
      findings.push(finding('error', `${where} is for ${names}, not for the TURN domain ${domain}.`));
    }
    const left = certificate.validToDate.getTime() - now.getTime();
    const end = certificate.validToDate.toISOString().slice(0, 10);
    if (left <= 0) findings.push(finding('error', `${where} ended on ${end}.`));
    else if (left < WARN_DAYS * DAY) {
      findings.push(
        finding(
          'warning',
          `${where} ends on ${end}, in ${Math.floor(left / DAY)} days, and is read only when a pod starts.`,
        ),
      );
    }
    return findings;
  },
};
