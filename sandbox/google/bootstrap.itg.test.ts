import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { terraformRun, type TerraformRun } from '../provider/terraform-run.ts';
import { seedIdentities, withoutBootstrap, type Binding, type Identities } from './identities.ts';
import { startBench, type Bench } from './test-bench.ts';

jest.setTimeout(120_000);

let bench: Bench;
let terraform: TerraformRun;
beforeAll(async () => {
  bench = await startBench();
  terraform = await terraformRun(fileURLToPath(new URL('../../terraform', import.meta.url)));
});
afterAll(async () => {
  await bench.close();
  await terraform.remove();
});

const binding = ({ resource, role, member, condition = '' }: Binding): string =>
  `${member} has ${role} on ${resource} ${condition === '' ? 'always' : `if ${condition}`}`;

/** All that can be told apart by what an identity may. */
function told({ serviceAccounts, providers, bindings, customRoles = {} }: Identities): object {
  return {
    serviceAccounts: serviceAccounts.map(({ email, disabled }) => ({ email, disabled })).sort(byText),
    providers,
    bindings: [...new Set(bindings.map(binding))].sort(),
    customRoles: Object.fromEntries(Object.entries(customRoles).map(([name, list]) => [name, [...list].sort()])),
  };
}
const byText = (a: unknown, b: unknown): number => JSON.stringify(a).localeCompare(JSON.stringify(b));

test('the seeded identities are what the bootstrap makes, no more and no less', async () => {
  const seed = seedIdentities(bench.config);
  const bootstrap = terraform.in('bootstrap');
  expect(await bootstrap.run(['init'])).toMatchObject({ exitCode: 0 });
  const applied = await bootstrap.run(['apply', '-auto-approve'], {
    LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: bench.google }),
    GOOGLE_OAUTH_ACCESS_TOKEN: bench.tokenOf('owner'),
    TF_VAR_project_id: bench.config.project.id,
    TF_VAR_github_repository: 'nova/livekit',
    TF_VAR_github_owner_id: bench.config.repository.ownerId,
    TF_VAR_github_repository_id: bench.config.repository.id,
  });
  expect(applied.text).toContain('Apply complete!');
  const made = bench.cloud.identities();
  expect(told(made)).toEqual(told(seed));
  expect(told(withoutBootstrap(made))).not.toEqual(told(made));
});
