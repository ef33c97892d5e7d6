import type { SandboxConfig } from '../config.ts';
import { formatDuration } from '../progress.ts';
import { dispatchEvent, pullRequestEvent, pushEvent, type WorkflowEvent } from '../workflow/event.ts';
import { Person, type PullRequest } from '../workflow/github.ts';
import { type LogLine, type RunResult, runWorkflow } from '../workflow/run.ts';
import { ArgumentWatch, type Canary, newCanary, searchEverywhere } from './canary.ts';
import { suiteDirectory, UserRepository } from './repository.ts';
import { type Settings, settingsOf } from './settings.ts';

export interface Stage {
  readonly name: string;
  readonly seconds: number;
  readonly outcome: string;
  readonly url: string | undefined;
}

export interface Reporter {
  begin(name: string): void;
  /** A line of a workflow's log. */
  line(line: LogLine): void;
  /** A line of the stage itself. */
  note(text: string): void;
  end(stage: Stage, error: Error | undefined): void;
}

/** The sandbox has an older server and no internet; all else is as the payload has it. */
export const SANDBOX_VALUES: readonly string[] = ['image.tag=v1.11.0', 'livekit.rtc.use_external_ip=false'];

/** What can be proven here without load balancers: the job's dev has no addresses that its runner would reach. */
const CHECKS = ['cluster', 'pods-ready', 'node-spread', 'health', 'metrics', 'signal', 'signal-join', 'api'];

/** A user who takes LiveKit from a pull request to a verified deployment, by the real workflow files. */
export class MainJob {
  readonly stages: Stage[] = [];
  readonly canary: Canary = newCanary();
  readonly settings: Settings;
  private readonly config: SandboxConfig;
  private readonly report: Reporter;
  private readonly watch: ArgumentWatch;
  private readonly signal: AbortSignal | undefined;
  private user: Person | undefined;
  private clone: UserRepository | undefined;

  constructor(config: SandboxConfig, report: Reporter, signal?: AbortSignal) {
    this.config = config;
    this.report = report;
    this.signal = signal;
    this.settings = settingsOf(config, this.canary);
    this.watch = new ArgumentWatch(this.canary);
  }

  get person(): Person {
    if (!this.user) throw new Error('nobody has signed in yet');
    return this.user;
  }

  get repository(): UserRepository {
    if (!this.clone) throw new Error('there is no repository yet');
    return this.clone;
  }

  /** The whole main job, stage by stage; throws at the first that fails. */
  async run(): Promise<void> {
    await this.begin();
    const pull = await this.plan();
    await this.merge(pull);
    await this.deploy();
    await this.verify();
    await this.proveSecrecy();
  }

  close(): void {
    this.watch.stop();
    this.clone?.remove();
  }

  begin(): Promise<void> {
    return this.stage('repository', async () => {
      this.user = await Person.signIn(this.config, 'ada', 'admin');
      this.clone = await UserRepository.create(this.config);
      return {
        outcome: 'payload and workflows pushed to nova/livekit',
        url: `${this.config.addresses.github}/nova/livekit`,
      };
    });
  }

  /** A pull request that sets the environment up; its workflow comments the plan. */
  plan(): Promise<PullRequest> {
    return this.stage('pull request and plan', async () => {
      const pull = await this.openPullRequest('dev', 'Bring up dev', {
        'terraform/environments/dev/dev.auto.tfvars': environmentVariables(this.config),
      });
      const run = await this.workflow('terraform-plan', await pullRequestEvent(this.person, pull.number, 'opened'));
      const comments = await this.person.call<{ body: string }[]>('GET', `/issues/${pull.number}/comments`);
      if (comments.length !== 1) throw new Error(`the pull request has ${comments.length} comments instead of one`);
      return {
        outcome: `plan commented on pull request #${pull.number} (run ${run.runId})`,
        url: this.person.pullRequestPage(pull.number),
        value: pull,
      };
    });
  }

  /** The merge, which applies exactly that plan. */
  merge(pull: PullRequest): Promise<RunResult> {
    return this.stage('merge and apply', async () => {
      const before = await this.repository.pull();
      await this.person.mergePullRequest(pull.number);
      await this.repository.pull();
      const run = await this.workflow('terraform-apply', await pushEvent(this.person, 'main', before));
      return { outcome: 'the reviewed plan applied, outputs document published', url: run.url, value: run };
    });
  }

  deploy(set: readonly string[] = ['replicaCount=2'], name = 'deploy'): Promise<RunResult> {
    return this.stage(name, async () => {
      const inputs = {
        environment: 'dev',
        repository: this.config.addresses.helmRepository,
        set: [...SANDBOX_VALUES, ...set].join('\n'),
      };
      const run = await this.workflow('helm-deploy', await dispatchEvent(this.person, inputs));
      return { outcome: 'LiveKit runs on two nodes', url: run.url, value: run };
    });
  }

  verify(): Promise<RunResult> {
    return this.stage('verify', async () => {
      const inputs = { environment: 'dev', 'signal-url': 'pod', checks: CHECKS.join(' ') };
      const run = await this.workflow('verify', await dispatchEvent(this.person, inputs));
      return { outcome: 'signal connection, health and metrics proven', url: run.url, value: run };
    });
  }

  /** The API secret is where it belongs and nowhere else. */
  proveSecrecy(): Promise<void> {
    return this.stage('secrets', async () => {
      const { clean, expected } = await searchEverywhere(this.config, this.canary, [this.repository.directory]);
      const programs = this.watch.stop();
      const leaks = clean.filter((sighting) => sighting.found).map((sighting) => sighting.place);
      if (programs.length > 0) leaks.push(`arguments of ${programs.join(', ')}`);
      if (leaks.length > 0) throw new Error(`the API secret was found in ${leaks.join('; ')}`);
      const missing = expected.filter((sighting) => !sighting.found).map((sighting) => sighting.place);
      if (missing.length > 0)
        throw new Error(
          `the search proves nothing: the API secret was not found in ${missing.join(', ')}, where it must be`,
        );
      for (const { place } of clean) this.report.note(`not in ${place}`);
      this.report.note(`not among any process’s arguments (looked ${this.watch.looks} times)`);
      for (const { place } of expected) this.report.note(`found in ${place}, where it belongs`);
      return {
        outcome: 'the API secret is in Secret Manager and its Kubernetes Secret, and nowhere else',
        url: undefined,
      };
    });
  }

  /** Commits the files on a branch of their own and opens a pull request for it. */
  async openPullRequest(branch: string, title: string, files: Readonly<Record<string, string>>): Promise<PullRequest> {
    await this.repository.branch(branch, title, () => {
      for (const [path, content] of Object.entries(files)) this.repository.write(path, content);
    });
    return this.person.openPullRequest({ title, head: branch });
  }

  /** Runs one workflow to its end; throws with the run's own errors when it does not succeed. */
  async workflow(name: string, event: WorkflowEvent): Promise<RunResult> {
    const run = await this.attempt(name, event);
    if (run.conclusion === 'success') return run;
    throw new Error(`${name} ended with ${run.conclusion}: ${errorsOf(run).join(' | ') || `see ${run.logFile}`}`);
  }

  /** As `workflow`, whatever its conclusion; `env` replaces settings of the sandbox. */
  attempt(name: string, event: WorkflowEvent, env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
    return runWorkflow({
      config: this.config,
      workflow: `.github/workflows/${name}.yml`,
      event,
      suiteDirectory,
      ...this.settings,
      env: { ...this.settings.env, ...env },
      onLine: (line) => this.report.line(line),
      ...(this.signal && { signal: this.signal }),
    });
  }

  private async stage<T = void>(
    name: string,
    work: () => Promise<{ outcome: string; url: string | undefined; value?: T }>,
  ): Promise<T> {
    this.signal?.throwIfAborted();
    const started = Date.now();
    const seconds = () => (Date.now() - started) / 1000;
    this.report.begin(name);
    try {
      const { outcome, url, value } = await work();
      const stage = { name, seconds: seconds(), outcome, url };
      this.stages.push(stage);
      this.report.end(stage, undefined);
      return value as T;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const stage = { name, seconds: seconds(), outcome: error.message, url: undefined };
      this.stages.push(stage);
      this.report.end(stage, error);
      throw error;
    }
  }
}

/** The error annotations of a run, as GitHub shows them. */
export function errorsOf(run: RunResult): string[] {
  return run.jobs.flatMap((job) =>
    job.annotations.filter(({ level }) => level === 'error').map(({ message }) => message),
  );
}

/** A table of the stages with their durations and pages. */
export function timeline(stages: readonly Stage[]): string {
  const rows = stages.map((stage) => [stage.name, formatDuration(stage.seconds * 1000), stage.url ?? '']);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name = '', seconds = '', url = '']) =>
      `  ${name.padEnd(widths[0] ?? 0)}  ${seconds.padStart(widths[1] ?? 0)}  ${url}`.trimEnd(),
    )
    .join('\n');
}

function environmentVariables(config: SandboxConfig): string {
  return [
    `project_id  = "${config.project.id}"`,
    'domain      = "livekit-dev.nova.example"',
    'turn_domain = "turn-dev.nova.example"',
    '',
  ].join('\n');
}
