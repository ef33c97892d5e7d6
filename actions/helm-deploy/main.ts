import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { childEnvironment } from '../../src/exec/environment.ts';
import type { Action } from '../../src/runner/action.ts';
import { type Context, readContext } from '../../src/runner/context.ts';
import { step } from '../../src/runner/log.ts';
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
      if (!context.onGitHub) await cleanUp((name) => left.get(name) ?? '');
    }
  },

  async post() {
    await cleanUp(savedState);
  },
};

/** What main leaves on disk, by the names under which post finds it. */
const left = new Map<string, string>();

function remember(name: string, value: string): void {
  left.set(name, value);
  saveState(name, value);
}

async function cleanUp(named: (name: string) => string): Promise<void> {
  const { signOut } = await import('../../src/google/identity.ts');
  await signOut(named('credentials-file'));
  const directory = named('directory');
  if (directory !== '') await rm(directory, { recursive: true, force: true });
}

async function work(inputs: HelmDeployInputs, context: Context, signal: AbortSignal): Promise<void> {
  const { open } = await import('./open.ts');
  const { helm, client, outputs, forward, readKeys } = await open(inputs, context, signal, remember, {
    node: process.execPath,
    script: process.argv[1],
    environment: childEnvironment(process.env),
  });
  const { release, namespace } = inputs;
  if (inputs.mode === 'uninstall') {
    const { remove } = await import('../../src/helm/remove.ts');
    await step(`Uninstall ${release}; its Secrets are kept`, () => remove(helm, release));
    return;
  }
  if (inputs.mode === 'status') {
    const { readStatus } = await import('../../src/helm/status.ts');
    await report(await readStatus(helm, client, release, namespace), inputs);
    return;
  }
  if (inputs.mode === 'follow') {
    const { resume } = await import('../../src/helm/resume.ts');
    const result = await resume(helm, client, { ...inputs, description: describe(context), forward, signal });
    await report(result, inputs);
    if (result.failure !== undefined) throw result.failure;
    return;
  }
  const { deploy } = await import('../../src/helm/deploy.ts');
  const result = await deploy(helm, client, {
    ...inputs,
    workspace: context.workspace,
    // dist/ lies at the top of the release.
    suiteDirectory: join(dirname(process.argv[1] ?? ''), '..'),
    description: describe(context),
    outputs,
    keys: await readKeys(),
    forward,
    signal,
  });
  await report(result, inputs);
  if (result.failure !== undefined) throw result.failure;
}

/** What the release's history says of who made a revision. */
function describe(context: Context): string {
  return context.onGitHub
    ? `by ${context.actor} in ${context.runUrl}, attempt ${context.runAttempt}`
    : `by hand, on ${context.sha === '' ? 'an unnamed commit' : context.sha}`;
}

async function report(result: DeployResult, inputs: HelmDeployInputs): Promise<void> {
  const { renderDeploy } = await import('../../src/helm/render.ts');
  const summary = renderDeploy(result, inputs.environment, new Date());
  setOutput('status', result.status);
  setOutput('revision', result.revision ?? '');
  setOutput('previous-revision', result.previousRevision ?? '');
  setOutput('pods-ready', result.podsReady);
  setOutput('image', result.image);
  setOutput('summary', summary);
  await addSummary(summary);
}
