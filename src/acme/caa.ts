import { Failure } from '../failure/failure.ts';
import type { CaaProperty, Lookup } from './dns01/lookup.ts';
import { acmeFailures } from './failures.ts';

/** Tags whose meaning is known, so that a critical flag on them forbids nothing by itself. */
const KNOWN = new Set(['issue', 'issuewild', 'iodef', 'issuemail', 'issuevmc', 'contactemail', 'contactphone']);

export interface CaaQuestion {
  /** Names by which the authority goes in CAA records: the directory's `caaIdentities`. */
  readonly identities: readonly string[];
  readonly isWildcard: boolean;
  readonly accountUrl?: string | undefined;
}

/** The record set that holds for a name: its own, or that of the nearest name above it (RFC 8659, section 3). */
export async function findCaa(
  name: string,
  lookup: Pick<Lookup, 'caa'>,
): Promise<{ at: string; properties: readonly CaaProperty[] } | undefined> {
  const labels = name.replace(/^\*\./, '').split('.');
  for (let index = 0; index < labels.length; index++) {
    const at = labels.slice(index).join('.');
    const properties = await lookup.caa(at);
    if (properties.length > 0) return { at, properties };
  }
  return undefined;
}

/** Why the record set forbids issuing, as a clause; `undefined` when it does not. With RFC 8657's parameters. */
export function forbidden(properties: readonly CaaProperty[], question: CaaQuestion): string | undefined {
  const unknown = properties.find(({ isCritical, tag }) => isCritical && !KNOWN.has(tag));
  if (unknown !== undefined) return `has the critical property \`${unknown.tag}\`, which no authority knows`;
  const wild = properties.filter(({ tag }) => tag === 'issuewild');
  const relevant = question.isWildcard && wild.length > 0 ? wild : properties.filter(({ tag }) => tag === 'issue');
  if (relevant.length === 0) return undefined;
  const reasons = relevant.map(({ value }) => whyNot(value, question));
  if (reasons.includes(undefined)) return undefined;
  const tag = relevant[0]?.tag ?? 'issue';
  const own = reasons.find((reason) => reason !== '');
  const allowed = relevant.map(({ value }) => `\`${value}\``).join(', ');
  return own ?? `lets only ${allowed} issue (\`${tag}\`)`;
}

/** `undefined`: this value lets the authority issue; `''`: it is about another one. */
function whyNot(value: string, { identities, accountUrl }: CaaQuestion): string | undefined {
  const [issuer = '', ...rest] = value.split(';').map((part) => part.trim());
  if (!identities.some((identity) => identity.toLowerCase() === issuer.toLowerCase().replace(/\.$/, ''))) return '';
  const parameters = new Map(
    rest.map((parameter) => {
      const [key = '', ...words] = parameter.split('=');
      return [key.trim().toLowerCase(), words.join('=').trim()] as const;
    }),
  );
  const methods = parameters.get('validationmethods');
  if (methods !== undefined && !methods.split(',').some((method) => method.trim() === 'dns-01')) {
    return `lets \`${issuer}\` verify by ${methods} only, not by dns-01`;
  }
  const account = parameters.get('accounturi');
  if (account !== undefined && accountUrl !== undefined && account !== accountUrl) {
    return `lets only the account ${account} order from \`${issuer}\`, and this one is ${accountUrl}`;
  }
  return undefined;
}

/**
 * Asks the DNS whether the authority may issue for the names, as it will ask itself. Throws LK-ACME-011. What the resolver
 * does not answer here may be answered there: that is a sentence in the result, no failure.
 */
export async function checkCaa(
  names: readonly string[],
  options: { identities: readonly string[]; accountUrl: string | undefined; host: string; lookup: Pick<Lookup, 'caa'> },
): Promise<string[]> {
  if (options.identities.length === 0) return [];
  const notes = await Promise.all(
    names.map(async (name) => {
      let found: Awaited<ReturnType<typeof findCaa>>;
      try {
        found = await findCaa(name, options.lookup);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return `CAA was not checked for ${name}: ${error.message}`;
      }
      if (found === undefined) return undefined;
      const why = forbidden(found.properties, { ...options, isWildcard: name.startsWith('*.') });
      if (why === undefined) return undefined;
      const [identity] = options.identities;
      throw acmeFailures.failure('caa', {
        what: `The CAA record of ${found.at} ${why}, so ${options.host} may not issue for ${name}.`,
        fix: `Add \`0 issue${name.startsWith('*.') ? 'wild' : ''} "${identity ?? ''}"\` to the CAA records of ${found.at} (\`caa_issuers\` in the Terraform payload), or use another authority.`,
      });
    }),
  );
  return notes.filter((note) => note !== undefined);
}
