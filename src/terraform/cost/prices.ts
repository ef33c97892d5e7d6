import type { z } from 'zod';
import { terraformFailures } from '../failures.ts';
import { type PriceTable, priceTable } from './price-table.ts';
import { unitPrices } from './unit-prices.ts';

export type { PriceTable };

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
