import { z } from 'zod';

const dollars = z.number().min(0).max(1_000_000);
const tiers = z.tuple([dollars, dollars, dollars, dollars, dollars]);

/** US dollars everywhere. */
export const priceTable = z.strictObject({
  /** As of when the prices are, `2026-07-16`. */
  date: z.iso.date(),
  region: z.string().regex(/^[a-z]+-[a-z]+\d+$/, 'is no region such as asia-northeast1'),
  source: z.string().min(1).max(200),
  /** Resource types whose prices nobody has checked; the estimate says so. */
  unconfirmed: z.array(z.string()),
  /** US dollars an hour for one vCPU with its memory, by the machine type without its number: `c2-standard`. */
  vcpuHour: z.record(z.string(), dollars),
  /** US dollars an hour for a whole machine; goes before `vcpuHour`. */
  machineHour: z.record(z.string(), dollars),
  diskGibMonth: z.record(z.string(), dollars),
  clusterHour: dollars,
  /** A public address of a machine; a load balancer pays nothing for its own. */
  addressInUseHour: dollars,
  /** An address that nobody uses; `undefined` when it is not known, as all that differs from region to region. */
  addressIdleHour: dollars.optional(),
  redisGibHour: z.strictObject({ BASIC: tiers, STANDARD_HA: tiers }).optional(),
  secretVersionMonth: dollars,
  dnsZoneMonth: dollars,
  forwardingRules: z.strictObject({ upToFiveHour: dollars, furtherHour: dollars }),
});

export type PriceTable = z.infer<typeof priceTable>;
