import type { PriceTable } from './price-table.ts';

/**
 * Google's list prices in Tokyo. Prices change: check them against https://cloud.google.com/pricing/list before you rely on
 * a sum, and give your own by the input `prices` (a discount, another region). Which line comes from where:
 *
 * - Machines, disks, addresses: what Google's Cloud Billing Catalog gave on 2026-07-16, as the open Google Cloud pricing
 *   calculator (github.com/Cyclenerd/google-cloud-pricing-cost-calculator) published it; N2, disks and idle addresses agree
 *   with the catalogue of 2026-09-26.
 * - Cluster fee, secrets, DNS zones and global forwarding rules: Google's pricing pages; the same in all regions.
 * - Redis: from memory of Google's pricing page, seen in no catalogue. `unconfirmed` says so in each estimate.
 */
export const unitPrices: PriceTable = {
  date: '2026-07-16',
  region: 'asia-northeast1',
  source: 'Google Cloud Billing Catalog and cloud.google.com pricing pages',
  unconfirmed: ['google_redis_instance'],
  vcpuHour: {
    'c2-standard': 0.066964,
    'c2d-highcpu': 0.048132,
    'c2d-highmem': 0.078636,
    'c2d-standard': 0.0583,
    'c3-highcpu': 0.05461189,
    'c3-highmem': 0.08495497,
    'c3-standard': 0.06472625,
    'c3d-highmem': 0.078637984,
    'c3d-standard': 0.058301392,
    'c4-highcpu': 0.05461189,
    'e2-highcpu': 0.03176553,
    'e2-highmem': 0.0579393,
    'e2-standard': 0.04298286,
    'n1-highcpu': 0.0454951,
    'n1-highmem': 0.0758415,
    'n1-standard': 0.06093925,
    'n2-highcpu': 0.046037,
    'n2-standard': 0.062294,
    'n2d-highcpu': 0.040053,
    'n2d-highmem': 0.073058,
    'n2d-standard': 0.054198,
    'n4-highcpu': 0.049146336,
    'n4-highmem': 0.076422744,
    'n4-standard': 0.058238472,
    't2d-standard': 0.054198,
  },
  machineHour: {
    'c3d-highcpu-4': 0.192532384,
    'c3d-highcpu-8': 0.385064768,
    'c3d-highcpu-16': 0.770129536,
    'c4-highmem-4': 0.3347627,
    'c4-highmem-8': 0.6695254,
    'c4-highmem-16': 1.3390508,
    'c4-standard-4': 0.25384782,
    'c4-standard-8': 0.50769564,
    'c4-standard-16': 1.01539128,
    'c4d-highcpu-4': 0.20173155,
    'c4d-highcpu-8': 0.40828315,
    'c4d-highcpu-16': 0.8165663,
    'c4d-highmem-4': 0.31741275,
    'c4d-highmem-8': 0.63964555,
    'c4d-highmem-16': 1.2792911,
    'c4d-standard-4': 0.24029195,
    'c4d-standard-8': 0.48540395,
    'c4d-standard-16': 0.9708079,
    'e2-micro': 0.010745715,
    'e2-small': 0.02149143,
    'e2-medium': 0.04298286,
    'n2-highmem-2': 0.16794,
    'n2-highmem-4': 0.33588,
    'n2-highmem-8': 0.67176,
    'n2-highmem-16': 1.34352,
  },
  diskGibMonth: { 'pd-standard': 0.052, 'pd-balanced': 0.13, 'pd-ssd': 0.221 },
  clusterHour: 0.1,
  addressInUseHour: 0.005,
  addressIdleHour: 0.015,
  // The capacity tiers are M1 to M5: up to 4, 10, 35, 100 and 300 GiB.
  redisGibHour: {
    BASIC: [0.064, 0.035, 0.03, 0.025, 0.021],
    STANDARD_HA: [0.083, 0.07, 0.06, 0.049, 0.042],
  },
  secretVersionMonth: 0.06,
  dnsZoneMonth: 0.2,
  forwardingRules: { upToFiveHour: 0.025, furtherHour: 0.01 },
};
