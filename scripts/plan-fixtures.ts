/**
 * Makes the plans in `src/terraform/fixtures/` by the real Terraform: for each folder of `scripts/plan-fixtures/` it applies
 * `before.tf`, plans `after.tf` and keeps the part of `terraform show -json` that is read. The google provider is the
 * sandbox's stand-in; everything happens in a temporary folder.
 *
 * Usage: node scripts/plan-fixtures.ts [NAME...]
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installProviderMirror } from '../sandbox/provider/mirror.ts';

const SITUATIONS = join(import.meta.dirname, 'plan-fixtures');
const OUTPUT = join(import.meta.dirname, '../src/terraform/fixtures');
/** What the plan model reads; the rest would make the fixtures ten times as large. */
const KEPT = [
  'format_version',
  'terraform_version',
  'resource_changes',
  'resource_drift',
  'output_changes',
  'checks',
  'applyable',
  'complete',
  'errored',
];

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : readdirSync(SITUATIONS);
const directory = mkdtempSync(join(tmpdir(), 'plan-fixtures-'));
try {
  const { cliConfigFile } = await installProviderMirror({ directory });
  mkdirSync(OUTPUT, { recursive: true });
  for (const name of names) {
    const plan = planOf(name, cliConfigFile);
    writeFileSync(join(OUTPUT, `${name}.json`), `${JSON.stringify(plan, null, 1)}\n`);
    console.log(`${name}: done`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function planOf(name: string, cliConfigFile: string): unknown {
  const work = join(directory, name);
  mkdirSync(work);
  const environment = {
    ...process.env,
    TF_CLI_CONFIG_FILE: cliConfigFile,
    LIVEKIT_GKE_PROVIDER_DIR: join(directory, `${name}-resources`),
    LIVEKIT_GKE_ENDPOINTS: '',
    GOOGLE_OAUTH_ACCESS_TOKEN: 'none',
  };
  const terraform = (...args: string[]) => {
    const result = spawnSync('terraform', args, { cwd: work, env: environment, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`terraform ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  copyFileSync(join(SITUATIONS, name, 'before.tf'), join(work, 'main.tf'));
  terraform('init', '-input=false');
  terraform('apply', '-input=false', '-auto-approve');
  copyFileSync(join(SITUATIONS, name, 'after.tf'), join(work, 'main.tf'));
  terraform('plan', '-input=false', '-out=plan.tfplan');
  const whole = JSON.parse(terraform('show', '-json', 'plan.tfplan')) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(whole).filter(([key]) => KEPT.includes(key)));
}
