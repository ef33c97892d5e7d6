import { z } from 'zod';
import { reason } from '../../src/failure/failure.ts';
import { parseEndpoints } from '../../src/google/endpoints.ts';
import { signIn } from '../../src/google/identity.ts';
import { endLease } from '../../src/helm/hold.ts';
import type { KubernetesAccess } from '../../src/kubernetes/access.ts';
import { kubernetesClient } from '../../src/kubernetes/client.ts';
import type { Context } from '../../src/runner/context.ts';
import { log } from '../../src/runner/log.ts';

/** All that is done here takes no longer: a cancelled job has little time. */
const LIMIT_SECONDS = 20;

const text = z.string().transform((value) => JSON.parse(value) as unknown);
const leaseSchema = text.pipe(z.object({ namespace: z.string(), release: z.string(), holder: z.string() }));
const clusterSchema = text.pipe(
  z.object({
    server: z.string(),
    certificateAuthority: z.string().optional(),
    tlsServerName: z.string().optional(),
  }),
);

/** None of it is secret. */
export const keptCluster = (access: KubernetesAccess) => JSON.stringify(access);

/**
 * Ends the Lease that a cancelled or killed run could not give back, so that the next run need not wait for it to run out. `named`
 * gives what main kept. Says what stood in the way, and never fails: the Lease ends by itself.
 */
export async function giveLeaseBack(named: (name: string) => string, context: Context): Promise<void> {
  if (named('lease') === '') return;
  try {
    const lease = leaseSchema.parse(named('lease'));
    const { server, certificateAuthority, tlsServerName } = clusterSchema.parse(named('cluster'));
    const identity = await signIn({
      workloadIdentityProvider: undefined,
      serviceAccount: undefined,
      idToken: undefined,
      existingCredentialsFile: named('credentials-file') || context.googleCredentialsFile,
      temporaryDirectory: context.temporaryDirectory,
      endpoints: parseEndpoints(context.endpoints),
      allowDefaultCredentials: !context.onGitHub,
      timeoutSeconds: LIMIT_SECONDS,
    });
    const client = kubernetesClient(
      { server, certificateAuthority, tlsServerName },
      { token: () => identity.accessToken(), signal: AbortSignal.timeout(LIMIT_SECONDS * 1000) },
    );
    if (await endLease(client, lease)) log.info(`The next run may work on ${lease.release} at once: this one is over.`);
  } catch (error) {
    log.warning(`This run’s Lease could not be ended, so the next run waits for it for a minute: ${reason(error)}`);
  }
}
