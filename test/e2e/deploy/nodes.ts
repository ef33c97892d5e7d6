import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import { type Lab, type PodFacts, RELEASE } from './lab.ts';

const POOL_LABEL = 'cloud.google.com/gke-nodepool';

const nodesOf = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.object({ unschedulable: z.boolean().default(false) }),
    }),
  ),
});

/**
 * LiveKit moves to a new generation of node pools while people call each other: refused without one, taken back when it
 * fails, handed over between runs. Then it goes back, and the new pool goes by a plan that destroys nothing else: dev is as
 * it was.
 */
export async function nodes(check: Check, lab: Lab): Promise<void> {
  const name = lab.environment.name;
  const [old, next] = [`livekit-${name}`, `livekit-${name}-2`];
  await lab.deploy();
  const onPool = async (pool: string) =>
    nodesOf
      .parse(JSON.parse(await lab.kubectl('get', 'nodes', '-o', 'json', '-l', `${POOL_LABEL}=${pool}`)))
      .items.map(({ metadata, spec }) => ({ ...metadata, cordoned: spec.unschedulable }));
  const serving = async (): Promise<PodFacts> => {
    const pods = (await lab.pods()).filter(({ ending }) => !ending);
    assert.equal(pods.length, 1, JSON.stringify(pods));
    const [pod] = pods;
    assert.ok(pod?.ready);
    return pod;
  };
  const upgrade = (inputs: Readonly<Record<string, string>> = {}) =>
    lab.run({ inputs: { mode: 'upgrade-nodes', 'drain-minutes': '0', ...inputs } });
  await lab.stillPods();
  const first = await serving();

  await check(
    'without a newer node pool the upgrade is refused with one sentence, and nothing is changed',
    async () => {
      const { conclusion, errors } = await upgrade();
      assert.equal(conclusion, 'failure');
      assert.match(errors.join('\n'), /LK-HELM-120.*one generation of LiveKit’s node pools \(livekit-dev\)/s);
      assert.ok((await onPool(old)).every(({ cordoned }) => !cordoned));
      assert.equal((await serving()).uid, first.uid);
    },
  );

  const call = await lab.call('nodes', 900);
  const before = call.now();
  const isThere = await check('Terraform makes a second pool beside the first, under the call', async () => {
    const changes = await lab.environment.plan(lab.keys, { livekit_pool_generations: { 1: {}, 2: {} } });
    assert.deepEqual(
      changes.filter(({ actions }) => actions.includes('delete')),
      [],
    );
    await lab.environment.apply(lab.keys, { livekit_pool_generations: { 1: {}, 2: {} } });
    assert.deepEqual(lab.environment.outputs['current_node_pool_names'], [next]);
    assert.equal((await onPool(next)).length, 1);
    assert.ok((await onPool(old)).some((node) => node.name === first.node));
  });
  if (!isThere) return call.leave();

  await check('a move whose new pod finds no node is taken back, and the old one serves on', async () => {
    const [node] = await onPool(next);
    assert.ok(node);
    await lab.kubectl('taint', 'node', node.name, 'test=full:NoSchedule');
    try {
      const { conclusion, outputs, errors } = await upgrade({ 'timeout-minutes': '1' });
      assert.equal(conclusion, 'failure');
      assert.equal(outputs['status'], 'rolled-back');
      assert.match(errors.join('\n'), /LK-HELM-024.*The move was taken back/s);
    } finally {
      await lab.kubectl('taint', 'node', node.name, 'test-');
    }
    assert.equal((await serving()).uid, first.uid);
    assert.ok((await onPool(old)).every(({ cordoned, annotations }) => !cordoned && !hasOwn(annotations)));
  });

  const isMoved = await check(
    'the replacement is ready on the new pool before the old pod is told to end',
    async () => {
      const revisions = await lab.history();
      const { conclusion, outputs, log, summary } = await upgrade();
      assert.equal(conclusion, 'success', log);
      assert.deepEqual([outputs['status'], outputs['changed']], ['draining', 'true']);
      assert.match(log, new RegExp(`Cordoned ${first.node}: `));
      assert.match(log, new RegExp(`${first.name} drains: 1 room, 2 participants, .* of 5 h`));
      assert.ok(
        log.search(/new pod \S+ on \S+: ready/) < log.search(new RegExp(`old pod ${first.name}.*: ending`)),
        log,
      );
      assert.match(summary, /to remove the pool before would cut their calls/);
      const now = await serving();
      assert.deepEqual(
        (await onPool(next)).map((node) => node.name),
        [now.node],
      );
      const olds = await onPool(old);
      assert.ok(olds.every(({ cordoned, annotations }) => cordoned && hasOwn(annotations)));
      assert.deepEqual(await lab.history(), revisions);
    },
  );
  if (!isMoved) return call.leave();
  const moved = await serving();

  await check('the next run goes on with the drain, and rolls nothing', async () => {
    const { outputs, log } = await upgrade();
    assert.deepEqual([outputs['status'], outputs['changed']], ['draining', 'false'], log);
    assert.equal((await serving()).uid, moved.uid);
  });

  await check('a preview sees no change in the move, and a deploy neither undoes it nor rolls the pods', async () => {
    const preview = await lab.deploy({ inputs: { mode: 'diff' } });
    assert.equal(preview.outputs['changed'], 'false', preview.summary);
    const { outputs } = await lab.deploy({ inputs: { 'drain-minutes': '0' } });
    assert.equal(outputs['status'], 'draining');
    assert.equal((await serving()).uid, moved.uid);
  });

  await check(
    'the call was never cut; when it is over the old pool is empty, and the run says what is next',
    async () => {
      const during = call.since(before);
      assert.deepEqual([during.rejoined, during.disconnected], [0, 0]);
      assert.ok(during.resumed <= 2, `${during.resumed} signal connections were resumed`);
      assert.ok(
        during.audioLost <= during.audioSent * 0.01,
        `${during.audioLost} of ${during.audioSent} packets were lost`,
      );
      let isFollowing = () => {};
      const following = new Promise<void>((resolve) => (isFollowing = resolve));
      const onLine = (line: string) => void (line.includes('2 participants') && isFollowing());
      const run = lab.deploy({ inputs: { mode: 'upgrade-nodes', 'drain-minutes': '3' }, onLine });
      await Promise.race([following, run]);
      await call.leave();
      const { outputs, log, summary } = await run;
      assert.equal(outputs['status'], 'deployed', log);
      assert.match(log, new RegExp(`No pod of LiveKit is left on ${old}\\. Next: the pull request`));
      assert.match(summary, /allow-destroy/);
    },
  );

  const destroyed = async (generations: Readonly<Record<string, object>>) => {
    const changes = await lab.environment.plan(lab.keys, { livekit_pool_generations: generations });
    return changes.filter(({ actions }) => !actions.every((action) => action === 'no-op' || action === 'read'));
  };
  const deletionOf = (key: string) => [
    { address: `module.livekit.module.gke.google_container_node_pool.livekit["${key}"]`, actions: ['delete'] },
  ];

  await check('the plan without the old generation destroys its pool alone', async () => {
    assert.deepEqual(await destroyed({ 2: {} }), deletionOf('primary'));
  });

  await check('a new generation that is taken back gives its pods to the one before', async () => {
    await lab.environment.apply(lab.keys, { livekit_pool_generations: { 1: {}, 2: { retired: true } } });
    const { outputs, log } = await lab.deploy({ inputs: { mode: 'upgrade-nodes' } });
    assert.deepEqual([outputs['status'], outputs['changed']], ['deployed', 'true'], log);
    assert.match(log, new RegExp(`No pod of LiveKit is left on ${next}\\.`));
    const pod = await serving();
    const all = await onPool(old);
    assert.ok(all.some((node) => node.name === pod.node));
    assert.ok(all.every(({ cordoned, annotations }) => !cordoned && !hasOwn(annotations)));
    assert.ok((await onPool(next)).every(({ cordoned }) => cordoned));
  });

  await check('its pool goes by a plan that destroys nothing else, and LiveKit serves on', async () => {
    const { uid } = await serving();
    assert.deepEqual(await destroyed({ 1: {} }), deletionOf('primary-2'));
    await lab.environment.apply(lab.keys, { livekit_pool_generations: { 1: {} } });
    assert.equal((await onPool(next)).length, 0);
    const all = await onPool(old);
    assert.equal(all.length, 2);
    assert.ok(all.every(({ cordoned }) => !cordoned));
    const { outputs } = await lab.deploy();
    assert.equal(outputs['status'], 'deployed');
    assert.equal((await serving()).uid, uid);
    await (await lab.call('after-nodes', 10)).leave();
  });
}

const hasOwn = (annotations: Readonly<Record<string, string>>) =>
  (annotations['livekit-gke/cordoned-by'] ?? '').includes(`/${RELEASE}, by `);
