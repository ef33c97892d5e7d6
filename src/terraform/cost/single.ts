import { cost, type Estimator, FREE, missing, MONTH_HOURS, unknown } from './resource-cost.ts';

/** The largest size of each capacity tier, M1 to M5, GiB. */
const REDIS_TIERS_GIB = [4, 10, 35, 100, 300];

/** `google_redis_instance`: size by the price of its capacity tier. */
export const redis: Estimator = (values, prices) => {
  const tier = values.at('tier').text() ?? (values.at('tier').isHidden() ? undefined : 'BASIC');
  if (tier === undefined) return missing(values.at('tier'), 'tier');
  const gib = values.at('memory_size_gb').number();
  if (gib === undefined) return missing(values.at('memory_size_gb'), 'memory_size_gb');
  if (tier !== 'BASIC' && tier !== 'STANDARD_HA') return unknown(`the table has no price for the tier ${tier}`);
  if (values.at('read_replicas_mode').text() === 'READ_REPLICAS_ENABLED')
    return unknown('the table has no prices for read replicas');
  const index = REDIS_TIERS_GIB.findIndex((most) => gib <= most);
  const tiers = prices.redisGibHour?.[tier];
  if (tiers === undefined) return unknown('the table has no price for it');
  const hour = tiers[index];
  if (hour === undefined) return unknown(`there is no instance of ${gib} GiB`);
  return cost(`${tier}, ${gib} GiB`, gib * hour * MONTH_HOURS);
};

/** `google_compute_address` and its global sibling: free while a load balancer has it. */
export const address: Estimator = (values, prices) => {
  if (values.at('address_type').text() === 'INTERNAL' || values.at('ip_version').text() === 'IPV6') return FREE;
  const users = values.at('users').count() ?? 0;
  if (users === 0 && prices.addressIdleHour === undefined) return unknown('the table has no price for it while unused');
  if (users === 0)
    return cost('free with a load balancer, charged while unused', 0, (prices.addressIdleHour ?? 0) * MONTH_HOURS);
  const user = values.at('users', 0).text() ?? '';
  return user.includes('/forwardingRules/') ? FREE : cost('in use', prices.addressInUseHour * MONTH_HOURS);
};

/** `google_compute_disk`. */
export const disk: Estimator = (values, prices) => {
  const type = values.at('type').text()?.split('/').at(-1);
  if (type === undefined) return missing(values.at('type'), 'type');
  const gib = values.at('size').number();
  if (gib === undefined) return missing(values.at('size'), 'size');
  const gibMonth = Object.hasOwn(prices.diskGibMonth, type) ? prices.diskGibMonth[type] : undefined;
  if (gibMonth === undefined) return unknown(`the table has no price for disks of the type ${type}`);
  return cost(`${gib} GiB ${type}`, gib * gibMonth);
};

/** `google_secret_manager_secret_version`, in one location. */
export const secretVersion: Estimator = (_values, prices) => cost('one location', prices.secretVersionMonth);

/** `google_dns_managed_zone`, without its queries. */
export const dnsZone: Estimator = (_values, prices) => cost('without queries', prices.dnsZoneMonth);
