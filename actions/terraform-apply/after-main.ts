import { readContext } from '../../src/runner/context.ts';
import { secretInput } from '../../src/runner/inputs.ts';
import { savedState } from '../../src/runner/outputs.ts';
import { removeOwnDirectory } from '../../src/runner/own-directory.ts';
import type { RunningApply } from '../../src/terraform/interrupted-apply.ts';
import { readInputs } from './inputs.ts';
import { tell } from './tell.ts';

/** Waits for an apply that main could not wait for, tells what became of it, and signs out. */
export async function afterMain(variables: NodeJS.ProcessEnv): Promise<void> {
  // This is another process: the log that it reads may quote what main has masked.
  for (const name of ['livekit-api-key', 'livekit-api-secret', 'github-token']) secretInput(name);
  const running = savedState('running-apply');
  try {
    if (running !== '') await afterApply(JSON.parse(running) as RunningApply, variables);
  } finally {
    // Only now: Terraform needs the credentials to end in order.
    const { signOut } = await import('../../src/google/identity.ts');
    await signOut(savedState('credentials-file'));
    await removeOwnDirectory();
  }
}

/** What became of an apply that main could not wait for, and of its lock: told where the pull request's readers look. */
async function afterApply(running: RunningApply, environment: NodeJS.ProcessEnv): Promise<void> {
  const inputs = readInputs();
  const context = readContext();
  const { awaitApply } = await import('../../src/terraform/interrupted-apply.ts');
  const { hideSecretVariables } = await import('../../src/terraform/hide-secret-variables.ts');
  const { parseVariables } = await import('../../src/terraform/variables.ts');
  const { variableEnvironment } = await import('../../src/terraform/environment.ts');
  const given = variableEnvironment(parseVariables(inputs.variables));
  await hideSecretVariables(running.directory, { ...environment, ...given });
  const failure = await awaitApply(running, {
    environment,
    unlock: inputs.unlock,
    bucket: async () => {
      const { withFile } = await import('../../src/google/identity.ts');
      const { openBucket } = await import('../../src/google/storage.ts');
      const { parseEndpoints } = await import('../../src/google/endpoints.ts');
      const file = savedState('credentials-file') || (context.googleCredentialsFile ?? '');
      return openBucket(inputs.bucket, await withFile(file, false, undefined), parseEndpoints(context.endpoints));
    },
  });
  if (failure === undefined) return;
  const { githubClient } = await import('../../src/github/client.ts');
  const github = githubClient({ token: inputs.githubToken, apiUrl: context.apiUrl, repository: context.repository });
  const { failureReport } = await import('../../src/terraform/failure-report.ts');
  const what = { environment: running.environment, doing: 'apply', failure, commit: context.sha } as const;
  await tell(inputs, github, running.pullRequest, failureReport(context, what));
}
