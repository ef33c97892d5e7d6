import { expect, test } from '@jest/globals';
import { mostNodes, readNodePools } from './node-pools.ts';
import type { GoogleClient } from './request.ts';

const read = (nodePools: object[] | undefined) => {
  const request = ((asked: { path: string; answer: { parse(body: unknown): unknown } }) => {
    expect(asked.path).toBe('/v1/projects/p/locations/asia-northeast1/clusters/livekit/nodePools');
    return Promise.resolve(asked.answer.parse(nodePools === undefined ? {} : { nodePools }));
  }) as unknown as GoogleClient['request'];
  return readNodePools({ request }, 'p', 'asia-northeast1', 'livekit');
};

test('tags and limits of each pool; the limit of all zones together, or of each of them', async () => {
  const [total, zonal, fixed] = await read([
    { name: 'a', autoscaling: { enabled: true, totalMaxNodeCount: 5 }, config: { tags: ['livekit-dev'] } },
    { name: 'b', locations: ['x-a', 'x-b'], autoscaling: { enabled: true, maxNodeCount: 2 } },
    { name: 'c', autoscaling: { enabled: false } },
  ]);
  if (total === undefined || zonal === undefined || fixed === undefined) throw new Error('three pools');
  expect(total.config.tags).toEqual(['livekit-dev']);
  expect([total, zonal, fixed].map(mostNodes)).toEqual([5, 4, undefined]);
});

test('a cluster without pools answers without the list', async () => expect(await read(undefined)).toEqual([]));
