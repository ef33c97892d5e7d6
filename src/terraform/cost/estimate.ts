import type { PlanJson, ResourceJson } from '../plan-json.ts';
import { type KnownValues, valuesAfter, valuesBefore } from './known-values.ts';
import { cluster, nodePool } from './node-pool.ts';
import type { PriceTable } from './price-table.ts';
import { type Estimator, MONTH_HOURS, type ResourceCost } from './resource-cost.ts';
import { address, disk, dnsZone, redis, secretVersion } from './single.ts';

/** US dollars a month: with as few and as many nodes as the autoscaler may run. The same twice for what does not scale. */
export interface CostRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** What one resource costs before and after the plan. */
export interface CostPart {
  readonly address: string;
  /** `c2-standard-8, 2 to 4 nodes` */
  readonly what: string;
  /** `undefined` when it is not there. */
  readonly before: CostRange | undefined;
  readonly after: CostRange | undefined;
}

/** Resources that may cost something of which the table says nothing: told, never taken for free. */
export interface NotEstimated {
  /** A resource type, or a resource's address where others of its type are estimated. */
  readonly what: string;
  readonly count: number;
  readonly why: string;
}

export interface CostEstimate {
  readonly before: CostRange;
  readonly after: CostRange;
  /** The dearest first. */
  readonly parts: readonly CostPart[];
  readonly notEstimated: readonly NotEstimated[];
  /** Where the unit prices come from. */
  readonly prices: {
    readonly date: string;
    readonly region: string;
    readonly source: string;
    /** Types in this plan whose unit prices nobody has checked. */
    readonly unconfirmed: readonly string[];
  };
}

const ESTIMATORS: Readonly<Record<string, Estimator>> = {
  google_compute_address: address,
  google_compute_disk: disk,
  google_compute_global_address: address,
  google_container_cluster: cluster,
  google_container_node_pool: nodePool,
  google_dns_managed_zone: dnsZone,
  google_redis_instance: redis,
  google_secret_manager_secret_version: secretVersion,
};

/** Priced together: the first five of a project cost as much as one. */
const FORWARDING_RULES = /^google_compute_(global_)?forwarding_rule$/;

/** Types that cost nothing by themselves. */
const FREE =
  /^(google_(.+_iam_(member|binding|policy|audit_config|custom_role)|project_iam_.+|project_service|service_account|iam_workload_identity_pool(_provider)?|compute_(network|subnetwork|firewall|route|router|network_peering.*|health_check|backend_service|url_map|target_.+|ssl_.+|managed_ssl_certificate|instance_template|resource_policy)|service_networking_connection|secret_manager_secret|dns_record_set)|terraform_data|null_resource|random_.+|time_.+|tls_.+|local_.+)$/;

/** Types whose price is that of their use, which no plan tells. */
const BY_USE: Readonly<Record<string, string>> = {
  google_storage_bucket: 'costs by what is stored in it',
  google_compute_router_nat: 'costs by traffic and by machines behind it',
  google_monitoring_alert_policy: 'costs by conditions and by what they read',
  google_logging_project_sink: 'costs by what is written',
  google_artifact_registry_repository: 'costs by what is stored in it',
};

/** What an environment with a cluster pays beside its resources. */
const BESIDE_A_CLUSTER: readonly NotEstimated[] = [
  { what: 'network traffic', count: 1, why: 'costs by use; for calls it is often the largest part' },
  { what: 'load balancers', count: 1, why: 'Kubernetes makes those of Ingresses and Services, outside of this plan' },
  { what: 'logs and metrics', count: 1, why: 'cost by use' },
];

/** A month before and after the plan: pure. `redact` goes over every word that comes out of the plan. */
export function estimateCost(
  plan: PlanJson,
  prices: PriceTable,
  redact: (text: string) => string = (text) => text,
): CostEstimate {
  const parts: CostPart[] = [];
  const missing = new Map<string, NotEstimated>();
  const rules = { before: 0, after: 0 };
  const miss = (what: string, why: string) => {
    const same = missing.get(`${what} ${why}`);
    missing.set(`${what} ${why}`, { what, why, count: (same?.count ?? 0) + 1 });
  };
  let hasCluster = false;
  for (const resource of plan.resource_changes) {
    const sides = sidesOf(resource);
    if (sides === undefined || FREE.test(resource.type)) continue;
    if (resource.type === 'google_container_cluster') hasCluster = true;
    if (FORWARDING_RULES.test(resource.type)) {
      if (sides.before !== undefined) rules.before++;
      if (sides.after !== undefined) rules.after++;
      continue;
    }
    const estimator = Object.hasOwn(ESTIMATORS, resource.type) ? ESTIMATORS[resource.type] : undefined;
    if (estimator === undefined) {
      const byUse = Object.hasOwn(BY_USE, resource.type) ? BY_USE[resource.type] : undefined;
      miss(redact(resource.type), byUse ?? 'the table has no price for it');
      continue;
    }
    const name = redact(resource.address);
    const [before, after] = [priced(sides.before, estimator, prices), priced(sides.after, estimator, prices)];
    const why = [after, before].find((side) => side?.kind === 'unknown');
    if (why?.kind === 'unknown') miss(name, redact(why.why));
    else if (before?.kind === 'cost' || after?.kind === 'cost') parts.push(partOf(name, before, after, redact));
  }
  if (rules.before + rules.after > 0) parts.push(rulesPart(rules, prices));
  return {
    before: sum(parts, ({ before }) => before),
    after: sum(parts, ({ after }) => after),
    parts: parts.toSorted((a, b) => weight(b) - weight(a)),
    notEstimated: [...missing.values(), ...(hasCluster ? BESIDE_A_CLUSTER : [])],
    prices: {
      date: prices.date,
      region: prices.region,
      source: prices.source,
      unconfirmed: prices.unconfirmed.filter((type) =>
        plan.resource_changes.some((resource) => resource.type === type),
      ),
    },
  };
}

interface Sides {
  readonly before: KnownValues | undefined;
  readonly after: KnownValues | undefined;
}

/** What of a resource is there before and after; `undefined` for what is nothing in the cloud of its own. */
function sidesOf({ mode, change }: ResourceJson): Sides | undefined {
  if (mode !== 'managed') return undefined;
  const [action] = change.actions;
  const before = change.before === null || action === undefined ? undefined : valuesBefore(change);
  // Forgotten, it is no longer in the state, but on the bill.
  if (action === 'forget') return { before, after: before };
  const after = change.after === null && change.after_unknown !== true ? undefined : valuesAfter(change);
  return { before, after: change.actions.length === 1 && action === 'delete' ? undefined : after };
}

function priced(values: KnownValues | undefined, estimator: Estimator, prices: PriceTable): ResourceCost | undefined {
  if (values === undefined) return undefined;
  const place = values.at('region').text() ?? values.at('location').text() ?? values.at('zone').text() ?? '';
  // `asia-northeast1-a` is in `asia-northeast1`, `asia-northeast10` is not.
  const elsewhere = /^[a-z]+-[a-z]+\d+/.exec(place.split('/').at(-1) ?? '')?.[0];
  if (elsewhere !== undefined && elsewhere !== prices.region)
    return { kind: 'unknown', why: `it is in ${elsewhere}, and the prices are those of ${prices.region}` };
  return estimator(values, prices);
}

function partOf(
  address: string,
  before: ResourceCost | undefined,
  after: ResourceCost | undefined,
  redact: (text: string) => string,
): CostPart {
  const words = [before, after].flatMap((side) => (side?.kind === 'cost' ? [redact(side.what)] : []));
  return { address, what: [...new Set(words)].join(' → '), before: rangeOf(before), after: rangeOf(after) };
}

function rangeOf(side: ResourceCost | undefined): CostRange | undefined {
  if (side === undefined) return undefined;
  return side.kind === 'cost' ? { minimum: side.minimum, maximum: side.maximum } : { minimum: 0, maximum: 0 };
}

function rulesPart(rules: { before: number; after: number }, prices: PriceTable): CostPart {
  const { upToFiveHour, furtherHour } = prices.forwardingRules;
  const range = (count: number): CostRange | undefined => {
    const month = (upToFiveHour + Math.max(0, count - 5) * furtherHour) * MONTH_HOURS;
    return count === 0 ? undefined : { minimum: month, maximum: month };
  };
  return {
    address: 'forwarding rules',
    what: [...new Set([rules.before, rules.after])].map(String).join(' → '),
    before: range(rules.before),
    after: range(rules.after),
  };
}

function sum(parts: readonly CostPart[], pick: (part: CostPart) => CostRange | undefined): CostRange {
  const total = (side: keyof CostRange) => parts.reduce((all, part) => all + (pick(part)?.[side] ?? 0), 0);
  return { minimum: total('minimum'), maximum: total('maximum') };
}

const weight = ({ before, after }: CostPart) => Math.max(before?.maximum ?? 0, after?.maximum ?? 0);

/** The two sums as outputs of a step: dollars with cents, empty when nothing could be estimated. */
export function costOutputs({ parts, before, after }: CostEstimate): { before: string; after: string } {
  if (parts.length === 0) return { before: '', after: '' };
  return { before: before.minimum.toFixed(2), after: after.minimum.toFixed(2) };
}
