import type { Node } from '../kubernetes/cluster.ts';
import { changedWish, nodePatch, wishOf } from './node-pool.ts';

const taint = [{ key: 'dedicated', value: 'livekit', effect: 'NO_SCHEDULE' }];

describe('what a node pool asks for', () => {
  it('is its minimum when the pool is for everything', () => {
    const wish = wishOf({ name: 'system', autoscaling: [{ total_min_node_count: 1, total_max_node_count: 3 }] });
    expect(wish).toMatchObject({ minimum: 1, wanted: 1 });
  });

  it('is two nodes when the pool is kept for one workload', () => {
    const autoscaling = [{ total_min_node_count: 1, total_max_node_count: 3 }];
    expect(wishOf({ name: 'media', autoscaling, node_config: [{ taint }] })).toMatchObject({ minimum: 1, wanted: 2 });
    expect(wishOf({ name: 'livekit', autoscaling })).toMatchObject({ minimum: 1, wanted: 2 });
  });

  it('never passes the maximum of the pool', () => {
    const autoscaling = [{ total_min_node_count: 1, total_max_node_count: 1 }];
    expect(wishOf({ name: 'livekit', autoscaling })).toMatchObject({ minimum: 1, wanted: 1 });
  });

  it('is the fixed count of a pool that does not scale', () => {
    expect(wishOf({ name: 'livekit', node_count: 3 })).toMatchObject({ minimum: 3, wanted: 3 });
    expect(wishOf({ name: 'livekit', initial_node_count: 1 })).toMatchObject({ minimum: 1, wanted: 1 });
  });

  it('is what it has when the pool stops to scale, and no more than it asks for afterwards', () => {
    const autoscaling = [{ total_min_node_count: 1, total_max_node_count: 3 }];
    const scaling = wishOf({ name: 'livekit', node_count: 1, autoscaling });
    const fixed = changedWish({ name: 'livekit', node_count: 1 }, 2, scaling);
    expect(fixed).toMatchObject({ minimum: 1, wanted: 2 });
    expect(changedWish({ name: 'livekit', node_count: 1 }, 2, fixed)).toMatchObject({ wanted: 2 });
    expect(changedWish({ name: 'livekit', node_count: 3 }, 2, fixed)).toMatchObject({ wanted: 3 });
    expect(changedWish({ name: 'livekit', node_count: 1 }, 3, { ...fixed, fixed: 3 })).toMatchObject({ wanted: 1 });
  });

  it("has taints in Kubernetes' spelling", () => {
    expect(wishOf({ name: 'livekit', node_config: [{ taint }] }).taints).toEqual([
      { key: 'dedicated', value: 'livekit', effect: 'NoSchedule' },
    ]);
  });
});

describe('the patch of a node', () => {
  const spare: Node = {
    metadata: { name: 'm1', labels: { 'kubernetes.io/hostname': 'm1', 'topology.kubernetes.io/zone': 'z' } },
    spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
    status: { addresses: [], conditions: [] },
  };
  const pool = {
    ...wishOf({
      name: 'livekit',
      node_config: [{ machine_type: 'c2-standard-4', labels: { workload: 'livekit' }, taint }],
    }),
  };

  it('makes a spare machine a node of the pool', () => {
    expect(nodePatch(spare, pool)).toEqual({
      metadata: {
        labels: {
          workload: 'livekit',
          'cloud.google.com/gke-nodepool': 'livekit',
          'node.kubernetes.io/instance-type': 'c2-standard-4',
        },
      },
      spec: {
        unschedulable: null,
        taints: [
          { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
          { key: 'dedicated', value: 'livekit', effect: 'NoSchedule' },
        ],
      },
    });
  });

  it('leaves a node of the pool cordoned, and takes a cordon away with the pool', () => {
    const annotations = { 'livekit-gke/cordoned-by': 'a run', other: 'x' };
    const labels = { ...spare.metadata.labels, 'cloud.google.com/gke-nodepool': 'livekit' };
    const cordoned: Node = { ...spare, metadata: { name: 'm1', labels, annotations } };
    expect(nodePatch(cordoned, pool)).not.toHaveProperty('spec.unschedulable');
    expect(nodePatch(cordoned, { ...pool, name: 'livekit-2' })).toMatchObject({
      metadata: { annotations: { 'livekit-gke/cordoned-by': null } },
      spec: { unschedulable: null },
    });
  });

  it('makes it spare again, without the labels and taints of the pool', () => {
    const node: Node = {
      ...spare,
      metadata: {
        name: 'm1',
        labels: { ...spare.metadata.labels, workload: 'livekit', 'cloud.google.com/gke-nodepool': 'livekit' },
      },
      spec: { unschedulable: false, taints: [{ key: 'dedicated', value: 'livekit', effect: 'NoSchedule' }] },
    };
    expect(nodePatch(node, undefined)).toEqual({
      metadata: { labels: { workload: null, 'cloud.google.com/gke-nodepool': null } },
      spec: { unschedulable: true, taints: [] },
    });
  });
});
