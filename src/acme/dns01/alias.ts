import { acmeFailures } from '../failures.ts';
import type { Lookup } from './lookup.ts';

/** Authorities follow about as many. */
const LONGEST_CHAIN = 10;

/** The name of the record for a name's challenge (RFC 8555, section 8.4); a wildcard has that of the name below it. */
export function challengeName(name: string): string {
  return `_acme-challenge.${name.replace(/^\*\./, '')}`;
}

/** Where the record must be written: the end of the CNAMEs that begin at `name`. Throws LK-ACME-016. */
export async function followAliases(
  name: string,
  lookup: Pick<Lookup, 'cname'>,
  signal?: AbortSignal,
): Promise<string> {
  const seen = [name];
  for (;;) {
    signal?.throwIfAborted();
    const target = await lookup.cname(seen.at(-1) ?? name);
    if (target === undefined) return seen.at(-1) ?? name;
    const isLoop = seen.includes(target);
    seen.push(target);
    if (isLoop || seen.length > LONGEST_CHAIN) {
      throw acmeFailures.failure('alias', {
        what: `The CNAME records of ${name} ${isLoop ? 'form a loop' : `are more than ${LONGEST_CHAIN}`}: ${seen.join(' -> ')}.`,
      });
    }
  }
}
