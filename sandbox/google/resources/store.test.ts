import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../../world/world.ts';
import { stillWorld } from '../cloud.ts';
import { merged, ResourceStore } from './store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test('resources outlive a restart, in files of their owner alone', async () => {
  const key = 'projects/p/global/networks/n';
  await new ResourceStore(directory, stillWorld).create('google_compute_network', key, { name: 'n' });
  const again = new ResourceStore(directory, stillWorld);
  expect(again.get('google_compute_network', key)?.attributes).toEqual({ name: 'n' });
  const [file = ''] = readdirSync(join(directory, 'google_compute_network'));
  expect(statSync(join(directory, 'google_compute_network', file)).mode & 0o777).toBe(0o600);
});

test('changes go to the world one after the other, and a refusal does not hold up the next', async () => {
  let under = 0;
  const seen: string[] = [];
  const world: World = {
    ...stillWorld,
    async created(_, key) {
      under += 1;
      seen.push(`${key}: ${under} at once`);
      await sleep(5);
      under -= 1;
      if (key === 'b') throw new Error('refused');
      return {};
    },
  };
  const store = new ResourceStore(directory, world);
  const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => store.create('t', key, {})));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a: 1 at once', 'b: 1 at once', 'c: 1 at once']);
  expect(store.list('t').map(({ key }) => key)).toEqual(['a', 'c']);
});

test("what the world computed is merged into Terraform's blocks", () => {
  const given = { a: [{ x: 1, y: [{ z: null }] }], labels: { k: 'v' }, list: ['1', '2'] };
  const computed = { a: [{ y: [{ z: 'known' }] }], labels: { own: 'w' }, list: ['3'] };
  expect(merged(given, computed)).toEqual({
    a: [{ x: 1, y: [{ z: 'known' }] }],
    labels: { k: 'v', own: 'w' },
    list: ['3'],
  });
});
