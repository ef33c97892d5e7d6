import type { KnownValues } from './known-values.ts';
import type { PriceTable } from './price-table.ts';
import {
  cost,
  type Estimator,
  machineHour,
  missing,
  MONTH_HOURS,
  type ResourceCost,
  unknown,
} from './resource-cost.ts';

/** What GKE takes when nothing is given. */
const DEFAULT_DISK_GIB = 100;
const DEFAULT_DISK_TYPE = 'pd-balanced';
const ZONES_OF_A_REGION = 3;

/** `google_container_node_pool`: machines, their disks and their public addresses, from fewest to most nodes. */
export const nodePool: Estimator = (values, prices) => {
  const nodes = nodeCount(values);
  if (nodes === undefined) return missing(values.at('node_count'), 'The number of nodes');
  return nodesCost(
    values.at('node_config', 0),
    nodes,
    values.at('network_config', 0).at('enable_private_nodes'),
    prices,
  );
};

/** `google_container_cluster`: the management fee, and the default pool unless it is removed. */
export const cluster: Estimator = (values, prices) => {
  const fee = prices.clusterHour * MONTH_HOURS;
  if (values.at('enable_autopilot').isTrue()) return cost('management fee, without what its pods take', fee);
  if (values.at('remove_default_node_pool').isTrue()) return cost('management fee', fee);
  const each = values.at('initial_node_count').number();
  if (each === undefined) return cost('management fee, without the default pool', fee);
  const count = each * zones(values);
  const privateNodes = values.at('private_cluster_config', 0).at('enable_private_nodes');
  const pool = nodesCost(values.at('node_config', 0), { minimum: count, maximum: count }, privateNodes, prices);
  if (pool.kind !== 'cost') return cost('management fee, without the default pool', fee);
  return cost(`management fee and ${pool.what}`, fee + pool.minimum, fee + pool.maximum);
};

interface NodeCount {
  readonly minimum: number;
  readonly maximum: number;
}

function nodeCount(values: KnownValues): NodeCount | undefined {
  const scaling = values.at('autoscaling', 0);
  const most = scaling.at('total_max_node_count').number();
  if (most) return { minimum: scaling.at('total_min_node_count').number() ?? 0, maximum: most };
  const mostEach = scaling.at('max_node_count').number();
  if (mostEach) {
    const leastEach = scaling.at('min_node_count').number() ?? 0;
    return { minimum: leastEach * zones(values), maximum: mostEach * zones(values) };
  }
  const each = values.at('node_count').number() ?? values.at('initial_node_count').number();
  return each === undefined ? undefined : { minimum: each * zones(values), maximum: each * zones(values) };
}

/** `node_locations`, else one for a zone and three for a region. */
function zones(values: KnownValues): number {
  const given = values.at('node_locations').count();
  if (given) return given;
  return /-[a-z]$/.test(values.at('location').text() ?? '') ? 1 : ZONES_OF_A_REGION;
}

function nodesCost(config: KnownValues, nodes: NodeCount, privateNodes: KnownValues, prices: PriceTable): ResourceCost {
  const type = config.at('machine_type').text();
  if (type === undefined) return missing(config.at('machine_type'), 'machine_type');
  if (config.at('spot').isTrue() || config.at('preemptible').isTrue())
    return unknown('spot machines have a price that changes');
  if (config.at('guest_accelerator').count()) return unknown('the table has no prices for accelerators');
  const machine = machineHour(type, prices);
  if (machine === undefined) return unknown(`the table has no price for the machine type ${type}`);
  const diskType = config.at('disk_type').text() ?? DEFAULT_DISK_TYPE;
  const gibMonth = Object.hasOwn(prices.diskGibMonth, diskType) ? prices.diskGibMonth[diskType] : undefined;
  if (gibMonth === undefined) return unknown(`the table has no price for disks of the type ${diskType}`);
  const gib = config.at('disk_size_gb').number() ?? DEFAULT_DISK_GIB;
  const isPrivate = privateNodes.isTrue();
  const address = isPrivate ? 0 : prices.addressInUseHour;
  const month = (machine + address) * MONTH_HOURS + gib * gibMonth;
  const count = nodes.minimum === nodes.maximum ? String(nodes.maximum) : `${nodes.minimum} to ${nodes.maximum}`;
  return cost(
    `${count} × ${type} with ${gib} GiB ${diskType}${isPrivate ? '' : ' and a public address'}`,
    nodes.minimum * month,
    nodes.maximum * month,
  );
}
