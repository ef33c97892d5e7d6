/**
 * Makes the plans in `src/terraform/fixtures/payload/`: those of this repository's own environments and bootstrap, by the real
 * Terraform with the sandbox's provider. `<name>.json` is the first plan, `<name>-change.json` one of an environment that
 * exists, with all that stays as it is in it.
 *
 * Usage: node scripts/payload-plans.ts [NAME...]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { terraformRun, type TerraformRun } from '../sandbox/provider/terraform-run.ts';

const TERRAFORM = join(import.meta.dirname, '../terraform');
const OUTPUT = join(import.meta.dirname, '../src/terraform/fixtures/payload');
/** What the plan model reads; the rest would make the fixtures three times as large. */
const KEPT = [
  'format_version',
  'terraform_version',
  'resource_changes',
  'resource_drift',
  'output_changes',
  'checks',
  'errored',
];

type Variables = Readonly<Record<string, string>>;

const environment = (name: string): Variables => ({
  TF_VAR_project_id: `nova-livekit-${name}`,
  TF_VAR_domain: `livekit-${name}.example.com`,
  TF_VAR_turn_domain: `turn-${name}.example.com`,
  TF_VAR_dns_zone: '{name="example-com", dns_name="example.com", create=true}',
  TF_VAR_acme_zone: `{dns_name="acme-${name}.example.com"}`,
  TF_VAR_livekit_api_key: 'APIkeyoffixture',
  TF_VAR_livekit_api_secret: 'secret-of-fixture-0123456789-0123456789',
});

const PLANS: Record<string, { folder: string; variables: Variables; change: Variables }> = {
  dev: { folder: 'environments/dev', variables: environment('dev'), change: { TF_VAR_livekit_keys_version: '2' } },
  stg: { folder: 'environments/stg', variables: environment('stg'), change: { TF_VAR_redis_tier: 'STANDARD_HA' } },
  prd: {
    folder: 'environments/prd',
    variables: environment('prd'),
    change: { TF_VAR_redis_memory_size_gb: '9', TF_VAR_node_pool_max_nodes: '12' },
  },
  bootstrap: {
    folder: 'bootstrap',
    variables: {
      TF_VAR_project_id: 'nova-livekit-dev',
      TF_VAR_github_repository: 'nova/livekit',
      TF_VAR_github_owner_id: '900001',
      TF_VAR_github_repository_id: '900100',
    },
    change: { TF_VAR_github_repository: 'nova/calls' },
  },
};

const wanted = process.argv.slice(2);
mkdirSync(OUTPUT, { recursive: true });
for (const [name, { folder, variables, change }] of Object.entries(PLANS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const run = await terraformRun(TERRAFORM);
  try {
    const own = run.in(folder);
    await own.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
    await terraform(own, ['init', '-input=false'], variables);
    await keep(own, name, variables);
    await terraform(own, ['apply', '-input=false', 'planned'], variables);
    await keep(own, `${name}-change`, { ...variables, ...change });
  } finally {
    await run.remove();
  }
}

async function keep(run: TerraformRun, name: string, variables: Variables): Promise<void> {
  await terraform(run, ['plan', '-input=false', '-out=planned'], variables);
  const whole = JSON.parse(await terraform(run, ['show', '-json', 'planned'], variables)) as Record<string, unknown>;
  const kept = Object.fromEntries(Object.entries(whole).filter(([key]) => KEPT.includes(key)));
  const text = `${JSON.stringify(kept)}\n`;
  writeFileSync(join(OUTPUT, `${name}.json`), text);
  console.log(`${name}: ${(text.length / 1024).toFixed(0)} KiB`);
}

async function terraform(run: TerraformRun, args: readonly string[], variables: Variables): Promise<string> {
  const { exitCode, text } = await run.run(args, variables);
  if (exitCode !== 0) throw new Error(`terraform ${args.join(' ')}: ${text}`);
  return text;
}
