import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { z } from 'zod';
import { terraformRun, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(120_000);

/** What the composition says, before any value is known: `configuration` of a plan as JSON. */
interface Module {
  readonly resources?:
    readonly { address: string; type: string; expressions?: Record<string, unknown> | undefined }[] | undefined;
  readonly module_calls?: Record<string, { source: string; module: Module }> | undefined;
}
const moduleSchema: z.ZodType<Module> = z.lazy(() =>
  z.object({
    resources: z
      .array(
        z.object({ address: z.string(), type: z.string(), expressions: z.record(z.string(), z.unknown()).optional() }),
      )
      .optional(),
    module_calls: z.record(z.string(), z.object({ source: z.string(), module: moduleSchema })).optional(),
  }),
);
const planSchema = z.object({
  configuration: z.object({ root_module: moduleSchema }),
  resource_changes: z.array(
    z.object({ type: z.string(), change: z.object({ after: z.record(z.string(), z.unknown()) }) }),
  ),
});

let root: TerraformRun;
let dev: Module;
let planned: z.infer<typeof planSchema>['resource_changes'];
beforeAll(async () => {
  root = await terraformRun(fileURLToPath(new URL('../../terraform', import.meta.url)));
  const folder = root.in('environments/dev');
  await folder.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
  expect(await folder.run(['init'])).toMatchObject({ exitCode: 0 });
  const variables = {
    TF_VAR_project_id: 'nova-livekit-dev',
    TF_VAR_domain: 'livekit-dev.example.com',
    TF_VAR_turn_domain: 'turn-dev.example.com',
    TF_VAR_livekit_api_key: 'APIkey',
    TF_VAR_livekit_api_secret: 'secret-0123456789-0123456789-0123456789',
  };
  expect(await folder.run(['plan', '-out', 'planned'], variables)).toMatchObject({ exitCode: 0 });
  const shown = await folder.run(['show', '-json', 'planned']);
  const plan = planSchema.parse(JSON.parse(shown.text));
  dev = plan.configuration.root_module;
  planned = plan.resource_changes;
});
afterAll(() => root.remove());

test('an environment has no resources of its own: all come from the one composition', () => {
  expect(dev.resources ?? []).toEqual([]);
  expect(Object.values(dev.module_calls ?? {}).map(({ source }) => source)).toEqual(['../../modules/environment']);
});

test('the composition is made of the seven modules, and adds nothing to them', () => {
  const { module } = dev.module_calls!['livekit']!;
  expect(module.resources ?? []).toEqual([]);
  expect(
    Object.values(module.module_calls ?? {})
      .map(({ source }) => source)
      .sort(),
  ).toEqual(['addons', 'dns', 'gke', 'iam', 'memorystore', 'network', 'secret-manager'].map((name) => `../${name}`));
});

test('no pool says how many nodes it begins with: that would count per zone, and replace the pool when changed', () => {
  const { resources = [] } = dev.module_calls!['livekit']!.module.module_calls!['gke']!.module;
  const pools = resources.filter(({ type }) => type === 'google_container_node_pool');
  expect(pools.map(({ address }) => address).sort()).toEqual([
    'google_container_node_pool.livekit',
    'google_container_node_pool.system',
  ]);
  for (const { expressions = {} } of pools) {
    expect(Object.keys(expressions)).not.toContain('initial_node_count');
    expect(Object.keys(expressions)).not.toContain('node_count');
  }
  const scaling = planned.filter(({ type }) => type === 'google_container_node_pool');
  expect(scaling.map(({ change }) => change.after['autoscaling'])).toEqual([
    [expect.objectContaining({ total_min_node_count: 1 })],
    [expect.objectContaining({ total_min_node_count: 1 })],
  ]);
});
