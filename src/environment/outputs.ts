import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import { environmentFailures } from './failures.ts';

const port = z.number().int().min(1).max(65_535);
const SECRET = /^projects\/[^/]+\/secrets\/[\w-]+$/;

/**
 * The facts of one environment: what Terraform made and the later steps must know. Terraform's non-sensitive outputs by
 * their names; more may be there than is listed here.
 */
export const outputsSchema = z.looseObject({
  project_id: z.string().min(1),
  region: z.string().min(1),
  cluster_name: z.string().min(1),
  cluster_location: z.string().min(1),
  cluster_dns_endpoint: z.string().nullable(),
  redis_host: z.string().min(1),
  redis_port: port,
  redis_tier: z.enum(['BASIC', 'STANDARD_HA']),
  redis_memory_size_gb: z.number().int().positive(),
  domain: z.string().min(1),
  turn_domain: z.string().min(1),
  livekit_secret_id: z.string().regex(SECRET),
  livekit_secret_version: z.string().regex(/^(\d+|latest)$/),
  node_pool_name: z.string().min(1),
  /** Of all generations, and those of the newest; documents that were published before there were generations lack them. */
  node_pool_names: z.array(z.string().min(1)).optional(),
  current_node_pool_names: z.array(z.string().min(1)).optional(),
  node_pool_min_nodes: z.number().int().nonnegative(),
  node_pool_max_nodes: z.number().int().positive(),
  node_machine_type: z.string().min(1),
  network_name: z.string().min(1),
  get_credentials_command: z.string().min(1),
  /** Documents from before there was one, and environments that others made, have none. */
  turn_certificate_secret_id: z.string().regex(SECRET).optional(),
  acme_account_secret_id: z.string().regex(SECRET).optional(),
  acme_zone_name: z.string().nullish(),
  /** What the add-on turn-server must know; absent without it. */
  turn_server: z
    .object({
      domain: z.string().min(1),
      address_name: z.string().min(1),
      address: z.string().min(1),
      node_pool_name: z.string().min(1),
      max_nodes: z.number().int().positive(),
      relay_ports: z.object({ min: port, max: port }),
      tls: z.boolean(),
      denied_ranges: z.array(z.string()),
      secret_id: z.string().regex(SECRET),
    })
    .nullish(),
  /** The regional address of the add-on ingress-tls; absent without it. */
  ingress_address_name: z.string().nullish(),
  ingress_address: z.string().nullish(),
});

/** The whole document, as it lies in the bucket. */
export const documentSchema = z.object({
  schemaVersion: z.literal(1),
  environment: z.string(),
  publishedAt: z.iso.datetime(),
  commit: z.string(),
  state: z.object({ lineage: z.string(), serial: z.number().int().nonnegative() }),
  outputs: outputsSchema,
});

export type EnvironmentOutputs = z.infer<typeof outputsSchema>;
export type OutputsDocument = z.infer<typeof documentSchema>;

/** Where an environment keeps things in the state bucket. Throws LK-ENV-003 for a name that cannot be part of a path. */
export function environmentPaths(environment: string) {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(environment)) {
    throw environmentFailures.failure('name', {
      what: `The environment’s name ${JSON.stringify(environment)} is not usable.`,
    });
  }
  const base = `livekit/${environment}`;
  return {
    statePrefix: base,
    outputs: `${base}/outputs.json`,
    plans: `${base}/plans`,
    turnCert: `${base}/turn-cert`,
    verify: `${base}/verify`,
  };
}

/** Reads the outputs document; throws LK-ENV-001 when there is none, LK-ENV-002 when it is not as expected. */
export async function readOutputs(
  bucket: Bucket,
  environment: string,
): Promise<OutputsDocument & { generation: string }> {
  const path = environmentPaths(environment).outputs;
  const object = await bucket.read(path).catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code !== googleFailures.code('permissionDenied')) throw error;
    throw environmentFailures.failure('absent', {
      what: `${error.message} Or the environment ${environment} was never applied.`,
      why: 'To an identity that may not list the bucket, Google gives the same answer for what is absent and for what is forbidden.',
      fix: 'Run terraform-apply for the environment first; if it has run, grant the service account roles/storage.objectViewer on the outputs document.',
      cause: error,
    });
  });
  if (object === undefined) {
    throw environmentFailures.failure('absent', {
      what: `The environment ${environment} has no outputs document (gs://${bucket.name}/${path}).`,
    });
  }
  return {
    ...parseOutputs(object.content.toString('utf8'), `gs://${bucket.name}/${path}`),
    generation: object.generation,
  };
}

/** Writes the outputs document over the generation that was read; gives the new generation. */
export async function publishOutputs(bucket: Bucket, document: OutputsDocument): Promise<string> {
  const path = environmentPaths(document.environment).outputs;
  const text = `${JSON.stringify(document, null, 2)}\n`;
  parseOutputs(text, 'The new outputs document');
  const present = await bucket.read(path);
  return bucket.write(path, text, { contentType: 'application/json', ifGeneration: present?.generation ?? '0' });
}

function parseOutputs(text: string, where: string): OutputsDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw environmentFailures.failure('malformed', { what: `${where} is not valid JSON.`, cause: error });
  }
  const parsed = documentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw environmentFailures.failure('malformed', {
    what: `${where} is wrong at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? ''}.`,
  });
}
