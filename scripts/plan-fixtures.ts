/**
 * Makes the plans in `src/terraform/fixtures/` by the real Terraform and OpenTofu: for each folder of
 * `scripts/plan-fixtures/` it applies `before.tf`, then `between.tf` (which may fail by `faults.json`), lets happen what
 * `outside.json` tells, plans `after.tf` and keeps the part of `show -json` that is read. The google provider is the
 * sandbox's stand-in; everything happens in a temporary folder.
 *
 * Usage: node scripts/plan-fixtures.ts [NAME...]
 * PLAN_FIXTURES_MIRROR=DIR: a filesystem mirror with the providers of the situations in NEEDS_MIRROR.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installProviderMirror } from '../sandbox/provider/mirror.ts';

const SITUATIONS = join(import.meta.dirname, 'plan-fixtures');
const OUTPUT = join(import.meta.dirname, '../src/terraform/fixtures');
/** What the plan model reads; the rest would make the fixtures ten times as large. */
const KEPT = [
  'format_version',
  'terraform_version',
  'resource_changes',
  'resource_drift',
  'deferred_changes',
  'action_invocations',
  'output_changes',
  'checks',
  'configuration',
  'prior_state',
  'applyable',
  'complete',
  'errored',
];
/** Made with OpenTofu as well, since its JSON differs there. */
const BOTH = ['google', 'moves', 'imports', 'checks', 'ephemeral'];
/** Of OpenTofu alone: `lifecycle { destroy = false }`. */
const ONLY_TOFU = ['kept'];
/** Terraform alone has no ephemeral resource, and the stand-in neither. */
const NEEDS_MIRROR = ['ephemeral'];
/** Where the sandbox keeps the OpenTofu that it built, a folder for each version. */
const TOFU = join(homedir(), '.cache/livekit-gke/tools/tofu');

interface Outside {
  /** `google_redis_instance/name` */
  readonly resource: string;
  readonly set?: Record<string, unknown>;
  readonly remove?: boolean;
}

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : readdirSync(SITUATIONS);
const directory = mkdtempSync(join(tmpdir(), 'plan-fixtures-'));
const versions = existsSync(TOFU) ? readdirSync(TOFU).map((version) => join(TOFU, version)) : [];
const path = [process.env['PATH'], ...versions].join(delimiter);
const engines = ['terraform', 'tofu'].filter(
  (engine) => spawnSync(engine, ['version'], { env: { ...process.env, PATH: path } }).status === 0,
);
try {
  const { cliConfigFile } = await installProviderMirror({ directory });
  const more = process.env['PLAN_FIXTURES_MIRROR'];
  if (more !== undefined) {
    // One block for all: a CLI configuration may have only one.
    const text = readFileSync(cliConfigFile, 'utf8');
    const mirror = `  filesystem_mirror {\n    path    = ${JSON.stringify(more)}\n    exclude = ["registry.terraform.io/hashicorp/google", "registry.opentofu.org/hashicorp/google"]\n  }\n`;
    writeFileSync(cliConfigFile, text.replace(/\}\n$/, `${mirror}}\n`));
  }
  mkdirSync(OUTPUT, { recursive: true });
  for (const name of names) {
    if (NEEDS_MIRROR.includes(name) && more === undefined) {
      console.log(`${name}: left as it is, since PLAN_FIXTURES_MIRROR is not set`);
      continue;
    }
    for (const engine of engines.filter((each) => isFor(each, name))) {
      const file = engine === 'terraform' ? `${name}.json` : `${name}.${engine}.json`;
      writeFileSync(join(OUTPUT, file), `${JSON.stringify(planOf(name, engine, cliConfigFile), null, 1)}\n`);
      console.log(`${file}: done`);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function isFor(engine: string, name: string): boolean {
  if (ONLY_TOFU.includes(name)) return engine === 'tofu';
  return engine === 'terraform' || BOTH.includes(name);
}

function planOf(name: string, engine: string, cliConfigFile: string): unknown {
  const work = join(directory, `${engine}-${name}`);
  const resources = `${work}-resources`;
  const situation = join(SITUATIONS, name);
  mkdirSync(work);
  const environment = {
    ...process.env,
    PATH: path,
    TF_CLI_CONFIG_FILE: cliConfigFile,
    LIVEKIT_GKE_PROVIDER_DIR: resources,
    LIVEKIT_GKE_ENDPOINTS: '',
    GOOGLE_OAUTH_ACCESS_TOKEN: 'none',
  };
  const command = (args: readonly string[], more: NodeJS.ProcessEnv = {}, mayFail = false) => {
    const result = spawnSync(engine, args, { cwd: work, env: { ...environment, ...more }, encoding: 'utf8' });
    if (result.status !== 0 && !mayFail)
      throw new Error(`${name}: ${engine} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  };
  const configure = (file: string) => {
    copyFileSync(join(situation, file), join(work, 'main.tf'));
    command(['init', '-input=false']);
  };
  const faults = join(situation, 'faults.json');
  if (existsSync(join(situation, 'modules')))
    cpSync(join(situation, 'modules'), join(work, 'modules'), { recursive: true });
  configure('before.tf');
  command(['apply', '-input=false', '-auto-approve']);
  if (existsSync(join(situation, 'between.tf'))) {
    configure('between.tf');
    const failing = existsSync(faults);
    const more = failing ? { LIVEKIT_GKE_PROVIDER_FAULTS: readFileSync(faults, 'utf8') } : {};
    command(['apply', '-input=false', '-auto-approve'], more, failing);
  }
  for (const event of outsideOf(situation)) happen(event, resources);
  configure('after.tf');
  command(['plan', '-input=false', '-out=plan.tfplan']);
  const whole = JSON.parse(command(['show', '-json', 'plan.tfplan'])) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(whole)
      .filter(([key]) => KEPT.includes(key))
      .map(([key, value]) => [key, pruned(key, value)]),
  );
}

function outsideOf(situation: string): Outside[] {
  const file = join(situation, 'outside.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outside[]) : [];
}

/** Changes a resource as someone in the console would. */
function happen({ resource, set, remove }: Outside, resources: string): void {
  const [type = '', name = ''] = resource.split('/');
  const folder = join(resources, type);
  const file = readdirSync(folder).find((each) => each.includes(name));
  if (file === undefined) throw new Error(`outside.json: there is no ${resource}`);
  if (remove === true) return rmSync(join(folder, file));
  const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { attributes: Record<string, unknown> };
  writeFileSync(join(folder, file), JSON.stringify({ ...document, attributes: { ...document.attributes, ...set } }));
}

/** Without what the model does not read: provider settings, and all values of the state before. */
function pruned(key: string, value: unknown): unknown {
  if (key === 'configuration') return { root_module: (value as { root_module: unknown }).root_module };
  if (key !== 'prior_state') return value;
  const { values } = value as { values?: { root_module?: StateModule } };
  return { values: { root_module: dependencies(values?.root_module ?? {}) } };
}

interface StateModule {
  readonly resources?: readonly { readonly address: string; readonly depends_on?: readonly string[] }[];
  readonly child_modules?: readonly StateModule[];
}

function dependencies({ resources, child_modules }: StateModule): StateModule {
  return {
    ...(resources === undefined
      ? {}
      : {
          resources: resources.map(({ address, depends_on }) =>
            depends_on === undefined ? { address } : { address, depends_on },
          ),
        }),
    ...(child_modules === undefined ? {} : { child_modules: child_modules.map(dependencies) }),
  };
}
