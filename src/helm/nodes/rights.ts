import type { Access, Kubernetes } from '../../kubernetes/client.ts';
import { helmFailures } from '../failures.ts';

/** What a node upgrade does beyond looking. */
const needs: readonly Access[] = [
  { verb: 'list', group: '', resource: 'nodes' },
  { verb: 'patch', group: '', resource: 'nodes' },
];

/** Asked before anything is changed: an upgrade that stops half-way leaves nodes cordoned. Throws LK-HELM-122. */
export async function reviewNodeRights(client: Kubernetes, namespace: string): Promise<void> {
  const all: readonly Access[] = [...needs, { verb: 'patch', group: 'apps', resource: 'deployments', namespace }];
  const answers = await Promise.all(
    all.map(async (access) => ((await client.mayDo(access)) ? [] : [`${access.verb} ${access.resource}`])),
  );
  const missing = answers.flat();
  if (missing.length === 0) return;
  throw helmFailures.failure('nodeRights', { what: `This identity may not ${missing.join(', ')}.` });
}
