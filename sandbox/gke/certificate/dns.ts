import { Resolver } from 'node:dns/promises';
import type { DnsAnswers } from './status.ts';

/** The questions that matter, of a resolver. */
export interface Questions {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  resolveCaa(name: string): Promise<{ issue?: string | undefined; critical: number }[]>;
}

/** There is no such record, or no such name: that is an answer. */
const NOTHING = ['ENODATA', 'ENOTFOUND'];

export function resolverAt(server: string): Questions {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([server]);
  return resolver;
}

/** What the DNS server says of the domain. */
export async function askDns(domain: string, questions: Questions): Promise<DnsAnswers> {
  const addresses = async (ask: () => Promise<string[]>): Promise<string[]> => {
    try {
      return await ask();
    } catch {
      // Not visible, whatever the reason.
      return [];
    }
  };
  const [a, aaaa, caa] = await Promise.all([
    addresses(() => questions.resolve4(domain)),
    addresses(() => questions.resolve6(domain)),
    askCaa(domain, questions),
  ]);
  return { a, aaaa, caa };
}

/** The closest CAA records, from the name upwards: RFC 8659, section 3. */
async function askCaa(domain: string, questions: Questions): Promise<string[] | undefined> {
  const labels = domain.split('.');
  for (let first = 0; first < labels.length; first++) {
    try {
      const records = await questions.resolveCaa(labels.slice(first).join('.'));
      if (records.length > 0) return records.flatMap(({ issue }) => (issue === undefined ? [] : [issue]));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The world's server knows its own zones only; what is above them, on the internet, restricts nobody here.
      if (code === 'EREFUSED' || (code !== undefined && NOTHING.includes(code))) continue;
      return undefined;
    }
  }
  return [];
}
