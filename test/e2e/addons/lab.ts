import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cacheDirectory } from '../../../sandbox/config.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { buildImage, type ImageSpec } from '../../../sandbox/kubernetes/image.ts';
import { importImages } from '../../../sandbox/kubernetes/node.ts';
import { MACHINES, WORLD_CLIENT } from '../../../sandbox/kubernetes/plan.ts';
import { kubectl } from '../../../sandbox/kubernetes/kubectl.ts';
import { Progress } from '../../../sandbox/progress.ts';
import { ToolProvider } from '../../../sandbox/tools/provide.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { type Report, reportSchema } from '../../../src/verify/report.ts';
import type { StepResult } from '../deploy/job.ts';
import { eventually, Lab } from '../deploy/lab.ts';
import type { Check } from '../scenario.ts';
import { Inward } from '../verify/inward.ts';
import { signIn } from '../world/sign-in.ts';

export { eventually };

/** What the end-to-end test of one add-on does. It leaves the cluster as it found it, as far as others would notice. */
export type Part = (lab: AddonLab, check: Check) => Promise<void>;

/** How an add-on is deployed. */
export interface Deployment {
  readonly addon: string;
  readonly namespace: string;
  /** The add-on's name when it is left out. */
  readonly release?: string;
  /** Values files of the user's repository, or of the add-on itself. */
  readonly values?: readonly string[];
  readonly set?: readonly string[];
  /** The input `secrets`. */
  readonly secrets?: string;
  /** Other inputs of helm-deploy. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** The environment dev on real nodes without LiveKit, a user's repository that deploys add-ons to it, and a person outside who verifies. */
export class AddonLab {
  readonly lab: Lab;
  readonly #inward: Inward;

  private constructor(lab: Lab, inward: Inward) {
    this.lab = lab;
    this.#inward = inward;
  }

  /** `variables`: of Terraform, such as the switches of the add-ons. */
  static async open(variables: Readonly<Record<string, unknown>>): Promise<AddonLab> {
    const lab = await Lab.open();
    if (Object.keys(variables).length > 0) await lab.environment.apply(lab.keys, variables);
    const { google, kubernetes } = lab.config.addresses;
    return new AddonLab(lab, await Inward.open(lab.config, [google, kubernetes]));
  }

  async close(): Promise<void> {
    this.#inward.close();
    await this.lab.close();
  }

  /** Files of the user's repository, such as values. */
  write(path: string, content: string): void {
    this.lab.repository.write(path, content);
  }

  /** One run of helm-deploy, whatever its conclusion. */
  run(deployment: Deployment): Promise<StepResult> {
    const { addon, namespace, release = addon, values = [], set = [], secrets, inputs = {} } = deployment;
    return this.lab.run({
      inputs: {
        chart: `helm/addons/${addon}`,
        ...{ release, namespace },
        ...(values.length > 0 && { values: values.join('\n') }),
        ...(secrets !== undefined && { secrets }),
        ...inputs,
      },
      set,
    });
  }

  /** As `run`, which must succeed. */
  async deploy(deployment: Deployment): Promise<StepResult> {
    const result = await this.run(deployment);
    assert.equal(result.conclusion, 'success', `${result.errors.join('\n')}\n${result.log}`);
    return result;
  }

  /** Takes a release away by helm-deploy, and its namespace. */
  async remove({
    addon,
    namespace,
    release = addon,
  }: Pick<Deployment, 'addon' | 'namespace' | 'release'>): Promise<void> {
    await this.run({ addon, namespace, release, inputs: { mode: 'uninstall' } });
    // A drain of minutes is nobody's here.
    // The pods first: a namespace looks again for what is left in it after half the grace of a pod that it saw.
    await this.kubectl('delete', 'pods', '--all', '-n', namespace, '--grace-period=1', '--timeout=55s');
    await this.kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=55s');
  }

  /**
   * Verifies from outside: the lines of the input `addons`, and of their checks those that are named (all without any). `authorities`:
   * PEM of those that the person trusts besides the sandbox's own.
   */
  async verify(addons: readonly string[], checks: readonly string[] = [], authorities = ''): Promise<Report> {
    const { config, environment } = this.lab;
    const { google, kubernetes } = config.addresses;
    const trusted = join(config.directory, 'addon-authorities.pem');
    writeFileSync(trusted, `${readFileSync(webAuthority(config.directory), 'utf8')}\n${authorities}`);
    const server = `https://127.0.0.1:${new URL(kubernetes).port}`;
    const job = {
      endpoints: JSON.stringify({
        googleapis: google,
        kubernetes: { server, certificateAuthority: config.kubernetes.certificateAuthority },
      }),
      token: await signIn(config, 'livekit-verify'),
      outputs: environment.outputs,
      stunServer: `${WORLD_CLIENT}:3478`,
      addons,
      checks,
    };
    const child = this.outside(process.execPath, [join(import.meta.dirname, 'outsider.ts')], {
      NODE_EXTRA_CA_CERTS: trusted,
    });
    child.stdin.end(JSON.stringify(job));
    const lines = (await text(child.stdout)).trim().split('\n');
    return reportSchema.parse(JSON.parse(lines.at(-1) ?? ''));
  }

  /** A program of the outside, with its network and DNS. */
  outside(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [first = '', ...prefix] = inWorld(this.lab.config.directory);
    return spawn(first, [...prefix, command, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], ...env },
    });
  }

  /** As the cluster's administrator. */
  kubectl(...args: string[]): Promise<string> {
    return this.lab.kubectl(...args);
  }

  /** Applies objects server-side, however large. */
  async apply(objects: string): Promise<void> {
    await kubectl(this.lab.administrator, ['apply', '--server-side', '--force-conflicts', '-f', '-'], objects);
  }

  /** A program of the catalogue that no other scenario needs: built when it is first asked for, and kept. */
  async tool(name: string): Promise<string> {
    const { config } = this.lab;
    return new ToolProvider(cacheDirectory(), config.bin, new Progress(), new AbortController().signal).get(name);
  }

  /** Makes an image of this machine's programs and puts it on every node, under the name that the chart has. */
  async image(spec: ImageSpec): Promise<void> {
    const { directory } = this.lab.config;
    const archive = join(directory, 'images', `${spec.reference.replaceAll(/[/:]/g, '_')}.tar`);
    await buildImage(spec, archive);
    await Promise.all(
      MACHINES.map((machine) => importImages(directory, machine, [{ reference: spec.reference, archive }])),
    );
  }
}

/** Asserts that these checks, and no others, do not pass, each with its verdict; skips are none. */
export function assertFindings(report: Report, expected: Readonly<Record<string, string>>): void {
  const odd = report.checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip');
  const seen = Object.fromEntries(odd.map(({ id, verdict }) => [id, verdict]));
  assert.deepEqual(
    seen,
    expected,
    odd.map(({ id, evidence, cause }) => `${id}: ${evidence} ${cause ?? ''}`).join('\n'),
  );
}

/** What a check of the report saw; fails when it did not run. */
export function findingOf(report: Report, id: string) {
  const found = report.checks.find((one) => one.id === id);
  assert.ok(found, `the check ${id} did not run`);
  return found;
}
