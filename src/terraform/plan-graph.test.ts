import { readFileSync } from 'node:fs';
import { configAddress, planGraph, referencesOf } from './plan-graph.ts';
import { parsePlan } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';

const fixture = (name: string) => parsePlan(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));
const modelOf = (name: string) => planModel(fixture(name), (text) => text);
const edges = ({ graph }: PlanModel) =>
  graph?.edges.map(([from, to]) => `${graph.nodes[from]?.address} > ${graph.nodes[to]?.address}`);

const configured = (resources: Record<string, readonly string[]>) => ({
  format_version: '1.2',
  configuration: {
    root_module: {
      resources: Object.entries(resources).map(([address, references]) => ({
        address,
        expressions: { value: { references } },
      })),
    },
  },
});
const references = (resources: Record<string, readonly string[]>) =>
  referencesOf(parsePlan(JSON.stringify(configured(resources))));
const changed = (addresses: readonly string[]) => addresses.map((address) => ({ address, action: 'update' }));

describe('what depends on what', () => {
  test('is followed through modules’ variables and outputs, and to what does not change itself', () => {
    expect(edges(modelOf('modules'))?.toSorted()).toEqual([
      'google_compute_address.turn > google_dns_record_set.turn',
      'google_compute_global_address.signal > google_dns_record_set.signal',
      'google_container_cluster.cluster > module.pool["media"].google_container_node_pool.pool',
      'google_container_cluster.cluster > module.pool["system"].google_container_node_pool.pool',
      'google_container_cluster.cluster > module.pool["turn"].google_container_node_pool.pool',
      'module.network.google_compute_subnetwork.nodes > google_container_cluster.cluster',
    ]);
    const unchanged = modelOf('modules').graph?.nodes.filter(({ action }) => action === 'unchanged');
    expect(unchanged?.map(({ address }) => address)).toEqual([
      'google_container_cluster.cluster',
      'module.pool["system"].google_container_node_pool.pool',
    ]);
  });

  test('of what goes is known from the state', () => {
    const { of } = referencesOf(fixture('modules'));
    expect([...(of.get('google_dns_record_set.turn') ?? [])]).toEqual(['google_compute_address.turn']);
  });

  test('of replace_triggered_by is there, too', () => {
    expect(edges(modelOf('replacements'))).toContain('terraform_data.release > terraform_data.server');
  });

  test('holds between instances of the same key where each takes its own', () => {
    const found = planGraph(
      changed(['x.a["p"]', 'x.a["q"]', 'x.b["p"]', 'x.b["q"]']),
      [],
      references({ 'x.a': [], 'x.b': ['x.a', 'each.key'] }),
      40,
    );
    expect(found?.edges).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test('leaves out an edge that a longer way says as well', () => {
    const found = planGraph(
      changed(['x.a', 'x.b', 'x.c']),
      [],
      references({ 'x.a': [], 'x.b': ['x.a'], 'x.c': ['x.a', 'x.b'] }),
      40,
    );
    expect(found?.edges).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('ends where references go in a circle', () => {
    const found = planGraph(changed(['x.a', 'x.b']), [], references({ 'x.a': ['x.b'], 'x.b': ['x.a'] }), 40);
    expect(found?.nodes).toHaveLength(2);
  });
});

describe('too many nodes', () => {
  const keys = Array.from({ length: 30 }, (_, index) => `["${index}"]`);

  test('become one for all instances of a resource', () => {
    const found = planGraph(
      changed(keys.flatMap((key) => [`x.a${key}`, `x.b${key}`])),
      [],
      references({ 'x.a': [], 'x.b': ['x.a'] }),
      40,
    );
    expect(found).toEqual({
      nodes: [
        { address: 'x.a (30)', action: 'update' },
        { address: 'x.b (30)', action: 'update' },
      ],
      edges: [[0, 1]],
    });
  });

  test('then one for each module', () => {
    const names = keys.map((_, index) => `x.n${index}`);
    const plan = parsePlan(
      JSON.stringify({
        format_version: '1.2',
        configuration: {
          root_module: {
            resources: names.map((address) => ({
              address,
              expressions: { value: { references: ['module.m.all'] } },
            })),
            module_calls: {
              m: {
                module: {
                  outputs: { all: { expression: { references: names } } },
                  resources: names.map((address) => ({ address })),
                },
              },
            },
          },
        },
      }),
    );
    const all = [...names, ...names.map((name) => `module.m.${name}`)];
    expect(planGraph(changed(all), [], referencesOf(plan), 40)).toEqual({
      nodes: [
        { address: '(root module) (30)', action: 'update' },
        { address: 'module.m (30)', action: 'update' },
      ],
      edges: [[1, 0]],
    });
  });

  test('and in the end no picture', () => {
    const many = Array.from({ length: 50 }, (_, index) => `module.m${index}.x.y`);
    expect(planGraph(changed(many), [], references({}), 40)).toBeUndefined();
  });
});

test('ephemeral resources are known from those that refer to them', () => {
  for (const name of ['ephemeral', 'ephemeral.tofu'])
    expect(modelOf(name).ephemeral).toEqual(['ephemeral.aws_secretsmanager_secret_version.keys']);
});

test('an address loses its keys, whatever is in them', () => {
  expect(configAddress('module.a["x.y[0]"].b.c["\\"]"]')).toBe('module.a.b.c');
});
