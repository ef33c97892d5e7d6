import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { childEnvironment } from '../../src/exec/environment.ts';
import { Failure } from '../../src/failure/failure.ts';
import type { Helm } from '../../src/helm/helm.ts';
import type { HeldLease } from '../../src/helm/hold.ts';
import type { Preview } from '../../src/helm/preview/preview.ts';
import type { Kubernetes } from '../../src/kubernetes/client.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import { log, step } from '../../src/runner/log.ts';
import { redact } from '../../src/runner/mask.ts';
import { saveState, savedState, setOutput } from '../../src/runner/outputs.ts';
import { addSummary } from '../../src/runner/summary.ts';
import type { DeployResult } from '../../src/helm/result.ts';
import { type HelmDeployInputs, readInputs } from './inputs.ts';

export const action: Action = {
  name: 'helm-deploy',

  async main(signal) {
    const inputs = readInputs();
    const context = readContext();
    try {
      await work(inputs, context, signal);
    } finally {
      // Elsewhere there is no post step.
      if (!context.onGitHub) await cleanUp((name) => left.get(name) ?? '', context);
    }
  },

  async post() {
    await cleanUp(savedState, readContext());
  },
};

/** What main leaves on disk, by the names under which post finds it. */
const left = new Map<string, string>();

function remember(name: string, value: string): void {
  left.set(name, value);
  saveState(name, value);
}

async function cleanUp(named: (name: string) => string, context: Context): Promise<void> {
  // A run that ended as it should has given it back; this one was cancelled or killed.
  if (named('lease') !== '') {
    const { giveLeaseBack } = await import('./lease.ts');
    await giveLeaseBack(named, context);
  }
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(named('credentials-file'));
  const directory = named('directory');
  if (directory !== '') await rm(directory, { recursive: true, force: true });
}

async function work(inputs: HelmDeployInputs, context: Context, signal: AbortSignal): Promise<void> {
  const { open } = await import('./open.ts');
  const opened = await open(inputs, context, signal, remember, {
    node: process.execPath,
    script: process.argv[1],
    environment: childEnvironment(process.env),
  });
  const { outputs, url, readKeys, readSecrets } = opened;
  if (url !== undefined) setOutput('url', url);
  // As text it would be passed on to where the Secrets themselves are wanted.
  const { secrets: _text, ...given } = inputs;
  const options = {
    ...given,
    outputs,
    workspace: context.workspace,
    // dist/ lies at the top of the release.
    suiteDirectory: join(dirname(process.argv[1] ?? ''), '..'),
    description: describe(context),
    signal,
    onHeld: (lease: HeldLease | undefined) => remember('lease', lease === undefined ? '' : JSON.stringify(lease)),
  };
  if (inputs.mode === 'render') {
    const { printRendering, renderRendering, renderValues } = await import('../../src/helm/preview/rendering.ts');
    const rendering = await step('Values and manifest', () => renderValues(opened.paperHelm(), options));
    printRendering(rendering);
    // Without a summary all of it would be in the log twice.
    if (context.onGitHub) await publish(renderRendering(rendering), inputs, context);
    return;
  }
  const { helm, client, forward } = await opened.reachCluster();
  if (inputs.application !== undefined) {
    const { gitops } = await import('./gitops.ts');
    return gitops(client, inputs.application, inputs, context, { signal, publish, description: describe(context) });
  }
  const { release } = inputs;
  switch (inputs.mode) {
    case 'uninstall': {
      const { remove, renderRemoval } = await import('../../src/helm/remove.ts');
      const removal = await remove(helm, client, options);
      setOutput('changed', removal.removed.length > 0);
      return publish(renderRemoval(removal), inputs, context);
    }
    case 'status': {
      const { readStatus } = await import('../../src/helm/status.ts');
      await report(await readStatus(helm, client, release, { ...options, forward }), false, inputs, context);
      return;
    }
    case 'diff': {
      const { preview } = await import('../../src/helm/preview/preview.ts');
      const keys = await whereAllowed(readKeys);
      const secrets = await whereAllowed(readSecrets);
      const secretsHidden = inputs.secrets !== undefined && secrets === undefined;
      await tell(await preview(helm, client, { ...options, forward, keys, secrets, secretsHidden }), inputs, context);
      return;
    }
    case 'follow': {
      const { resume } = await import('../../src/helm/resume.ts');
      const result = await resume(helm, client, { ...options, forward });
      // Nothing is written but what a failure asks for.
      return conclude(result, result.failure !== undefined, inputs, context);
    }
    case 'rollback': {
      const { rollBackTo } = await import('../../src/helm/rollback.ts');
      const before = await digest(helm, client, inputs);
      const result = await rollBackTo(helm, client, { ...options, forward });
      return conclude(result, await differs(helm, client, inputs, before), inputs, context);
    }
    case 'upgrade-nodes': {
      const { upgradeNodes } = await import('../../src/helm/nodes/upgrade.ts');
      const result = await upgradeNodes(helm, client, { ...options, forward });
      return conclude(result, result.nodes?.changed === true, inputs, context);
    }
    case 'resume':
      // The inputs refuse it without an application.
      return;
    case 'deploy': {
      const { deploy } = await import('../../src/helm/deploy.ts');
      const [keys, secrets] = [await readKeys(), await readSecrets()];
      const result = await deploy(helm, client, { ...options, forward, keys, secrets });
      return conclude(result, result.changed === true, inputs, context);
    }
  }
}

async function digest(helm: Helm, client: Kubernetes, release: HelmDeployInputs): Promise<string> {
  const { releaseDigest } = await import('../../src/helm/digest.ts');
  return releaseDigest(helm, client, release);
}

/** What cannot be asked any more is taken to have changed: the verdict must be told in any case. */
const differs = (helm: Helm, client: Kubernetes, release: HelmDeployInputs, before: string) =>
  digest(helm, client, release).then(
    (now) => now !== before,
    () => true,
  );

/** A preview's identity need not have access to keys and Secrets. */
async function whereAllowed<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { googleFailures } = await import('../../src/google/failures.ts');
    if (!(error instanceof Failure && error.code === googleFailures.code('permissionDenied'))) throw error;
    return undefined;
  }
}

/** What the release's history says of who made a revision. */
function describe(context: Context): string {
  return context.onGitHub
    ? `by ${context.actor} in ${context.runUrl}, attempt ${context.runAttempt}`
    : `by hand, on ${context.sha === '' ? 'an unnamed commit' : context.sha}`;
}

/** Comment and summary of a preview. */
async function tell(found: Preview, inputs: HelmDeployInputs, context: Context): Promise<void> {
  const { renderPreview } = await import('../../src/helm/preview/render.ts');
  setOutput('changed', found.changes.length > 0);
  await publish(`## helm-deploy preview\n\n${renderPreview(found)}`, inputs, context);
  if (!context.onGitHub || !inputs.comment || !/^pull_request/.test(context.eventName)) return;
  const { pullRequestOfEvent } = await import('../../src/github/pull-request.ts');
  const { githubClient } = await import('../../src/github/client.ts');
  const { commentPreview } = await import('../../src/helm/preview/comment.ts');
  const { apiUrl, repository, runUrl, event } = context;
  const pullRequest = pullRequestOfEvent(event);
  const github = () => githubClient({ token: inputs.githubToken, apiUrl, repository });
  const run = { url: runUrl, commit: pullRequest.headSha };
  const posted = await commentPreview(github, pullRequest.number, found, run);
  if (posted !== undefined) log.info(`Comment: ${posted.url}`);
}

/** Outputs and summary first, then the failure, if there is one. */
async function conclude(
  result: DeployResult,
  changed: boolean,
  inputs: HelmDeployInputs,
  context: Context,
): Promise<void> {
  await report(result, changed, inputs, context);
  if (result.failure !== undefined) throw result.failure;
}

async function report(
  result: DeployResult,
  changed: boolean,
  inputs: HelmDeployInputs,
  context: Context,
): Promise<void> {
  const { renderDeploy } = await import('../../src/helm/render.ts');
  const summary = renderDeploy(result, inputs.environment, new Date());
  setOutput('status', result.status);
  // After a failure the objects may be as before, but pods came and went.
  setOutput('changed', changed || (result.failure !== undefined && result.status === 'rolled-back'));
  setOutput('revision', result.revision ?? '');
  setOutput('previous-revision', result.previousRevision ?? '');
  setOutput('pods-ready', result.podsReady);
  setOutput('image', result.image);
  await publish(summary, inputs, context);
}

/** To the job's summary, and to a file that a later step may keep as an artifact. */
async function publish(text: string, { environment }: HelmDeployInputs, context: Context): Promise<void> {
  setOutput('summary', text.length <= LONGEST_OUTPUT ? text : '');
  await addSummary(text);
  if (!context.onGitHub) return;
  const path = join(context.temporaryDirectory, `helm-deploy-${environment}.md`);
  await writeFile(path, `${redact(text)}\n`, { mode: 0o600 });
  setOutput('report-path', path);
}

/** All outputs of a job may have 1 MiB together; the report is in its file, too. */
const LONGEST_OUTPUT = 100_000;
