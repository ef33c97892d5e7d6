import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import { type Lab, NAMESPACE, RELEASE } from './lab.ts';

const secretOf = z.object({
  data: z.record(z.string(), z.string()),
  metadata: z.object({
    managedFields: z.array(z.object({ manager: z.string(), operation: z.string() })),
  }),
});
const named = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });

/** From an empty cluster to LiveKit that people call each other by; gives whether it is there. */
export async function install(check: Check, lab: Lab): Promise<boolean> {
  const installed = await check(
    'install from nothing: keys, companion chart and LiveKit, and a call by its domain',
    async () => {
      const result = await lab.deploy();
      assert.deepEqual(
        ['status', 'changed', 'revision', 'previous-revision', 'pods-ready'].map((name) => result.outputs[name]),
        ['deployed', 'true', '1', '', '1'],
      );
      assert.equal(result.outputs['url'], `https://${lab.environment.domain}`);
      const args = ['secret', 'livekit-keys', '--show-managed-fields'];
      const { data, metadata } = await lab.get(secretOf, ...args);
      const keys = parse(Buffer.from(data['keys.yaml'] ?? '', 'base64').toString('utf8')) as unknown;
      assert.deepEqual(keys, { [lab.keys.key]: lab.keys.secret });
      const managers = metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`);
      assert.deepEqual(managers, ['livekit-gke Apply'], 'the Secret has another owner');
      for (const object of [
        'managedcertificate/livekit-dev',
        `frontendconfig/${RELEASE}`,
        `backendconfig/${RELEASE}`,
      ]) {
        await lab.get(named, object);
      }
      assert.deepEqual(await lab.leases(), [], 'the deploy’s Lease is left');
      await lab.untilServed();
    },
  );
  if (!installed) return false;
  await check('the same deploy again changes nothing, and the pods stay', async () => {
    const before = await lab.pods();
    const result = await lab.deploy();
    assert.deepEqual([result.outputs['status'], result.outputs['changed']], ['deployed', 'false']);
    assert.deepEqual(await lab.pods(), before);
  });
  await check('a disruption budget that lets no pod go is named, does not stop a deploy, and is real', async () => {
    const result = await lab.deploy({ set: ['companion.podDisruptionBudget.minAvailable=1'] });
    assert.match(result.warnings.join('\n'), /LK-HELM-077 .*minAvailable` is 1, and as few as 1 pod runs[^]*Fix: /);
    assert.match(result.log, /The disruption budget \S+ lets no pod be evicted \(1 of 1 must stay\)/);
    const [pod] = await lab.pods();
    const eviction = {
      ...{ apiVersion: 'policy/v1', kind: 'Eviction' },
      metadata: { name: pod?.name ?? '', namespace: NAMESPACE },
    };
    await assert.rejects(
      lab.create(`/api/v1/namespaces/${NAMESPACE}/pods/${pod?.name ?? ''}/eviction`, eviction),
      /disruption budget/,
    );
    // A new template goes through all the same: a rollout does not ask the budget.
    const rolled = await lab.deploy({
      set: ['companion.podDisruptionBudget.minAvailable=1', 'podAnnotations.rolled=under-a-budget'],
    });
    assert.equal(rolled.outputs['status'], 'deployed');
    assert.ok((await lab.stillPods()).every(({ uid }) => uid !== pod?.uid));
    await lab.deploy({ set: ['podAnnotations.rolled=under-a-budget'] });
  });
  return true;
}
