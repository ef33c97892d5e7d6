/**
 * An address for what names none: the last free one of a range, while reservations take the first; the one that it has
 * already is kept.
 *
 * @param range a network of the form `198.51.100.0/24`, of at most 256 addresses
 */
export function ephemeral(range: string, taken: ReadonlySet<string>, present: string | undefined): string {
  const [, network = '', first = '0', prefix = '24'] = /^(.*\.)(\d+)\/(\d+)$/.exec(range) ?? [];
  const lowest = Number(first) + 1;
  const highest = Number(first) + 2 ** (32 - Number(prefix)) - 2;
  const isOfRange = present?.startsWith(network) && Number(present.slice(network.length)) >= lowest;
  if (present !== undefined && isOfRange && !taken.has(present)) return present;
  for (let last = highest; last >= lowest; last--) if (!taken.has(`${network}${last}`)) return `${network}${last}`;
  throw new Error(`the range ${range} is used up`);
}
