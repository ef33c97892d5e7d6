import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../../sandbox/command.ts';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';
import { PLAN_WORKFLOW } from '../../../sandbox/google/identities.ts';
import { runnerVariables } from '../../../sandbox/workflow/context.ts';
import type { WorkflowEvent } from '../../../sandbox/workflow/event.ts';
import { Launcher, newToken, type RegisteredRun } from '../../../sandbox/workflow/github.ts';
import { type ActionResult, type ActionRun, runAction } from '../../../sandbox/workflow/harness.ts';
import type { Lab } from './lab.ts';

export interface Step {
  readonly action: 'terraform-plan' | 'terraform-apply';
  readonly event: WorkflowEvent;
  /** The job's GitHub environment, null for none; an apply's is dev. */
  readonly gitHubEnvironment?: string | null;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timing?: ActionRun['timing'];
  readonly onLine?: (line: string) => void;
}

/** A machine of its own for one step: workspace, temporary directory and tool cache, all of them new. */
export class Machine {
  readonly directory = mkdtempSync(join(tmpdir(), 'machine-'));

  get workspace(): string {
    return join(this.directory, 'workspace');
  }

  /** The runner's own temporary directory. */
  get temporary(): string {
    return join(this.directory, 'temp');
  }

  get environmentDirectory(): string {
    return join(this.workspace, 'terraform', 'environments', 'dev');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Checks the event's commit out and runs one step as the templates' job does, with GitHub's sequence of a cancel. */
  async run(lab: Lab, step: Step): Promise<ActionResult> {
    const { config, job } = lab;
    const { event } = step;
    const applies = step.action === 'terraform-apply';
    const launcher = new Launcher(config);
    const path = `.github/workflows/${step.action}.yml`;
    const registered = await launcher.call<RegisteredRun>('POST', '/runs', {
      workflow: step.action,
      path,
      event: event.name,
      title: event.title === '' ? step.action : event.title,
      actor: event.actor,
      headBranch: event.headRef === '' ? 'main' : event.headRef,
      headSha: event.sha,
      pulls: event.pulls,
    });
    const { owner, name } = config.repository;
    const workflow = { ref: `${owner}/${name}/${path}@${event.ref}`, sha: event.sha };
    const facts = { config, event, run: registered, workflowName: step.action, workflow };
    const [token, requestToken] = [newToken('ghs'), newToken('ghs')];
    const environment = step.gitHubEnvironment === undefined ? (applies ? 'dev' : null) : step.gitHubEnvironment;
    const jobs = `/runs/${registered.id}/jobs`;
    const { id } = await launcher.call<{ id: number }>('POST', jobs, {
      name: `${step.action} dev`,
      permissions: { contents: 'read', 'id-token': 'write', 'pull-requests': 'write' },
      environment,
      token,
      identity: {
        requestToken,
        facts: {
          event: event.name,
          ref: event.ref,
          sha: event.sha,
          headRef: event.headRef,
          baseRef: event.baseRef,
          actor: event.actor,
          actorId: 2_000_001,
          workflow: step.action,
          workflowRef: workflow.ref,
          workflowSha: workflow.sha,
          // The identity that plans is bound to the suite's own reusable workflow.
          jobWorkflowRef: applies ? workflow.ref : PLAN_WORKFLOW,
          jobWorkflowSha: workflow.sha,
          runId: String(registered.id),
          runNumber: String(registered.number),
          runAttempt: '1',
          environment,
        },
      },
    });
    await this.#checkOut(lab, event.sha);
    const eventFile = join(this.directory, 'event.json');
    writeFileSync(eventFile, JSON.stringify(event.payload));
    const secrets = job.settings.environments['dev']?.secrets ?? {};
    const { variables } = job.settings;
    const result = await runAction({
      action: join(suiteDirectory, 'actions', step.action),
      directory: this.directory,
      inputs: {
        environment: 'dev',
        bucket: config.bucket,
        workload_identity_provider: variables['GCP_WORKLOAD_IDENTITY_PROVIDER'] ?? '',
        service_account: variables[applies ? 'GCP_SERVICE_ACCOUNT' : 'GCP_PLAN_SERVICE_ACCOUNT'] ?? '',
        'github-token': token,
        ...(applies && {
          'livekit-api-key': secrets['LIVEKIT_API_KEY'] ?? '',
          'livekit-api-secret': secrets['LIVEKIT_API_SECRET'] ?? '',
        }),
        ...step.inputs,
      },
      env: {
        PATH: [dirname(process.execPath), config.bin, '/usr/local/bin:/usr/bin:/bin'].join(':'),
        ...runnerVariables(facts),
        GITHUB_SHA: event.sha,
        GITHUB_EVENT_NAME: event.name,
        GITHUB_EVENT_PATH: eventFile,
        GITHUB_ACTOR: event.actor,
        GITHUB_JOB: 'job',
        ACTIONS_ID_TOKEN_REQUEST_URL: `${config.addresses.github}/_oidc/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        ...job.settings.env,
        ...step.env,
      },
      ...(step.signal && { signal: step.signal }),
      ...(step.timing && { timing: step.timing }),
      ...(step.onLine && { onLine: step.onLine }),
    });
    const { conclusion, summary } = result;
    await launcher.call('PATCH', `${jobs}/${id}`, {
      conclusion,
      steps: [],
      annotations: [],
      summary,
      environmentUrl: '',
    });
    await launcher.call('PATCH', `/runs/${registered.id}`, { conclusion });
    return result;
  }

  async #checkOut(lab: Lab, sha: string): Promise<void> {
    const git = (...args: string[]) => run('git', ['-C', this.workspace, ...args], { timeoutSeconds: 60 });
    rmSync(this.workspace, { recursive: true, force: true });
    await run('git', ['init', '--quiet', this.workspace], { timeoutSeconds: 60 });
    await git('fetch', '--quiet', lab.config.repository.gitDirectory, '+refs/*:refs/all/*');
    await git('checkout', '--quiet', '--detach', sha);
  }
}
