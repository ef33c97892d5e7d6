import { directoryUrl } from '../../src/acme/directory.ts';
import { certificateFailures } from '../../src/certificate/failures.ts';
import { certificateKey } from '../../src/certificate/record.ts';
import { inputFailures } from '../../src/runner/failures.ts';
import {
  booleanInput,
  choiceInput,
  integerInput,
  linesInput,
  optionalInput,
  patternInput,
  requiredInput,
  secretInput,
} from '../../src/runner/inputs.ts';

const NAME = /^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/;
const NAME_FORM = 'lower-case letters, digits and hyphens, 53 at most';
const SECRET_NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const DOMAIN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const WORKLOAD = /^((StatefulSet|DaemonSet)\/)?[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const SECRET = /^projects\/[^/\s]+\/secrets\/[\w-]+$/;
const ZONE = /^([a-z][a-z0-9:.-]+\/)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const RESOLVER = /^(\[[0-9a-f:.]+\](:\d+)?|[0-9a-f:]+|\d{1,3}(\.\d{1,3}){3}(:\d+)?)$/i;
const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** All inputs, checked before anything runs; what is secret is masked first. */
export function readInputs() {
  // Secrets first: whatever message follows, they are known by then.
  const given = { certificate: optionalInput('certificate'), privateKey: secretInput('private-key') };
  const eab = { keyId: optionalInput('eab-key-id'), hmacKey: secretInput('eab-hmac-key') };
  const githubToken = secretInput('github-token');
  const environment = requiredInput('environment');
  const source = choiceInput('source', ['acme', 'pem', 'secret-manager'], 'acme');
  const externalTls = booleanInput('external-tls', false);
  const profile = optionalInput('profile');
  const environments = linesLike('environments', NAME, 'the name of an environment');
  const ownName = `livekit-turn-tls-${environment}`;
  const secretName = patternInput('secret-name', SECRET_NAME, 'the name of a Kubernetes Secret', ownName);
  const isOwn = secretName === ownName;
  const namespace = patternInput('namespace', NAME, NAME_FORM, 'livekit');
  const domains = linesLike('domains', DOMAIN, 'a domain name').map((name) => name.toLowerCase());
  const roll =
    optionalInput('roll') === undefined
      ? undefined
      : patternInput('roll', WORKLOAD, 'a Deployment’s name, StatefulSet/<name>, DaemonSet/<name> or none');
  checkSource(source, given);
  if (!isOwn && domains.length === 0) {
    throw inputFailures.failure('missing', {
      what: `The input \`domains\` is missing; the Secret ${secretName} is not the TURN certificate’s, so its names are not known.`,
    });
  }
  if ((eab.keyId === undefined) !== (eab.hmacKey === undefined)) {
    const missing = eab.keyId === undefined ? 'eab-key-id' : 'eab-hmac-key';
    throw inputFailures.failure('missing', { what: `The input \`${missing}\` is missing; the two go together.` });
  }
  if (profile === 'shortlived' && !externalTls && (isOwn || (roll ?? 'none') !== 'none')) {
    throw certificateFailures.failure('profile', {
      what: 'The input `profile` is shortlived, and the pods read the certificate themselves.',
    });
  }
  return {
    environment,
    bucket: requiredInput('bucket'),
    source,
    given:
      given.certificate === undefined || given.privateKey === undefined
        ? undefined
        : { certificate: given.certificate, privateKey: given.privateKey },
    domains,
    directoryUrl: directoryUrl(optionalInput('directory') ?? 'letsencrypt'),
    caBundle: optionalInput('ca-bundle'),
    profile,
    keyType: choiceInput('key-type', ['ecdsa-p256', 'rsa-2048'], 'ecdsa-p256'),
    contact: linesLike('contact', MAIL, 'an e-mail address'),
    externalAccount:
      eab.keyId === undefined || eab.hmacKey === undefined ? undefined : { keyId: eab.keyId, hmacKey: eab.hmacKey },
    dnsZones: linesLike('dns-zones', ZONE, 'project/zone or a zone’s name'),
    dnsResolvers: linesLike('dns-resolvers', RESOLVER, 'IP or IP:PORT'),
    force: booleanInput('force', false),
    externalTls,
    allowSelfSigned: booleanInput('allow-self-signed', false),
    secretName,
    /** Of an add-on: what the environment keeps for TURN is not for it. */
    isOwn,
    namespace,
    key: certificateKey({ secretName, namespace, isOwn }),
    environments: environments.filter((name) => name !== environment),
    release: patternInput('release', NAME, NAME_FORM, 'livekit-server'),
    roll,
    port: optionalInput('port') === undefined ? undefined : integerInput('port', 0, { min: 1, max: 65_535 }),
    certificateSecret: secretPath('certificate-secret', true),
    accountSecret: secretPath('account-secret', false),
    rotateAccountKey: booleanInput('rotate-account-key', false),
    keepVersions: integerInput('keep-versions', 3, { min: 1, max: 100 }),
    olderVersions: choiceInput('older-versions', ['disable', 'destroy', 'keep'], 'disable'),
    timeoutSeconds: integerInput('timeout-minutes', 15, { min: 1, max: 350 }) * 60,
    drain: choiceInput('drain', ['wait', 'force'], 'wait'),
    drainSeconds: integerInput('drain-minutes', 10, { min: 0, max: 350 }) * 60,
    issue: booleanInput('issue', true),
    githubToken,
    workloadIdentityProvider: optionalInput('workload_identity_provider'),
    serviceAccount: optionalInput('service_account'),
  };
}

export type TurnCertInputs = ReturnType<typeof readInputs>;

function checkSource(
  source: string,
  { certificate, privateKey }: { certificate: string | undefined; privateKey: string | undefined },
): void {
  if (source === 'pem') {
    const missing = certificate === undefined ? 'certificate' : privateKey === undefined ? 'private-key' : undefined;
    if (missing === undefined) return;
    throw inputFailures.failure('missing', {
      what: `The input \`${missing}\` is missing; \`source: pem\` needs certificate and key.`,
    });
  }
  const idle = certificate !== undefined ? 'certificate' : privateKey !== undefined ? 'private-key' : undefined;
  if (idle === undefined) return;
  throw inputFailures.failure('conflict', {
    what: `The input \`${idle}\` is given, but with \`source: ${source}\` it is not used.`,
    fix: 'Set `source: pem`, or take the input away.',
  });
}

function linesLike(name: string, pattern: RegExp, form: string): string[] {
  const lines = linesInput(name);
  const wrong = lines.find((line) => !pattern.test(line.toLowerCase()));
  if (wrong === undefined) return lines;
  throw inputFailures.failure('invalid', {
    what: `The input \`${name}\` has the line ${JSON.stringify(wrong)}. It takes ${form} on each line.`,
  });
}

/** `none` is an answer, too. */
function secretPath(name: string, mayBeNone: boolean): string | undefined {
  const value = optionalInput(name);
  if (value === undefined || (mayBeNone && value === 'none') || SECRET.test(value)) return value;
  throw inputFailures.failure('invalid', {
    what: `The input \`${name}\` is ${JSON.stringify(value)}. It takes projects/<project>/secrets/<name>${mayBeNone ? ' or none' : ''}.`,
  });
}
