import { z } from 'zod';
import { terraformFailures } from '../failures.ts';
import { unitPrices } from './unit-prices.ts';

const dollars = z.number().min(0).max(1_000_000);
const tiers = z.tuple([dollars, dollars, dollars, dollars, dollars]);

const priceTable = z.strictObject({
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

/** A file of one's own: date and source are needed, any price may be left out and is then the repository's. */
const ownPrices = priceTable.partial().required({ date: true, source: true });

/** The repository's table with the prices of a file (YAML or JSON) over it; throws LK-TF-055. */
export async function readPrices(file: { path: string; content: string }): Promise<PriceTable> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(file.content);
  } catch (error) {
    throw terraformFailures.failure('prices', { what: `${file.path} is neither YAML nor JSON.`, cause: error });
  }
  const parsed = ownPrices.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('.') ?? '';
    throw terraformFailures.failure('prices', {
      what: `${file.path} is no price table${place === '' ? '' : ` at \`${place}\``}: ${issue?.message ?? ''}.`,
    });
  }
  return over(unitPrices, parsed.data);
}

/** Another region's file must not fall back to Tokyo's prices: what it leaves out is then not estimated. */
function over(base: PriceTable, own: z.infer<typeof ownPrices>): PriceTable {
  const here = own.region === undefined || own.region === base.region;
  const regional: Partial<PriceTable> = here ? base : {};
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return {
    ...base,
    addressIdleHour: regional.addressIdleHour,
    redisGibHour: regional.redisGibHour,
    unconfirmed: own.redisGibHour === undefined ? base.unconfirmed : [],
    ...given,
    vcpuHour: { ...regional.vcpuHour, ...own.vcpuHour },
    machineHour: { ...regional.machineHour, ...own.machineHour },
    diskGibMonth: { ...regional.diskGibMonth, ...own.diskGibMonth },
  };
}
