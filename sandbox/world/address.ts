import { z } from 'zod';
import { GLOBAL_ADDRESSES, REGIONAL_ADDRESSES } from '../kubernetes/plan.ts';
import type { Attributes, Context } from './world.ts';

const Attribute = z.object({
  name: z.string(),
  address_type: z.string().nullish(),
  purpose: z.string().nullish(),
  ip_version: z.string().nullish(),
});

/** Reserves an address of the range and gives it as `address`; what is for inside only keeps the address it was given. */
export function reserve(range: string) {
  return ({ record }: Pick<Context, 'record'>, key: string, attributes: Attributes): Attributes => {
    const { name, address_type, purpose, ip_version } = Attribute.parse(attributes);
    if (address_type === 'INTERNAL' || purpose === 'VPC_PEERING') return {};
    if (ip_version === 'IPV6') throw new Error('ip_version IPV6: the sandbox has IPv4 addresses only');
    const known = record.addresses[key]?.address;
    const taken = new Set(Object.values(record.addresses).map(({ address }) => address));
    const address = known ?? addressesOf(range).find((each) => !taken.has(each));
    if (address === undefined) throw new Error(`Quota 'STATIC_ADDRESSES' exceeded: the range ${range} is used up`);
    record.addresses[key] = { name, address };
    return { address };
  };
}

export const reserveGlobal = reserve(GLOBAL_ADDRESSES);
export const reserveRegional = reserve(REGIONAL_ADDRESSES);

export function release({ record }: Pick<Context, 'record'>, key: string): void {
  delete record.addresses[key];
}

/** Hosts of a range of at most 256 addresses, its first and last left out. */
function addressesOf(range: string): string[] {
  const [, network = '', first = '', prefix = ''] = /^(.*\.)(\d+)\/(\d+)$/.exec(range) ?? [];
  const size = 2 ** (32 - Number(prefix));
  return Array.from({ length: size - 2 }, (_, index) => `${network}${Number(first) + index + 1}`);
}
