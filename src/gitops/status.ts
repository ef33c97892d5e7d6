import type { Kubernetes } from '../kubernetes/client.ts';
import { applications } from './application.ts';
import { absent, type FollowApplication } from './follow.ts';
import { isAtWork } from './judge.ts';
import type { GitopsResult } from './result.ts';

/** How an application stands, without changing or waiting for anything. Throws LK-ARGO-001 and -002. */
export async function readApplicationStatus(
  client: Kubernetes,
  { application, namespace }: Pick<FollowApplication, 'application' | 'namespace'>,
): Promise<GitopsResult> {
  const seen = await client.get(applications, namespace, application);
  if (seen === undefined) throw await absent(client, application, namespace);
  const { sync, health } = seen.status;
  const isWell = sync.status === 'Synced' && health.status === 'Healthy' && !isAtWork(seen);
  return {
    application,
    namespace,
    status: isWell ? 'deployed' : 'failed',
    wanted: undefined,
    seen,
    notes: [],
    durationSeconds: 0,
    failure: undefined,
  };
}
