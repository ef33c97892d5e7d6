import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { attempt } from '../command.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { BRIDGE_ADDRESS } from '../kubernetes/plan.ts';
import type { Attributes, Context } from './world.ts';

const READY_SECONDS = 90;
const OWN_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** The sandbox's cluster is the one that Terraform made, once it serves. */
export async function clusterCreated(
  { config, record }: Context,
  key: string,
  attributes: Attributes,
): Promise<Attributes> {
  await untilServing(config.bin, config.kubernetes.adminKubeconfig);
  const certificate = readFileSync(config.kubernetes.certificateAuthority).toString('base64');
  const { name, network, location } = z
    .object({
      name: z.string(),
      network: z.string().nullish(),
      location: z.string().default(config.project.region),
    })
    .parse(attributes);
  record.clusters[key] = { name, network: (network ?? 'default').split('/').at(-1) ?? '' };
  const region = location.replace(/-[a-z]$/, '');
  const id = createHash('sha256').update(key).digest('hex').slice(0, 28);
  const endpoint = `gke-${id}-${config.project.number}.${region}.gke.goog`;
  return {
    endpoint: BRIDGE_ADDRESS,
    master_auth: [{ cluster_ca_certificate: certificate }],
    control_plane_endpoints_config: [{ dns_endpoint_config: [{ endpoint }] }],
  };
}

/** With a cluster goes all that was deployed to it. */
export async function clusterDeleted({ config, record }: Context, key: string): Promise<void> {
  delete record.clusters[key];
  const administrator = { kubectl: join(config.bin, 'kubectl'), kubeconfig: config.kubernetes.adminKubeconfig };
  const namespaces = (await kubectl(administrator, ['get', 'namespaces', '-o', 'name'])).trim().split('\n');
  const foreign = namespaces.filter((name) => !OWN_NAMESPACES.includes(name.replace('namespace/', '')));
  const force = ['--ignore-not-found', '--timeout=50s', '--grace-period=5'];
  if (foreign.length > 0) await kubectl(administrator, ['delete', ...foreign, ...force]);
  const kinds = 'deployments,statefulsets,daemonsets,jobs,pods,services,ingresses,hpa,pdb,secrets,configmaps';
  await kubectl(administrator, ['delete', kinds, '--all', '--namespace=default', ...force]);
}

async function untilServing(bin: string, kubeconfig: string): Promise<void> {
  const deadline = Date.now() + READY_SECONDS * 1000;
  for (;;) {
    const answer = await attempt(join(bin, 'kubectl'), ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz']);
    if (answer.code === 0) return;
    if (Date.now() > deadline)
      throw new Error(`the API server does not serve after ${READY_SECONDS} s: ${answer.stderr.trim()}`);
    await sleep(500);
  }
}
