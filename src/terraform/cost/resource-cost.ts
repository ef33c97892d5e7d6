import type { KnownValues } from './known-values.ts';
import type { PriceTable } from './price-table.ts';

/** Hours of a month, as Google reckons. */
export const MONTH_HOURS = 730;

/** One side of a resource: what it costs and in which words, or why that cannot be said. */
export type ResourceCost =
  | { readonly kind: 'cost'; readonly what: string; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'free' };

export type Estimator = (values: KnownValues, prices: PriceTable) => ResourceCost;

export const FREE: ResourceCost = { kind: 'free' };

export const unknown = (why: string): ResourceCost => ({ kind: 'unknown', why });

export const cost = (what: string, minimum: number, maximum = minimum): ResourceCost => ({
  kind: 'cost',
  what,
  minimum,
  maximum,
});

/** Why an attribute says nothing, when it has no value. */
export function missing(values: KnownValues, name: string): ResourceCost {
  return unknown(values.isHidden() ? `${name} is sensitive or known only after the apply` : `${name} is not given`);
}

/** US dollars an hour for a machine; `undefined` when the table has no price for it. */
export function machineHour(type: string, prices: PriceTable): number | undefined {
  if (Object.hasOwn(prices.machineHour, type)) return prices.machineHour[type];
  const [, shape = '', vcpus = ''] = /^([a-z0-9]+-[a-z]+)-(\d{1,3})$/.exec(type) ?? [];
  const perVcpu = Object.hasOwn(prices.vcpuHour, shape) ? prices.vcpuHour[shape] : undefined;
  return perVcpu === undefined ? undefined : perVcpu * Number(vcpus);
}
