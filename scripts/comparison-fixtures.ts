#!/usr/bin/env node
/**
 * Makes the plans in src/terraform/fixtures/comparison/ with the real Terraform: `node scripts/comparison-fixtures.ts`.
 * terraform_data is built in, so neither provider nor cloud is needed. Each world is one state; its plans are made in order.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../src/terraform/fixtures/comparison/', import.meta.url));

/** One state with its configuration, in a folder that goes away. */
class World {
  readonly #directory = mkdtempSync(join(tmpdir(), 'comparison-fixtures-'));

  configure(text: string): this {
    writeFileSync(join(this.#directory, 'main.tf'), text);
    this.#terraform('init', '-input=false');
    return this;
  }

  apply(...args: string[]): this {
    this.#terraform('apply', '-auto-approve', '-input=false', ...args);
    return this;
  }

  /** Makes a plan and keeps its JSON under a name. */
  plan(name: string, ...args: string[]): this {
    this.#terraform('plan', '-input=false', '-lock=false', '-out=plan', ...args);
    const plan = JSON.parse(this.#terraform('show', '-json', 'plan')) as Record<string, unknown>;
    // What changes with every run and is not compared.
    for (const noise of ['timestamp', 'prior_state', 'planned_values']) delete plan[noise];
    writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify(plan)}\n`);
    return this;
  }

  /** Changes the state behind Terraform's back, as a person in the console changes the object. */
  drift(from: string, to: string): this {
    const file = join(this.#directory, 'terraform.tfstate');
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${from} is not in the state`);
    writeFileSync(file, text.replaceAll(from, to));
    return this;
  }

  state(...args: string[]): this {
    this.#terraform('state', ...args);
    return this;
  }

  end(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #terraform(...args: string[]): string {
    return execFileSync('terraform', args, {
      cwd: this.#directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        TF_CLI_ARGS: '',
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
        TF_CLI_CONFIG_FILE: '/dev/null',
      },
      maxBuffer: 64 * 2 ** 20,
    });
  }
}

const data = (name: string, body: string) => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const redis = (gigabytes: number, more = '') => data('redis', `input = { memory_gb = ${gigabytes}${more} }`);

/** Two pull requests after one another, a merge queue's group of both, what is left after half of it, a drift. */
function updates(): void {
  const labels = (text: string) => `, labels = { ${text} }`;
  const world = new World();
  world.configure(redis(1, labels('team = "a"'))).apply();
  world
    .configure(redis(2, labels('team = "a"')))
    .plan('update-memory')
    .plan('update-memory-again');
  world.configure(redis(3, labels('team = "a"'))).plan('update-memory-other');
  world.configure(redis(1, labels('team = "a", cost = "b"'))).plan('update-labels');
  world.configure(redis(2, labels('team = "a", cost = "b"'))).plan('update-both');
  world.configure(redis(1, labels('team = "a"')) + data('dns', 'input = "zone"')).plan('create-dns');
  world.configure(redis(2, labels('team = "a"')) + data('dns', 'input = "zone"')).plan('update-memory-create-dns');
  world
    .configure(redis(2, labels('team = "a"')))
    .drift('"memory_gb": 1', '"memory_gb": 5')
    .plan('update-memory-drifted');
  world.configure(redis(1, labels('team = "a"')) + data('dns', 'input = "zone"')).plan('create-dns-correct-drift');
  world.end();
}

/** A creation whose second part is known only once the first is made, with outputs. */
function creations(): void {
  const both = (more = '') =>
    `${data('network', `input = { name = "livekit"${more} }`)}${data('cluster', 'input = { network = terraform_data.network.id, nodes = [terraform_data.network.id, "z"] }')}
output "network" { value = terraform_data.network.id }
output "fixed" { value = "livekit" }
`;
  const world = new World();
  world.configure(both()).plan('create');
  world.configure(both(', mtu = 1500')).plan('create-other-value');
  world
    .configure(both())
    .apply('-target=terraform_data.network')
    .plan('create-rest')
    .apply()
    .plan('create-nothing-left');
  world.configure(both().replace('value = "livekit"', 'value = "other"')).plan('output-changed');
  world.end();
}

/** Replacements in both orders, what is left when the first half is done, and removals. */
function replacements(): void {
  const address = (version: number, first = false) =>
    data(
      'address',
      `input = "turn"\ntriggers_replace = [${version}]\n${first ? 'lifecycle { create_before_destroy = true }' : ''}`,
    );
  const world = new World();
  world.configure(address(1)).apply();
  world.configure(address(2)).plan('replace');
  world.configure(address(2, true)).plan('replace-create-first');
  world.configure('').plan('delete');
  world.configure(address(2)).state('rm', 'terraform_data.address').plan('replace-rest').apply();
  world.configure('').plan('delete-other-object');
  world.end();
}

/** Values that nobody may see, and a variable that changes them. */
function secrets(): void {
  const world = new World();
  world.configure(`variable "password" {
  type      = string
  sensitive = true
}
${data('auth', 'input = { user = "livekit", password = var.password }')}
output "auth" {
  value     = var.password
  sensitive = true
}
`);
  world.plan('secret', '-var=password=swordfish-one').plan('secret-other', '-var=password=swordfish-two');
  world.end();
}

/** Addresses and ids: moved and imported objects. */
function records(): void {
  const world = new World();
  world.configure(redis(1)).apply();
  const moved = (from: string) => `moved {\n  from = terraform_data.${from}\n  to = terraform_data.cache\n}\n`;
  world.configure(data('cache', 'input = { memory_gb = 1 }') + moved('redis')).plan('move');
  const imported = (id: string) =>
    `import {\n  to = terraform_data.old\n  id = "${id}"\n}\n${redis(1)}${data('old', '')}`;
  world.configure(imported('first')).plan('import').configure(imported('second')).plan('import-other');
  world.end();
}

rmSync(FIXTURES, { recursive: true, force: true });
mkdirSync(FIXTURES, { recursive: true });
for (const make of [updates, creations, replacements, secrets, records]) make();
