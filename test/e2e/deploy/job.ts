import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import type { UserRepository } from '../../../sandbox/demo/repository.ts';
import type { Settings } from '../../../sandbox/demo/settings.ts';
import { runnerVariables } from '../../../sandbox/workflow/context.ts';
import { dispatchEvent, type WorkflowEvent } from '../../../sandbox/workflow/event.ts';
import { Launcher, newToken, type Person, type RegisteredRun } from '../../../sandbox/workflow/github.ts';
import { type ActionResult, type ActionRun, runAction } from '../../../sandbox/workflow/harness.ts';
import type { Release } from './release.ts';

/** Where jobs run: the user's repository, and what its settings say. */
export interface Home {
  readonly config: SandboxConfig;
  readonly person: Person;
  readonly repository: UserRepository;
  readonly settings: Settings;
  readonly release: Release;
}

export interface Step {
  /** helm-deploy when it is left out. */
  readonly action?: 'helm-deploy' | 'turn-cert';
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What started the run; a dispatch on main when it is left out. */
  readonly event?: WorkflowEvent;
  /** Aborted: the job is cancelled as GitHub does it. */
  readonly signal?: AbortSignal;
  readonly timing?: ActionRun['timing'];
  readonly onLine?: (line: string) => void;
  /** Told the folder of the job's machine before the step begins. */
  readonly onMachine?: (directory: string) => void;
}

export interface StepResult extends ActionResult {
  /** Main's and post's output. */
  readonly log: string;
  /** Annotations, `CODE: text`. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly runId: number;
}

/** The variable that names an action's service account. */
const ACCOUNTS = {
  'helm-deploy': 'GCP_DEPLOY_SERVICE_ACCOUNT',
  'turn-cert': 'GCP_TURN_CERT_SERVICE_ACCOUNT',
} as const;

/** Runs one step of the action's workflow on a machine of its own, with a registered run and the identity that GitHub gives it. */
export async function runStep(home: Home, environment: string, step: Step): Promise<StepResult> {
  const { config, person, repository, settings, release } = home;
  const event = step.event ?? (await dispatchEvent(person, {}));
  const launcher = new Launcher(config);
  const name = step.action ?? 'helm-deploy';
  const path = `.github/workflows/${name}.yml`;
  const run = await launcher.call<RegisteredRun>('POST', '/runs', {
    ...{ workflow: name, path, event: event.name, title: event.title === '' ? name : event.title },
    actor: event.actor,
    headBranch: event.headRef === '' ? 'main' : event.headRef,
    headSha: event.sha,
    pulls: event.pulls,
  });
  const workflow = {
    ref: `${config.repository.owner}/${config.repository.name}/${path}@${event.ref}`,
    sha: event.sha,
  };
  const [token, requestToken] = [newToken('ghs'), newToken('ghs')];
  const jobs = `/runs/${run.id}/jobs`;
  const { id } = await launcher.call<{ id: number }>('POST', jobs, {
    name: `${name} ${environment}`,
    permissions: { contents: 'read', 'id-token': 'write', 'pull-requests': 'write', issues: 'write' },
    environment,
    token,
    identity: {
      requestToken,
      facts: {
        ...{ event: event.name, ref: event.ref, sha: event.sha, headRef: event.headRef, baseRef: event.baseRef },
        ...{ actor: event.actor, actorId: 2_000_001, workflow: name },
        ...{ workflowRef: workflow.ref, workflowSha: workflow.sha },
        ...{ jobWorkflowRef: workflow.ref, jobWorkflowSha: workflow.sha },
        ...{ runId: String(run.id), runNumber: String(run.number), runAttempt: '1', environment },
      },
    },
  });
  const machine = mkdtempSync(join(tmpdir(), 'machine-'));
  const started = Date.now();
  try {
    cpSync(join(repository.directory, 'helm'), join(machine, 'workspace', 'helm'), { recursive: true });
    const eventFile = join(machine, 'event.json');
    writeFileSync(eventFile, JSON.stringify(event.payload));
    step.onMachine?.(machine);
    const { variables } = settings;
    const result = await runAction({
      action: release.action(name),
      directory: machine,
      inputs: {
        environment,
        bucket: config.bucket,
        ...(name === 'helm-deploy' && { repository: config.addresses.helmRepository }),
        workload_identity_provider: variables['GCP_WORKLOAD_IDENTITY_PROVIDER'] ?? '',
        service_account: variables[ACCOUNTS[name]] ?? '',
        'github-token': token,
        ...step.inputs,
      },
      env: {
        PATH: [dirname(process.execPath), config.bin, '/usr/local/bin:/usr/bin:/bin'].join(':'),
        ...runnerVariables({ config, event, run, workflowName: name, workflow }),
        ...{ GITHUB_SHA: event.sha, GITHUB_EVENT_NAME: event.name, GITHUB_EVENT_PATH: eventFile },
        ...{ GITHUB_ACTOR: event.actor, GITHUB_JOB: 'deploy' },
        ACTIONS_ID_TOKEN_REQUEST_URL: `${config.addresses.github}/_oidc/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        ...settings.env,
        ...step.env,
      },
      ...(step.signal && { signal: step.signal }),
      ...(step.timing && { timing: step.timing }),
      ...(step.onLine && { onLine: step.onLine }),
    });
    const { conclusion, summary } = result;
    const seen = { conclusion, steps: [], annotations: [], summary, environmentUrl: '' };
    await launcher.call('PATCH', `${jobs}/${id}`, seen);
    await launcher.call('PATCH', `/runs/${run.id}`, { conclusion });
    const lines = [...result.main.lines, ...(result.post?.lines ?? [])];
    return {
      ...result,
      // What is masked is long, and says nothing.
      log: lines.filter((line) => !line.startsWith('::add-mask::')).join('\n'),
      errors: annotations(lines, 'error'),
      warnings: annotations(lines, 'warning'),
      seconds: (Date.now() - started) / 1000,
      runId: run.id,
    };
  } finally {
    rmSync(machine, { recursive: true, force: true });
  }
}

function annotations(lines: readonly string[], level: 'error' | 'warning'): string[] {
  return lines.flatMap((line) => {
    const [, properties = '', text = ''] = new RegExp(`^::${level}(?: ([^:]*(?::[^:]+)*?))?::(.*)$`).exec(line) ?? [];
    if (text === '') return [];
    const title = /title=([^,]*)/.exec(properties)?.[1];
    return [plain(title === undefined ? text : `${title}: ${text}`)];
  });
}

const plain = (text: string) => text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
