import type { NodeMove } from './move.ts';
import { nextStep, nodesPart } from './render.ts';

const pool = { name: 'livekit-prd', age: 'older', nodes: 2, cordoned: 2, pods: 0 } as const;
const newest = { name: 'livekit-prd-2', age: 'current', nodes: 3, cordoned: 0, pods: 3 } as const;
const move = (more: Partial<NodeMove> = {}): NodeMove => ({
  pools: [pool, newest],
  isEmpty: true,
  others: [],
  changed: true,
  ...more,
});

test('the pools, and what to do next', () => {
  expect(nodesPart(move())).toEqual([
    '| node pool | nodes | cordoned | pods of LiveKit |',
    '|---|---|---|---|',
    '| <code>livekit-prd</code> (old) | 2 | 2 | 0 |',
    '| <code>livekit-prd-2</code> (newest) | 3 | 0 | 3 |',
    '',
    expect.stringContaining('needs the label `allow-destroy`'),
    '',
  ]);
});

test('as long as pods are left, the old pool must stay', () => {
  expect(nextStep(move({ isEmpty: false }), (name) => name)).toBe(
    'LiveKit’s pods have not all left livekit-prd yet. Run `mode: upgrade-nodes` again until they have; to remove the pool before would cut their calls.',
  );
});

test('who else ends with the old nodes, ten at most', () => {
  const others = Array.from({ length: 12 }, (_, index) => `media/egress-${index}`);
  const text = nodesPart(move({ others })).join('\n');
  expect(text).toContain('<code>media/egress-9</code> and 2 more.');
});

test('a deploy that upgrades no nodes says nothing of them', () => {
  expect(nodesPart(undefined)).toEqual([]);
});
