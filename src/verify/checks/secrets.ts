import { z } from 'zod';
import { helmRecords, recordText } from '../../kubernetes/helm-record.ts';
import { configMaps, resource } from '../../kubernetes/resources.ts';
import { tlsSecrets } from '../../kubernetes/tls-secret.ts';
import type { TlsPair } from '../../kubernetes/tls-secret.ts';
import type { Check, Result } from '../check.ts';
import { ifAllowed } from '../rights.ts';
import { daysLeft } from '../tls/judge.ts';

/** A Deployment by the Secrets that its pods mount. */
const mounting = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({
    spec: z.object({
      template: z.object({
        spec: z.object({
          volumes: z.array(z.object({ secret: z.object({ secretName: z.string() }).optional() })).default([]),
        }),
      }),
    }),
  }),
);

export const secrets: Check = {
  id: 'secrets',
  title: 'Secrets in the cluster',
  proves:
    'Every Secret that LiveKit’s pods mount is there, TURN’s key belongs to its certificate, which is for the TURN domain and valid for long enough; neither ConfigMap nor Helm release holds a secret’s value.',
  tags: ['security', 'certificates'],
  needs: ['cluster'],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const { kubernetes, namespace, release, outputs, thresholds } = world;
    const labels = { 'app.kubernetes.io/name': 'livekit-server', 'app.kubernetes.io/instance': release };
    const [apiKey, deployments, maps, history] = await Promise.all([
      world.keys(),
      kubernetes.list(mounting, namespace, { labels }),
      kubernetes.list(configMaps, namespace, { labels }),
      ifAllowed(kubernetes.list(helmRecords, namespace, { labels: { owner: 'helm', name: release } })),
    ]);
    const names = deployments.flatMap(({ spec }) =>
      spec.template.spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    );
    const mounted = await Promise.all(
      [...new Set(names)].map(async (name) => {
        const found = history === undefined ? undefined : await kubernetes.get(tlsSecrets, namespace, name);
        return { name, type: found?.type, pair: found?.data };
      }),
    );
    const texts = [
      ...maps.map(({ metadata, data }) => ({
        where: `The ConfigMap ${metadata.name}`,
        text: Object.values(data).join('\n'),
      })),
      ...(history ?? []).map(({ metadata, data }) => ({
        where: `Helm’s record ${metadata.name}`,
        text: recordText(data.release),
      })),
    ];
    return judgeSecrets({
      mounted: history === undefined ? undefined : mounted,
      leaks: texts.filter(({ text }) => holdsSecret(text, apiKey.secret)).map(({ where }) => where),
      looked: texts.length,
      turnDomain: outputs.turn_domain,
      days: thresholds.certificateDays,
    });
  },
};

/** Whether a text has the API secret, or a private key, in it; also as JSON or base64. */
export function holdsSecret(text: string, secret: string): boolean {
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ];
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) || forms.some((form) => form !== '' && text.includes(form));
}

/** The verdict on the Secrets and on what holds secret values. */
export function judgeSecrets(found: {
  /** `undefined` where this identity may not read Secrets. */
  readonly mounted: readonly { name: string; type: string | undefined; pair: TlsPair | undefined }[] | undefined;
  /** What holds a secret's value. */
  readonly leaks: readonly string[];
  /** ConfigMaps and releases that were looked at. */
  readonly looked: number;
  readonly turnDomain: string;
  readonly days: number;
}): Result {
  const { mounted, leaks, turnDomain, days } = found;
  if (leaks.length > 0) {
    return {
      verdict: 'fail',
      evidence: `${leaks.join(', ')} holds the API secret or a private key in plain text.`,
      cause:
        'It was put into the values (`livekit.keys`, `storeKeysInSecret.keys`): everybody who may read ConfigMaps or Helm’s history has it.',
      fix: 'Take it out of the values, rotate the API key (docs/runbooks), and delete the old revisions of the release.',
    };
  }
  if (mounted === undefined) {
    return {
      verdict: 'skip',
      evidence: `${found.looked} ConfigMaps hold no secret value; Secrets may not be read by this identity, as is right for one that only verifies.`,
      cause: 'Google’s role roles/container.viewer and Kubernetes’ role `view` leave Secrets out.',
      fix: 'The check turn-tls proves what TURN serves; run verify as the deploying identity to look into the Secrets, too.',
    };
  }
  const missing = mounted.find(({ type }) => type === undefined);
  if (missing !== undefined) {
    return {
      verdict: 'fail',
      evidence: `The pods mount the Secret ${missing.name}, which does not exist.`,
      cause: 'A pod that starts now stays in ContainerCreating.',
      fix: 'Run the workflow turn-cert (certificate) or helm-deploy (API key), which make it.',
    };
  }
  const words: string[] = [];
  for (const { name, type, pair } of mounted) {
    if (type !== 'kubernetes.io/tls') {
      words.push(`${name} is there`);
      continue;
    }
    const certificate = pair?.certificate;
    if (certificate === undefined || pair?.keyMatches !== true) {
      return {
        verdict: 'fail',
        evidence: `The Secret ${name} holds ${certificate === undefined ? 'no certificate that can be read' : 'a key that does not belong to its certificate'}.`,
        cause: 'LiveKit does not start its TURN server with it.',
        fix: 'Run the workflow turn-cert, which proves a pair before it installs it.',
      };
    }
    const left = daysLeft(new Date(certificate.validTo));
    if (certificate.checkHost(turnDomain) === undefined) {
      return {
        verdict: 'fail',
        evidence: `The certificate in the Secret ${name} is for ${certificate.subjectAltName ?? certificate.subject}, not for ${turnDomain}.`,
        cause: 'Clients refuse it.',
        fix: `Run the workflow turn-cert for ${turnDomain}.`,
      };
    }
    if (left < days) {
      return {
        verdict: left < 0 ? 'fail' : 'warn',
        evidence: `The certificate in the Secret ${name} ${left < 0 ? `ended ${-left} days ago` : `has ${left} days left`}.`,
        cause: 'It was not renewed in time.',
        fix: 'See why the workflow turn-cert has not renewed it, and run it.',
      };
    }
    words.push(`${name} holds a pair for ${turnDomain} with ${left} days left`);
  }
  return {
    verdict: 'pass',
    evidence: `${words.join('; ') || 'The pods mount no Secret'}; ${found.looked} ConfigMaps and Helm records hold no secret value.`,
  };
}
