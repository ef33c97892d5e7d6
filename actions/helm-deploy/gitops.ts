import { applications, revisionsOf } from '../../src/gitops/application.ts';
import { absent, followApplication, isOwnRepository } from '../../src/gitops/follow.ts';
import { renderGitops } from '../../src/gitops/render.ts';
import type { GitopsResult } from '../../src/gitops/result.ts';
import { resumeApplication, rollBackApplication } from '../../src/gitops/rollback.ts';
import { readApplicationStatus } from '../../src/gitops/status.ts';
import type { Kubernetes } from '../../src/kubernetes/client.ts';
import type { Context } from '../../src/runner/context.ts';
import { log } from '../../src/runner/log.ts';
import { setOutput } from '../../src/runner/outputs.ts';
import type { HelmDeployInputs } from './inputs.ts';

interface Around {
  readonly signal: AbortSignal;
  readonly description: string;
  readonly publish: (text: string, inputs: HelmDeployInputs, context: Context) => Promise<void>;
}

/** The modes that have an application of Argo CD in place of a Helm release. */
export async function gitops(
  client: Kubernetes,
  { name, revision }: NonNullable<HelmDeployInputs['application']>,
  inputs: HelmDeployInputs,
  context: Context,
  { signal, description, publish }: Around,
): Promise<void> {
  const { mode, namespace, timeoutSeconds } = inputs;
  const options = { application: name, namespace, timeoutSeconds, signal };
  const work = async (): Promise<GitopsResult> => {
    if (mode === 'rollback') return rollBackApplication(client, { ...options, to: revision, description });
    if (mode === 'status') return readApplicationStatus(client, options);
    if (mode === 'resume') return resumeApplication(client, { ...options, revision });
    return followApplication(client, { ...options, revision: revision ?? (await ownCommit(client, options, context)) });
  };
  const result = await work();
  const { seen } = result;
  setOutput('status', result.status);
  setOutput('changed', mode === 'rollback' || mode === 'resume');
  setOutput(
    'revision',
    seen === undefined ? '' : revisionsOf(seen.status.operationState?.syncResult ?? seen.status.sync).join(','),
  );
  setOutput(
    'previous-revision',
    seen === undefined ? '' : revisionsOf(seen.status.history.at(-2) ?? { revision: '', revisions: [] }).join(','),
  );
  setOutput('image', seen?.status.summary.images[0] ?? '');
  await publish(renderGitops(result, inputs.environment), inputs, context);
  if (result.failure !== undefined) throw result.failure;
}

/** The commit of this job, where the application follows the job's own repository. */
async function ownCommit(
  client: Kubernetes,
  { application, namespace }: { application: string; namespace: string },
  { onGitHub, sha, serverUrl, repository }: Context,
): Promise<string | undefined> {
  const seen = await client.get(applications, namespace, application);
  if (seen === undefined) throw await absent(client, application, namespace);
  if (onGitHub && sha !== '' && isOwnRepository(seen, `${serverUrl}/${repository.owner}/${repository.name}`))
    return sha;
  log.info(
    `The application ${application} follows another repository than this job’s: it is waited for whichever revision that has now. Give \`revision\` to wait for one.`,
  );
  return undefined;
}
