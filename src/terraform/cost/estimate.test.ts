import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Json, type Marks, parsePlan, type PlanJson } from '../plan-json.ts';
import { costOutputs, estimateCost } from './estimate.ts';
import { readPrices } from './prices.ts';
import { unitPrices } from './unit-prices.ts';

const fixture = (name: string): PlanJson =>
  parsePlan(readFileSync(fileURLToPath(new URL(`../fixtures/${name}.json`, import.meta.url)), 'utf8'));

interface Made {
  type?: string;
  address?: string;
  actions?: string[];
  before?: Json;
  after?: Json;
  unknown?: Marks;
  sensitive?: Marks;
}

/** A plan of such resources, as `terraform show -json` gives it. */
const planOf = (...resources: Made[]): PlanJson =>
  parsePlan(
    JSON.stringify({
      format_version: '1.2',
      resource_changes: resources.map(({ type = 'google_redis_instance', address, actions, ...change }) => ({
        address: address ?? `${type}.this`,
        mode: 'managed',
        type,
        name: 'this',
        change: {
          actions: actions ?? ['create'],
          before: change.before ?? null,
          after: change.after ?? null,
          after_unknown: change.unknown ?? {},
          before_sensitive: change.sensitive ?? {},
          after_sensitive: change.sensitive ?? {},
        },
      })),
    }),
  );

const estimate = (...resources: Made[]) => estimateCost(planOf(...resources), unitPrices);
const redisOf = (gib: number, tier = 'BASIC') => ({ tier, memory_size_gb: gib, region: 'asia-northeast1' });
const pool = (more: Record<string, Json> = {}): Made => ({
  type: 'google_container_node_pool',
  after: {
    location: 'asia-northeast1',
    autoscaling: [{ total_min_node_count: 2, total_max_node_count: 5 }],
    network_config: [{ enable_private_nodes: true }],
    node_config: [{ machine_type: 'c2-standard-8', disk_size_gb: 50, disk_type: 'pd-balanced' }],
    ...more,
  },
});

describe('the payload’s plan', () => {
  test('of a first apply goes from nothing to the sum of its parts, each of them listed', () => {
    const { before, after, parts, notEstimated } = estimateCost(fixture('payload/prd'), unitPrices);
    expect(before).toEqual({ minimum: 0, maximum: 0 });
    // 3 nodes: 8 × 0.066964 an hour, an address 0.005 an hour, 50 GiB × 0.13 a month; one small node; 5 GiB of Redis; fee; 2 zones, a version.
    const node = (vcpus: number, hour: number) => (vcpus * hour + 0.005) * 730 + 50 * 0.13;
    const fixed = 5 * 0.07 * 730 + 73 + 2 * 0.2 + 0.06;
    expect(after.minimum).toBeCloseTo(3 * node(8, 0.066964) + node(2, 0.04298286) + fixed, 6);
    expect(after.maximum).toBeCloseTo(10 * node(8, 0.066964) + 3 * node(2, 0.04298286) + fixed + 2 * 0.015 * 730, 6);
    expect(parts).toHaveLength(9);
    expect(parts[0]?.address).toBe('module.livekit.module.gke.google_container_node_pool.livekit["primary"]');
    expect(notEstimated.map(({ what }) => what)).toEqual(['network traffic', 'load balancers', 'logs and metrics']);
  });

  test('of a change counts what stays as it is on both sides', () => {
    const first = estimateCost(fixture('payload/prd'), unitPrices);
    const change = estimateCost(fixture('payload/prd-change'), unitPrices);
    expect(change.before).toEqual(first.after);
    expect(change.after.minimum - change.before.minimum).toBeCloseTo(4 * 0.07 * 730, 6);
    expect(change.after.maximum).toBeGreaterThan(change.before.maximum + 2 * 390);
  });

  test('of a bootstrap has nothing with a price, and says so instead of zero', () => {
    const bootstrap = estimateCost(fixture('payload/bootstrap'), unitPrices);
    expect(bootstrap.notEstimated).toEqual([
      { what: 'google_storage_bucket', count: 1, why: 'costs by what is stored in it' },
    ]);
    expect(costOutputs(bootstrap)).toEqual({ before: '', after: '' });
  });
});

describe('what a resource does', () => {
  const both = { before: redisOf(1), after: redisOf(5, 'STANDARD_HA') };
  test.each<[string, Made, number, number]>([
    ['created', { after: redisOf(1) }, 0, 0.064 * 730],
    ['changed', { ...both, actions: ['update'] }, 0.064 * 730, 5 * 0.07 * 730],
    ['replaced, once', { ...both, actions: ['delete', 'create'] }, 0.064 * 730, 5 * 0.07 * 730],
    ['replaced the other way', { ...both, actions: ['create', 'delete'] }, 0.064 * 730, 5 * 0.07 * 730],
    ['kept', { before: redisOf(1), after: redisOf(1), actions: ['no-op'] }, 0.064 * 730, 0.064 * 730],
    ['destroyed', { before: redisOf(1), actions: ['delete'] }, 0.064 * 730, 0],
    ['forgotten, which does not stop its bill', { before: redisOf(1), actions: ['forget'] }, 0.064 * 730, 0.064 * 730],
  ])('%s', (_name, made, before, after) => {
    const result = estimate(made);
    expect(result.before.minimum).toBeCloseTo(before, 6);
    expect(result.after.minimum).toBeCloseTo(after, 6);
    expect(result.notEstimated).toEqual([]);
  });

  test('a data source costs nothing', () => {
    const plan = planOf({ type: 'google_compute_disk', after: { type: 'pd-ssd', size: 100 } });
    const read = { ...plan, resource_changes: plan.resource_changes.map((one) => ({ ...one, mode: 'data' })) };
    expect(estimateCost(read, unitPrices).parts).toEqual([]);
  });
});

describe('nodes', () => {
  const node = 8 * 0.066964 * 730 + 50 * 0.13;
  test.each<[string, Record<string, Json>, number, number]>([
    ['in total', {}, 2, 5],
    ['a zone of three by default', { autoscaling: [{ min_node_count: 1, max_node_count: 2 }] }, 3, 6],
    [
      'in the zones given',
      { autoscaling: [{ min_node_count: 1, max_node_count: 2 }], node_locations: ['a', 'b'] },
      2,
      4,
    ],
    ['in a zone', { autoscaling: [], node_count: 2, location: 'asia-northeast1-b' }, 2, 2],
    ['without autoscaling', { autoscaling: [], node_count: 2 }, 6, 6],
    ['down to none', { autoscaling: [{ total_min_node_count: 0, total_max_node_count: 4 }] }, 0, 4],
  ])('are counted %s', (_name, more, least, most) => {
    const { after } = estimate(pool(more));
    expect(after.minimum).toBeCloseTo(least * node, 6);
    expect(after.maximum).toBeCloseTo(most * node, 6);
  });

  test('with public addresses pay for them', () => {
    const { after } = estimate(pool({ network_config: [{ enable_private_nodes: false }] }));
    expect(after.minimum).toBeCloseTo(2 * (node + 0.005 * 730), 6);
  });

  test('of the default pool count with the cluster, unless it is removed', () => {
    const cluster = (more: Record<string, Json>): Made => ({
      type: 'google_container_cluster',
      after: {
        location: 'asia-northeast1',
        initial_node_count: 1,
        node_config: [{ machine_type: 'e2-medium' }],
        ...more,
      },
    });
    const nodes = 3 * ((0.04298286 + 0.005) * 730 + 100 * 0.13);
    expect(estimate(cluster({})).after.minimum).toBeCloseTo(73 + nodes, 6);
    expect(estimate(cluster({ remove_default_node_pool: true })).after.minimum).toBeCloseTo(73, 6);
    expect(estimate(cluster({ enable_autopilot: true })).after.minimum).toBeCloseTo(73, 6);
  });
});

describe('an address', () => {
  const address = (more: Record<string, Json>) => estimate({ type: 'google_compute_address', after: more }).after;
  test('costs nothing with a load balancer, and is charged while nobody has it', () => {
    expect(
      address({ users: ['https://www.googleapis.com/compute/v1/projects/x/regions/y/forwardingRules/z'] }),
    ).toEqual({
      minimum: 0,
      maximum: 0,
    });
    expect(address({ users: [] })).toEqual({ minimum: 0, maximum: 0.015 * 730 });
    expect(address({ users: ['projects/x/zones/y/instances/z'] }).minimum).toBeCloseTo(0.005 * 730, 6);
    expect(address({ address_type: 'INTERNAL' })).toEqual({ minimum: 0, maximum: 0 });
  });
});

test('five forwarding rules cost as much as one, a sixth costs more', () => {
  const rules = (count: number) =>
    estimate(
      ...Array.from({ length: count }, (_, index) => ({
        type: 'google_compute_forwarding_rule',
        address: `google_compute_forwarding_rule.this[${index}]`,
        after: { region: 'asia-northeast1' },
      })),
    ).after.minimum;
  expect([rules(1), rules(5), rules(6)].map((dollars) => dollars.toFixed(2))).toEqual(['18.25', '18.25', '25.55']);
});

describe('not estimated, and never zero, is', () => {
  test.each<[string, Made, RegExp]>([
    ['an unknown type', { type: 'google_sql_database_instance', after: {} }, /no price for it/],
    [
      'a machine type without a price',
      pool({ node_config: [{ machine_type: 'm4-ultra-224' }] }),
      /machine type m4-ultra-224/,
    ],
    ['a machine type that is no name', pool({ node_config: [{ machine_type: '__proto__-8' }] }), /no price/],
    ['a spot machine', pool({ node_config: [{ machine_type: 'c2-standard-8', spot: true }] }), /spot/],
    [
      'a machine with accelerators',
      pool({ node_config: [{ machine_type: 'n1-standard-4', guest_accelerator: [{}] }] }),
      /accelerators/,
    ],
    [
      'another region',
      { after: { ...redisOf(1), region: 'us-central1' } },
      /in us-central1, and the prices are those of asia-northeast1/,
    ],
    ['a region that begins alike', { after: { ...redisOf(1), region: 'asia-northeast10' } }, /in asia-northeast10/],
    [
      'a size known later',
      { after: { tier: 'BASIC' }, unknown: { memory_size_gb: true } },
      /known only after the apply/,
    ],
    ['a size that is sensitive', { after: redisOf(1), sensitive: { memory_size_gb: true } }, /sensitive/],
    ['a resource that is sensitive as a whole', { after: redisOf(1), sensitive: true }, /sensitive/],
    [
      'read replicas',
      { after: { ...redisOf(5, 'STANDARD_HA'), read_replicas_mode: 'READ_REPLICAS_ENABLED' } },
      /replicas/,
    ],
    ['a negative size', { after: redisOf(-5) }, /not given/],
    ['a bucket', { type: 'google_storage_bucket', after: {} }, /by what is stored/],
  ])('%s', (_name, made, why) => {
    const { parts, notEstimated } = estimate(made);
    expect(parts).toEqual([]);
    expect(notEstimated.map((one) => one.why).join()).toMatch(why);
  });

  test('a kind of resource once, with how many there are', () => {
    const many = ['a', 'b', 'c'].map((name) => ({
      type: 'google_sql_database',
      address: `google_sql_database.${name}`,
      after: {},
    }));
    expect(estimate(...many).notEstimated).toEqual([
      { what: 'google_sql_database', count: 3, why: 'the table has no price for it' },
    ]);
  });
});

test('no word of the plan is told without being redacted', () => {
  const plan = planOf(
    { address: 'google_redis_instance.this["canary"]', after: redisOf(1) },
    { ...pool({ node_config: [{ machine_type: 'canary' }] }), address: 'google_container_node_pool.canary' },
    { type: 'google_canary', after: {} },
  );
  const told = JSON.stringify(estimateCost(plan, unitPrices, (text) => text.replaceAll('canary', '***')));
  expect(told).not.toContain('canary');
  expect(told).toContain('***');
});

describe('prices of one’s own', () => {
  const file = (content: string) => readPrices({ path: 'prices.yaml', content });
  test('go over those of the repository, price by price', async () => {
    const prices = await file('date: 2026-11-01\nsource: our contract\nvcpuHour: { c2-standard: 0.05 }\n');
    expect(prices.vcpuHour['c2-standard']).toBe(0.05);
    expect(prices.vcpuHour['e2-standard']).toBe(unitPrices.vcpuHour['e2-standard']);
    expect(estimateCost(planOf(pool()), prices).prices).toMatchObject({ date: '2026-11-01', source: 'our contract' });
  });

  test('of another region do not fall back to Tokyo’s', async () => {
    const prices = await file(
      '{"date":"2026-11-01","source":"list","region":"europe-west4","vcpuHour":{"n2-standard":0.05}}',
    );
    expect(prices.vcpuHour).toEqual({ 'n2-standard': 0.05 });
    expect(estimateCost(planOf({ after: redisOf(1) }), prices).notEstimated[0]?.why).toMatch(/asia-northeast1/);
    const there = planOf(
      { after: { ...redisOf(1), region: 'europe-west4' } },
      { type: 'google_compute_address', after: { region: 'europe-west4' } },
    );
    expect(estimateCost(there, prices)).toMatchObject({ parts: [], notEstimated: [{ count: 1 }, { count: 1 }] });
  });

  test.each([
    ['a date that is none', 'date: soon\nsource: x', '`date`'],
    ['a price that is no number', 'date: 2026-11-01\nsource: x\nclusterHour: cheap', '`clusterHour`'],
    ['a price below zero', 'date: 2026-11-01\nsource: x\nvcpuHour: {c2-standard: -1}', '`vcpuHour.c2-standard`'],
    ['a name that is not known', 'date: 2026-11-01\nsource: x\nclusterMonth: 73', 'clusterMonth'],
    ['no YAML', '{', 'neither YAML nor JSON'],
    ['a list', '- 1', 'no price table'],
  ])('with %s are refused by LK-TF-055', async (_name, content, place) => {
    await expect(file(content)).rejects.toMatchObject({
      code: 'LK-TF-055',
      message: expect.stringContaining(place) as string,
    });
  });
});

test('the file that the documentation shows is a price table', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/cost.md', import.meta.url)), 'utf8');
  const [, content = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const prices = await readPrices({ path: 'docs/cost.md', content });
  expect(Object.keys(prices).toSorted()).toEqual(Object.keys(unitPrices).toSorted());
  expect(prices.vcpuHour['c2-standard']).toBe(0.0536);
});
