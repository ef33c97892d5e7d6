/** Writes docs/schemas: a JSON schema for everything that a user writes or reads: `node scripts/schemas.ts`. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { documentSchema } from '../src/environment/outputs.ts';
import { addOnsSchema } from '../src/helm/addons/list.ts';
import { policySchema } from '../src/terraform/guards/policy/policy.ts';
import { priceTable } from '../src/terraform/cost/price-table.ts';
import { checks } from '../src/verify/checks/index.ts';
import { actionFolders, between, metadataOf } from './action-docs.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../docs/schemas');

const mapping = z.record(z.string(), z.unknown());
const port = z.int().min(1).max(65_535);
const percent = z.int().min(1).max(100);

/** helm/values/*.yaml: what LiveKit's chart 1.9.0 knows and this suite relies on. The chart itself has no schema, and takes the rest. */
const values = z.looseObject({
  replicaCount: z.int().min(0).optional().describe('Pods, one a node; with autoscaling its minReplicas counts.'),
  image: z.looseObject({ tag: z.string().optional() }).optional(),
  podHostNetwork: z.boolean().optional().describe('Media ports are the node’s own: calls need it.'),
  deploymentStrategy: mapping.optional(),
  affinity: mapping.optional(),
  nodeSelector: z.record(z.string(), z.string()).optional(),
  tolerations: z.array(mapping).optional(),
  resources: mapping.optional(),
  podAnnotations: z
    .record(z.string(), z.string())
    .optional()
    .describe('Never null: the chart then renders broken YAML.'),
  terminationGracePeriodSeconds: z
    .int()
    .min(0)
    .optional()
    .describe('How long a pod that is told to end waits for its calls.'),
  autoscaling: z
    .looseObject({
      enabled: z.boolean().optional(),
      minReplicas: z.int().min(1).optional(),
      maxReplicas: z
        .int()
        .min(1)
        .optional()
        .describe('At most the nodes of the pool, less one for a deploy’s surge pod.'),
      targetCPUUtilizationPercentage: percent.optional(),
    })
    .optional(),
  storeKeysInSecret: z
    .looseObject({
      enabled: z.boolean().optional(),
      existingSecret: z.string().optional().describe('The Secret that helm-deploy makes.'),
      keys: z.strictObject({}).optional().describe('Never here: API keys are no values.'),
    })
    .optional(),
  livekit: z
    .looseObject({
      port: port.optional(),
      prometheus_port: port.optional(),
      log_level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
      key_file: z.string().optional(),
      keys: z.strictObject({}).optional().describe('Never here: they would stand in a ConfigMap.'),
      rtc: z
        .looseObject({
          tcp_port: port.optional(),
          udp_port: port.optional(),
          port_range_start: port.nullish(),
          port_range_end: port.nullish(),
          use_external_ip: z.boolean().optional(),
        })
        .optional(),
      turn: z
        .looseObject({
          enabled: z.boolean().optional(),
          domain: z.string().optional(),
          secretName: z.string().optional().describe('The kubernetes.io/tls Secret with TURN’s certificate.'),
          tls_port: port.optional(),
          udp_port: port.optional(),
          external_tls: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
  loadBalancer: z
    .looseObject({
      type: z.enum(['disable', 'alb', 'gclb', 'gke', 'gke-managed-cert', 'gke-vpc-native', 'do']).optional(),
      servicePort: port.optional(),
      annotations: z.record(z.string(), z.string()).optional(),
      tls: z.array(mapping).optional(),
    })
    .optional(),
  gcp: z
    .looseObject({
      backendConfig: z
        .looseObject({ timeoutSec: z.int().min(1).optional().describe('The longest life of a WebSocket.') })
        .optional(),
    })
    .optional(),
  companion: mapping.optional().describe('Values of the companion chart: helm/charts/livekit-gke/values.schema.json.'),
});

/** The input `accept` of verify, and the variable VERIFY_ACCEPT, as a list: joined by blanks it is the input. */
const accept = z.array(z.enum(checks.map(({ id }) => id) as [string, ...string[]])).meta({ uniqueItems: true });

/** What `on:` a step gives under `with:`. */
async function inputsOf(action: string) {
  const { inputs } = metadataOf(await readFile(join(action, 'action.yml'), 'utf8'));
  const properties = Object.entries(inputs).map(([input, { description, default: fallback }]): [string, object] => [
    input,
    {
      description: description.trim().replace(/\s+/g, ' '),
      type: ['string', 'number', 'boolean'],
      ...(fallback !== undefined && { default: fallback }),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `with: of ${basename(action)}`,
    type: 'object',
    properties: Object.fromEntries(properties),
    required: Object.entries(inputs).flatMap(([input, { required }]) => (required ? [input] : [])),
    additionalProperties: false,
  };
}

const schemaOf = (title: string, schema: z.ZodType) => ({
  title,
  ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
});

/** The generated files by their paths. */
export async function schemas(): Promise<Map<string, string>> {
  const documents: Record<string, object> = {
    'add-ons': schemaOf('helm/addons/add-ons.json: the add-ons of a repository', addOnsSchema),
    outputs: schemaOf('livekit/<environment>/outputs.json: the facts of an environment', documentSchema),
    policy: schemaOf('terraform/policy.yaml: a repository’s own rules', policySchema),
    prices: schemaOf(
      'Prices of one’s own, for the input `prices`',
      priceTable.partial().required({ date: true, source: true }),
    ),
    values: schemaOf('helm/values/*.yaml: values of LiveKit', values),
    'verify-accept': schemaOf('Checks whose failure is known, for the input `accept` of verify', accept),
  };
  for (const action of await actionFolders()) documents[`with/${basename(action)}`] = await inputsOf(action);
  return new Map(
    Object.entries(documents).map(([file, schema]) => [
      join(folder, `${file}.json`),
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
}

/** The README beside them, with a fresh list of the actions. */
export async function withActions(page: string): Promise<string> {
  const links = (await actionFolders()).map((action) => `[${basename(action)}](with/${basename(action)}.json)`);
  return between(page, 'with', [`\`with:\` of an action: ${links.join(', ')}.`]);
}
export const SCHEMAS_PAGE = join(folder, 'README.md');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(SCHEMAS_PAGE, await withActions(await readFile(SCHEMAS_PAGE, 'utf8')));
  for (const [path, text] of await schemas()) {
    if (!existsSync(dirname(path))) await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
