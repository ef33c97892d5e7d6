import { createPrivateKey } from '../../src/acme/key.ts';
import { rotateAccountKey } from '../../src/acme/account.ts';
import { certificateId } from '../../src/acme/certificate-id.ts';
import type { ChallengeJournal } from '../../src/acme/dns01/solver.ts';
import { renewalInfo } from '../../src/acme/renewal.ts';
import { accountKey } from '../../src/certificate/account.ts';
import { changeDocument, readDocument } from '../../src/certificate/document.ts';
import { certificateFailures } from '../../src/certificate/failures.ts';
import { hasNamespace, install, readInstalled } from '../../src/certificate/install.ts';
import { holdLease } from '../../src/certificate/lease.ts';
import { readPair } from '../../src/certificate/pair.ts';
import { challengesDocument, recordDocument } from '../../src/certificate/record.ts';
import type { Authority, CertificateCluster, Parts, Wanted } from '../../src/certificate/parts.ts';
import { followRoll, lookAtWorkload, markPods, type RollOptions } from '../../src/certificate/roll.ts';
import { secretStore } from '../../src/certificate/store.ts';
import { environmentPaths, type EnvironmentOutputs, readOutputs } from '../../src/environment/outputs.ts';
import type { Neighbour } from '../../src/certificate/report.ts';
import { Failure, reason } from '../../src/failure/failure.ts';
import { readCluster } from '../../src/google/cluster.ts';
import { parseEndpoints } from '../../src/google/endpoints.ts';
import { jobIdentity } from '../../src/google/job-identity.ts';
import { type GoogleClient, googleClient } from '../../src/google/request.ts';
import { type Bucket, openBucket } from '../../src/google/storage.ts';
import { livekitName } from '../../src/helm/livekit/name.ts';
import { holdRelease } from '../../src/helm/hold.ts';
import { clusterAccess } from '../../src/kubernetes/access.ts';
import { kubernetesClient } from '../../src/kubernetes/client.ts';
import { forwardPort } from '../../src/kubernetes/port-forward.ts';
import type { Forward } from '../../src/livekit/load.ts';
import type { Context } from '../../src/runner/context.ts';
import { log, step } from '../../src/runner/log.ts';
import type { TurnCertInputs } from './inputs.ts';

/**
 * Signs in, reads the environment's facts, and puts together what keeps the certificate. `remember` keeps what post must take
 * away; `who` is told to others that want to work at the same time.
 */
export async function open(
  inputs: TurnCertInputs,
  context: Context,
  signal: AbortSignal,
  remember: (name: string, value: string) => void,
  who: string,
) {
  const endpoints = parseEndpoints(context.endpoints);
  const identity = await step('Sign in to Google Cloud', () => jobIdentity(inputs, context, endpoints, remember));
  const google = googleClient(identity, endpoints);
  const { bucket, outputs, access } = await step(
    'The environment’s facts',
    async () => {
      const opened = await openBucket(inputs.bucket, identity, endpoints);
      const { outputs: facts } = await readOutputs(opened, inputs.environment);
      const cluster = await readCluster(google, facts.project_id, facts.cluster_location, facts.cluster_name);
      return { bucket: opened, outputs: facts, access: await clusterAccess(cluster, endpoints) };
    },
    ({ outputs: facts }) =>
      `${inputs.environment} is the cluster ${facts.cluster_name}; its TURN domain is ${facts.turn_domain}`,
  );
  const token = () => identity.accessToken();
  const folder = environmentPaths(inputs.environment).turnCert;
  const wanted = wantedOf(inputs, outputs);
  const record = recordDocument(bucket, folder);
  const client = kubernetesClient(access, { token, signal });
  const forward: Forward = (pod, abort, use) => forwardPort(access, token, pod, abort, use);
  const parts: Parts = {
    store: storeOf(inputs, outputs, google),
    authority: authorityOf(inputs, outputs, google, bucket, folder, signal),
    cluster: clusterOf(inputs, wanted, client, forward, who),
    record,
    lease: (work) =>
      holdLease({ bucket, path: `${folder}/lease.json`, who, timeoutSeconds: inputs.timeoutSeconds, signal }, work),
    now: () => new Date(),
    signal,
  };
  return { wanted, parts, neighbours: () => neighboursOf(inputs, bucket) };
}

/** What the last runs wrote down of all certificates; what this identity may not read is not known. */
function neighboursOf({ environment, environments }: TurnCertInputs, bucket: Bucket): Promise<Neighbour[]> {
  return Promise.all(
    [environment, ...environments].map(async (name) => {
      try {
        const { value } = await readDocument(recordDocument(bucket, environmentPaths(name).turnCert));
        return { environment: name, record: value };
      } catch (error) {
        log.debug(`What is written down of ${name} was not read: ${reason(error)}`);
        return { environment: name, record: undefined };
      }
    }),
  );
}

function wantedOf(inputs: TurnCertInputs, outputs: EnvironmentOutputs): Wanted {
  const { given } = inputs;
  return {
    source: inputs.source,
    names: inputs.domains.length > 0 ? inputs.domains : [outputs.turn_domain.toLowerCase()],
    secretName: inputs.secretName,
    key: inputs.key,
    namespace: inputs.namespace,
    keyType: inputs.keyType,
    directoryUrl: inputs.directoryUrl,
    profile: inputs.profile,
    force: inputs.force,
    allowSelfSigned: inputs.allowSelfSigned,
    given: given && readPair(given.certificate, given.privateKey, 'The input `certificate` with `private-key`'),
    rolls: !inputs.externalTls && workloadOf(inputs) !== undefined,
  };
}

/** What is rolled; `undefined` for nothing. */
function workloadOf({ roll, isOwn, release }: TurnCertInputs): string | undefined {
  if (roll === 'none') return undefined;
  return roll ?? (isOwn ? livekitName(release) : undefined);
}

function storeOf(inputs: TurnCertInputs, outputs: EnvironmentOutputs, google: GoogleClient): Parts['store'] {
  const secret = inputs.certificateSecret ?? (inputs.isOwn ? outputs.turn_certificate_secret_id : 'none');
  if (secret === undefined) {
    throw certificateFailures.failure('noSecret', {
      what: `The environment ${inputs.environment} has no secret for the TURN certificate (\`turn_certificate_secret_id\` is not in its outputs).`,
    });
  }
  if (secret !== 'none') return secretStore({ ...inputs, google, secret });
  if (inputs.source !== 'secret-manager') return undefined;
  throw certificateFailures.failure('noSecret', {
    what: 'With `source: secret-manager` the input `certificate-secret` must name the secret.',
  });
}

function authorityOf(
  inputs: TurnCertInputs,
  outputs: EnvironmentOutputs,
  google: GoogleClient,
  bucket: Bucket,
  folder: string,
  signal: AbortSignal,
): Authority {
  const server = { directoryUrl: inputs.directoryUrl, caBundle: inputs.caBundle };
  const accountSecret = inputs.accountSecret ?? outputs.acme_account_secret_id;
  const document = challengesDocument(bucket, folder);
  const journal: ChallengeJournal = {
    read: async () => (await readDocument(document)).value.records,
    write: async (records) =>
      void (await changeDocument(document, () => ({ schemaVersion: 1, records: [...records] }))),
  };
  const progress = (sentence: string) => log.info(sentence);
  return {
    leftovers: async () => (await journal.read()).length,
    async removeLeftovers() {
      const { cloudDnsSolver } = await import('../../src/acme/dns01/cloud-dns.ts');
      const { openLookup } = await import('../../src/acme/dns01/lookup.ts');
      const lookup = openLookup({ servers: inputs.dnsResolvers });
      // The journal names the zones.
      return cloudDnsSolver({ google, zones: [], lookup, journal, progress }).removeLeftovers();
    },
    renewalInfo: (pem) => renewalInfo(server, pem, signal),
    certificateId(pem) {
      try {
        return certificateId(pem);
      } catch (error) {
        // A self-signed one, for example: it is renewed without being named.
        if (error instanceof Failure) return undefined;
        throw error;
      }
    },
    async order({ names, replaces, history, signal: abort }) {
      if (accountSecret === undefined) {
        throw certificateFailures.failure('noSecret', {
          what: `The environment ${inputs.environment} has no secret for the key of its ACME account (\`acme_account_secret_id\` is not in its outputs).`,
        });
      }
      const zones = zonesOf(inputs, outputs);
      const { issueCertificate } = await import('../../src/acme/certificate.ts');
      const { cloudDnsSolver } = await import('../../src/acme/dns01/cloud-dns.ts');
      const { openLookup } = await import('../../src/acme/dns01/lookup.ts');
      const lookup = openLookup({ servers: inputs.dnsResolvers });
      const account = await accountKey(
        google,
        accountSecret,
        {
          create: () => createPrivateKey('ecdsa-p256'),
          rotate: async (old, next) =>
            void (await rotateAccountKey({ server, accountKey: old, newAccountKey: next, signal: abort })),
        },
        inputs.rotateAccountKey,
      );
      return issueCertificate({
        ...inputs,
        server,
        accountKey: account,
        names,
        replaces,
        lookup,
        solver: cloudDnsSolver({ google, zones, lookup, journal, progress }),
        history: history.map(({ at, ...attempt }) => ({ ...attempt, at: new Date(at) })),
        signal: abort,
        progress,
      });
    },
  };
}

function zonesOf({ dnsZones, environment }: TurnCertInputs, outputs: EnvironmentOutputs) {
  const own = outputs.acme_zone_name ?? '';
  const named = dnsZones.map((line) => {
    const [first = '', zone] = line.split('/');
    return zone === undefined ? { project: outputs.project_id, zone: first } : { project: first, zone };
  });
  const zones = [...(own === '' ? [] : [{ project: outputs.project_id, zone: own }]), ...named];
  if (zones.length > 0) return zones;
  throw certificateFailures.failure('noZone', {
    what: `The environment ${environment} has no DNS zone for challenges (\`acme_zone_name\` is not in its outputs).`,
  });
}

function clusterOf(
  inputs: TurnCertInputs,
  { secretName, names }: Wanted,
  client: ReturnType<typeof kubernetesClient>,
  forward: Forward,
  who: string,
): CertificateCluster {
  const { namespace, release } = inputs;
  const workload = workloadOf(inputs) ?? '';
  const roll = (abort: AbortSignal): RollOptions => ({
    ...inputs,
    client,
    workload,
    forward,
    serverName: names[0]?.replace(/^\*\./, 'any.') ?? '',
    signal: abort,
  });
  return {
    hasNamespace: () => hasNamespace(client, namespace),
    installed: () => readInstalled(client, namespace, secretName),
    install: (content) => install(client, namespace, secretName, content),
    look: (abort) => lookAtWorkload(roll(abort)),
    mark: (mark) => markPods(client, namespace, workload, mark),
    follow: (serial, abort) => followRoll(roll(abort), serial),
    hold: (abort, work) => {
      // Nothing of a release is touched where no pod is rolled.
      if (workload === '' || inputs.externalTls) return work(abort);
      const options = {
        client,
        namespace,
        release,
        who,
        whenBusy: 'wait' as const,
        timeoutSeconds: inputs.timeoutSeconds,
      };
      return holdRelease({ ...options, signal: abort }, (held) => work(held.signal));
    },
  };
}
