import type { ConfigModule, Json, PlanJson, StateModule } from './plan-json.ts';

/** Who refers to whom in a plan's configuration, by addresses without the keys of count and for_each. */
export interface References {
  /** From a resource to those that it depends on. */
  readonly of: ReadonlyMap<string, ReadonlySet<string>>;
  /** Resources that take `each` or `count` into what they refer to: their instances go with those of the same key. */
  readonly keyed: ReadonlySet<string>;
  /** Ephemeral resources: no plan lists them, but others refer to them. */
  readonly ephemeral: ReadonlySet<string>;
}

export interface GraphNode {
  readonly address: string;
  /** As the model has it, or `unchanged` for what only depends on a change. */
  readonly action: string;
}

export interface PlanGraph {
  readonly nodes: readonly GraphNode[];
  /** Indexes into the nodes: the second depends on the first. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** Modules within modules deeper than this are no one's; a crafted plan does not get to end the process. */
const DEEPEST = 40;
const KEY = /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g;

/** `module.a["x"].google_x.y[0]` without its keys. */
export const configAddress = (address: string) => address.replace(KEY, '');

interface Scope {
  readonly path: string;
  readonly module: ConfigModule;
  readonly parent: Scope | undefined;
  /** What the parent gives for the variables. */
  readonly inputs: Json;
  readonly children: Map<string, Scope>;
}

/** Reads all references of a plan: from its configuration, and from the state for what the configuration has no more. */
export function referencesOf(plan: PlanJson): References {
  const of = new Map<string, Set<string>>();
  const keyed = new Set<string>();
  const ephemeral = new Set<string>();
  const resolve = resolver((address) => ephemeral.add(address));
  const visit = (scope: Scope, depth: number) => {
    for (const resource of scope.module.resources) {
      const address = `${scope.path}${resource.address}`;
      const texts = referencesIn([resource.expressions, resource.count_expression, resource.for_each_expression]);
      if (texts.some((text) => /^(each|count)\./.test(text))) keyed.add(address);
      const found = [...texts, ...resource.depends_on].flatMap((text) => [...resolve(scope, text)]);
      of.set(address, new Set(found.filter((other) => other !== address)));
    }
    if (depth < DEEPEST) for (const child of scope.children.values()) visit(child, depth + 1);
  };
  visit(scopeOf(plan.configuration.root_module, '', undefined, {}, 0), 0);
  const state = plan.prior_state?.values?.root_module;
  if (state !== undefined) addStateReferences(state, of);
  return { of, keyed, ephemeral };
}

function scopeOf(module: ConfigModule, path: string, parent: Scope | undefined, inputs: Json, depth: number): Scope {
  const scope: Scope = { path, module, parent, inputs, children: new Map() };
  if (depth < DEEPEST)
    for (const [name, call] of Object.entries(module.module_calls))
      scope.children.set(name, scopeOf(call.module, `${path}module.${name}.`, scope, call.expressions, depth + 1));
  return scope;
}

/** Gives the resources that a reference of a module leads to, through variables, outputs and data sources. */
function resolver(onEphemeral: (address: string) => void): (scope: Scope, text: string) => ReadonlySet<string> {
  const known = new Map<string, Set<string>>();
  const resolve = (scope: Scope, text: string): ReadonlySet<string> => {
    const bare = text.replace(KEY, '');
    const key = `${scope.path}|${bare}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = new Set<string>();
    // Set first: a circle of references ends here.
    known.set(key, found);
    for (const address of follow(scope, bare)) found.add(address);
    return found;
  };
  const all = (scope: Scope, texts: readonly string[]) => texts.flatMap((text) => [...resolve(scope, text)]);
  const follow = (scope: Scope, text: string): string[] => {
    const [first = '', second = '', third = ''] = text.split('.');
    switch (first) {
      case 'each':
      case 'count':
      case 'local':
      case 'path':
      case 'terraform':
      case 'self':
        return [];
      case 'var':
        return scope.parent === undefined ? [] : all(scope.parent, referencesIn(member(scope.inputs, second)));
      case 'module': {
        const child = scope.children.get(second);
        const output = child?.module.outputs[third];
        // The bare module stands beside each reference to one of its outputs.
        return child === undefined || output === undefined
          ? []
          : all(child, [...referencesIn(output.expression), ...output.depends_on]);
      }
      case 'data': {
        const data = scope.module.resources.find(({ address }) => address === `data.${second}.${third}`);
        return data === undefined ? [] : all(scope, [...referencesIn(data.expressions), ...data.depends_on]);
      }
      case 'ephemeral':
        onEphemeral(`${scope.path}ephemeral.${second}.${third}`);
        return [];
      default:
        return second === '' ? [] : [`${scope.path}${first}.${second}`];
    }
  };
  return resolve;
}

const member = (value: Json, name: string): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value[name] ?? null) : null;

/** All `references` within an expression or a block of them. */
function referencesIn(expressions: Json | undefined | readonly (Json | undefined)[]): string[] {
  const found: string[] = [];
  const visit = (value: unknown, depth: number) => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return;
    for (const [name, item] of Object.entries(value)) {
      if (name === 'references' && Array.isArray(item)) found.push(...item.filter((one) => typeof one === 'string'));
      else if (name !== 'constant_value') visit(item, depth + 1);
    }
  };
  visit(expressions, 0);
  return found;
}

function addStateReferences(module: StateModule, of: Map<string, Set<string>>, depth = 0): void {
  for (const { address, depends_on } of module.resources) {
    if (depends_on.length === 0) continue;
    const own = configAddress(address);
    const present = of.get(own);
    if (present === undefined) of.set(own, new Set(depends_on));
    else for (const other of depends_on) present.add(other);
  }
  if (depth < DEEPEST) for (const child of module.child_modules) addStateReferences(child, of, depth + 1);
}

/**
 * What changes and what depends on it, for as many nodes as can be looked at: single resources, else one node for all
 * instances of a resource, else one for each module. `undefined` when even that is too much, or nothing is connected.
 */
export function planGraph(
  changed: readonly GraphNode[],
  unchanged: readonly string[],
  references: References,
  most: number,
): PlanGraph | undefined {
  const graph =
    singles(changed, unchanged, references, most) ??
    grouped(changed, references, most, configAddress) ??
    grouped(changed, references, most, (address) => moduleOf(configAddress(address)));
  return graph === undefined || graph.edges.length === 0 ? undefined : graph;
}

/** `module.a.module.b`; empty in the root. */
export const moduleOf = (address: string) => /^(?:module\.[^.]+\.)*/.exec(address)?.[0].replace(/\.$/, '') ?? '';

function singles(
  changed: readonly GraphNode[],
  unchanged: readonly string[],
  references: References,
  most: number,
): PlanGraph | undefined {
  if (changed.length > most) return undefined;
  const changes = new Set(changed.map(({ address }) => configAddress(address)));
  const dependents = unchanged
    .filter((address) => [...(references.of.get(configAddress(address)) ?? [])].some((other) => changes.has(other)))
    .map((address): GraphNode => ({ address, action: 'unchanged' }));
  const nodes = changed.length + dependents.length <= most ? [...changed, ...dependents] : changed;
  const edges = nodes.flatMap((to, target) => {
    const others = references.of.get(configAddress(to.address));
    if (others === undefined) return [];
    return nodes.flatMap((from, source): [number, number][] =>
      source !== target &&
      others.has(configAddress(from.address)) &&
      belong(from.address, to.address, references.keyed, nodes)
        ? [[source, target]]
        : [],
    );
  });
  return { nodes, edges: withoutDetours(edges, nodes.length) };
}

/** False for instances of different keys, where each refers to the one of its own key, and for different instances of a module. */
function belong(from: string, to: string, keyed: ReadonlySet<string>, nodes: readonly GraphNode[]): boolean {
  const [ours, theirs] = [stepsOf(to), stepsOf(from)];
  for (let index = 0; index < Math.min(ours.length, theirs.length) - 1; index++) {
    const [own, other] = [ours[index], theirs[index]];
    if (own === undefined || other === undefined || configAddress(own) !== configAddress(other)) break;
    if (own !== other) return false;
  }
  const own = keyOf(to);
  if (!keyed.has(configAddress(to)) || own === undefined || keyOf(from) === own) return true;
  const twin = from.replace(/\[[^[]*\]$/, own);
  return !nodes.some(({ address }) => address === twin);
}

/** `module.a["x"]`, …, `google_x.y[0]` */
const stepsOf = (address: string) => address.match(/module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?|.+/g) ?? [];
const keyOf = (address: string) => /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$/.exec(address)?.[0];

function grouped(
  changed: readonly GraphNode[],
  references: References,
  most: number,
  groupOf: (address: string) => string,
): PlanGraph | undefined {
  const groups = new Map<string, { actions: Map<string, number>; index: number }>();
  for (const { address, action } of changed) {
    const name = groupOf(address);
    const group = groups.get(name) ?? { actions: new Map<string, number>(), index: groups.size };
    group.actions.set(action, (group.actions.get(action) ?? 0) + 1);
    groups.set(name, group);
    if (groups.size > most) return undefined;
  }
  const edges = new Map<string, [number, number]>();
  for (const address of new Set(changed.map((node) => configAddress(node.address)))) {
    const to = groups.get(groupOf(address));
    for (const other of references.of.get(address) ?? []) {
      const from = groups.get(groupOf(other));
      if (from !== undefined && to !== undefined && from !== to)
        edges.set(`${from.index} ${to.index}`, [from.index, to.index]);
    }
  }
  const nodes = [...groups].map(([name, { actions }]) => nodeOf(name === '' ? '(root module)' : name, actions));
  return { nodes, edges: withoutDetours([...edges.values()], nodes.length) };
}

/** A group is drawn as the gravest of what is done in it, and says how many. */
function nodeOf(name: string, actions: ReadonlyMap<string, number>): GraphNode {
  const count = [...actions.values()].reduce((sum, each) => sum + each, 0);
  const order = ['delete', 'replace', 'update', 'forget', 'import', 'move', 'create'];
  const action = order.find((each) => actions.has(each)) ?? 'update';
  return { address: count === 1 ? name : `${name} (${count.toLocaleString('en')})`, action };
}

type Edge = readonly [from: number, to: number];

/** Leaves out an edge where a longer way says the same: Terraform's state lists all that is above a resource. */
function withoutDetours(edges: readonly Edge[], size: number): Edge[] {
  const next = Array.from({ length: size }, () => new Set<number>());
  for (const [from, to] of edges) next[from]?.add(to);
  const reaches = (from: number, to: number, seen: Set<number>): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(next[from] ?? [])].some((each) => reaches(each, to, seen));
  };
  return edges.filter(([from, to]) => {
    const others = [...(next[from] ?? [])].filter((each) => each !== to);
    const seen = new Set<number>([from]);
    if (others.some((each) => reaches(each, to, seen))) {
      next[from]?.delete(to);
      return false;
    }
    return true;
  });
}
