import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { terraformRun, type TerraformRun } from './terraform-run.ts';

/** LiveKit's node pools from one generation to the next, by the payload's prd and the provider's stand-in. */
let run: TerraformRun;
let prd: TerraformRun;
let generations = '{1={}}';

const environment = {
  TF_VAR_project_id: 'nova-livekit-prd',
  TF_VAR_domain: 'livekit.example.com',
  TF_VAR_turn_domain: 'turn.example.com',
  TF_VAR_livekit_api_key: 'APIkeyoftest',
  TF_VAR_livekit_api_secret: 'secret-of-test-0123456789-0123456789',
};
const pool = (key: string) => `module.livekit.module.gke.google_container_node_pool.livekit["${key}"]`;
const planSchema = z.object({
  resource_changes: z.array(
    z.object({
      address: z.string(),
      change: z.object({
        actions: z.array(z.string()),
        before: z.record(z.string(), z.unknown()).nullable(),
        after: z.record(z.string(), z.unknown()).nullable(),
      }),
    }),
  ),
});

const terraform = (...args: string[]) =>
  prd.run(args, { ...environment, TF_VAR_livekit_pool_generations: generations });

/** What a plan does to each resource that it touches. */
async function planned(wanted: string) {
  generations = wanted;
  expect(await terraform('plan', '-input=false', '-out=planned')).toMatchObject({ exitCode: 0 });
  const { text } = await terraform('show', '-json', 'planned');
  const { resource_changes } = planSchema.parse(JSON.parse(text));
  return resource_changes.filter(({ change }) => !['no-op', 'read'].includes(change.actions[0] ?? ''));
}

const actions = (changes: Awaited<ReturnType<typeof planned>>) =>
  Object.fromEntries(changes.map(({ address, change }) => [address, change.actions.join()]));
const apply = () => terraform('apply', '-input=false', 'planned');

beforeAll(async () => {
  run = await terraformRun(fileURLToPath(new URL('../../terraform', import.meta.url)));
  prd = run.in('environments/prd');
  await prd.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
  await terraform('init', '-input=false');
  await planned('{1={}}');
  expect(await apply()).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(() => run.remove());

test('a new generation makes a pool, and the one before stops to grow and may be deleted', async () => {
  const changes = await planned('{1={},2={machine_type="c3-standard-8"}}');
  expect(actions(changes)).toEqual({ [pool('primary')]: 'update', [pool('primary-2')]: 'create' });
  const { before, after } = changes.find(({ address }) => address === pool('primary'))?.change ?? {};
  const changed = Object.keys(after ?? {}).filter(
    (name) => JSON.stringify(after?.[name]) !== JSON.stringify(before?.[name]),
  );
  expect(changed).toEqual(['autoscaling', 'deletion_policy']);
  expect(await apply()).toMatchObject({ exitCode: 0 });
}, 60_000);

test('without the old generation its pool alone is destroyed, and then nothing is left to change', async () => {
  const second = '{2={machine_type="c3-standard-8"}}';
  expect(actions(await planned(second))).toEqual({ [pool('primary')]: 'delete' });
  expect(await apply()).toMatchObject({ exitCode: 0 });
  expect(await planned(second)).toEqual([]);
}, 60_000);

test('the newest generation is not destroyed, though another number takes its place', async () => {
  expect(actions(await planned('{3={}}'))).toEqual({ [pool('primary-2')]: 'delete', [pool('primary-3')]: 'create' });
  const { exitCode, text } = await apply();
  expect(exitCode).toBe(1);
  expect(text).toContain('livekit-prd-2 because deletion_policy is set to "PREVENT"');
}, 60_000);
