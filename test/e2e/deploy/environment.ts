import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import type { Canary } from '../../../sandbox/demo/canary.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';
import { type TerraformRun, terraformRun } from '../../../sandbox/provider/terraform-run.ts';
import { environmentPaths } from '../../../src/environment/outputs.ts';
import { signIn } from '../world/sign-in.ts';

/** Values of Terraform's variables. */
export type Variables = Readonly<Record<string, unknown>>;

const outputsOf = z
  .record(z.string(), z.looseObject({ value: z.unknown() }))
  .transform((outputs) => Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])));
const changesOf = z.object({
  resource_changes: z.array(
    z
      .object({ address: z.string(), change: z.object({ actions: z.array(z.string()) }) })
      .transform(({ address, change }) => ({ address, actions: change.actions })),
  ),
});
const stateOf = z.object({ lineage: z.string(), serial: z.number() });

/** One environment of the payload, applied as it is: what the actions find of it is what Terraform made. */
export class Environment {
  readonly name: string;
  readonly domain: string;
  readonly turnDomain: string;
  readonly #config: SandboxConfig;
  readonly #terraform: TerraformRun;
  #variables: Variables;
  #outputs: Variables = {};

  private constructor(config: SandboxConfig, name: string, terraform: TerraformRun) {
    this.#config = config;
    this.name = name;
    this.#terraform = terraform;
    this.domain = `livekit-${name}.nova.example`;
    this.turnDomain = `turn-${name}.nova.example`;
    this.#variables = {
      project_id: config.project.id,
      domain: this.domain,
      turn_domain: this.turnDomain,
      dns_zone: { name: 'nova-example', dns_name: 'nova.example', create: true },
    };
  }

  /** Not yet applied. */
  static async open(config: SandboxConfig, name: string): Promise<Environment> {
    return new Environment(config, name, await terraformRun(join(suiteDirectory, 'terraform')));
  }

  /**
   * Applies with these variables over those of before, and publishes the outputs document, as terraform-apply does. A key
   * pair is written by counting `livekit_keys_version` up.
   */
  async apply(keys: Canary, variables: Variables = {}): Promise<void> {
    this.#variables = { ...this.#variables, ...variables };
    await this.#folder.write('deploy.auto.tfvars.json', JSON.stringify(this.#variables));
    await this.#run(keys, 'init', '-input=false', `-backend-config=bucket=${this.#config.bucket}`);
    await this.#run(keys, 'apply', '-input=false', '-auto-approve');
    await this.publish(outputsOf.parse(JSON.parse(await this.#run(keys, 'output', '-json'))));
  }

  /** What an apply with these variables would do to each resource; nothing is applied, and the variables stay as they were. */
  async plan(keys: Canary, variables: Variables): Promise<{ address: string; actions: string[] }[]> {
    await this.#folder.write('deploy.auto.tfvars.json', JSON.stringify({ ...this.#variables, ...variables }));
    await this.#run(keys, 'plan', '-input=false', '-out=planned');
    return changesOf.parse(JSON.parse(await this.#run(keys, 'show', '-json', 'planned'))).resource_changes;
  }

  /** All of it, and what it held goes with it. */
  async destroy(keys: Canary): Promise<void> {
    await this.#run(keys, 'destroy', '-input=false', '-auto-approve');
  }

  /** What the outputs document says. */
  get outputs(): Variables {
    return this.#outputs;
  }

  /** Writes the outputs document. */
  async publish(outputs: Variables): Promise<void> {
    this.#outputs = outputs;
    const { addresses, bucket } = this.#config;
    const paths = environmentPaths(this.name);
    const objects = `${addresses.storageUpstream}/storage/v1/b/${bucket}/o`;
    const state = await fetch(`${objects}/${encodeURIComponent(`${paths.statePrefix}/default.tfstate`)}?alt=media`);
    const document = {
      schemaVersion: 1,
      environment: this.name,
      publishedAt: new Date().toISOString(),
      commit: '0'.repeat(40),
      state: stateOf.parse(await state.json()),
      outputs,
    };
    const url = `${addresses.storageUpstream}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(paths.outputs)}`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(document) });
    assert.equal(answer.status, 200, await answer.text());
  }

  remove(): Promise<void> {
    return this.#terraform.remove();
  }

  get #folder(): TerraformRun {
    return this.#terraform.in(join('environments', this.name));
  }

  async #run(keys: Canary, ...args: string[]): Promise<string> {
    const { addresses, bin } = this.#config;
    const { exitCode, text } = await this.#folder.run(args, {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: addresses.google }),
      GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: `${addresses.storage}/storage/v1/`,
      GOOGLE_OAUTH_ACCESS_TOKEN: await signIn(this.#config, 'livekit-cicd'),
      TF_VAR_livekit_api_key: keys.key,
      TF_VAR_livekit_api_secret: keys.secret,
    });
    assert.equal(exitCode, 0, text);
    return text;
  }
}
