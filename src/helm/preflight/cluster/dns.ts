import { Resolver } from 'node:dns/promises';
import type { Finding } from '../rule.ts';
import type { ClusterRule, Dns } from './rule.ts';

/** As the runner sees the names, which is as the world does. */
export const dns: ClusterRule = {
  question: 'whether the domains lead to their reserved addresses',
  async ask({ outputs, dns: ask, values }) {
    const wanted = [
      { name: outputs?.domain, address: outputs?.['signal_address'], isSignal: true },
      { name: outputs?.turn_domain, address: outputs?.['turn_address'], isSignal: false },
    ];
    const answers = await Promise.all(
      wanted.map(async ({ name, address, isSignal }) => {
        if (typeof name !== 'string' || typeof address !== 'string' || address === '') return [];
        if (!isSignal && !values.livekit.turn.enabled) return [];
        const [found, six] = await Promise.all([ask.addresses(name, 4), isSignal ? ask.addresses(name, 6) : []]);
        return [...wrong(name, address, found), ...stray(name, six)];
      }),
    );
    return answers.flat();
  },
};

const warning = (what: string, fix: string): Finding => ({ kind: 'dns', level: 'warning', what, path: [], fix });

function wrong(name: string, address: string, found: readonly string[]): Finding[] {
  if (found.length === 1 && found[0] === address) return [];
  const what =
    found.length === 0
      ? `The domain ${name} has no address yet.`
      : `The domain ${name} leads to ${found.join(', ')}, not to its reserved address ${address} alone.`;
  return [warning(what, `Create the record \`${name}. A ${address}\`; it may come after this deploy.`)];
}

/** Google checks a managed certificate's domain by IPv6 first where there is one. */
function stray(name: string, found: readonly string[]): Finding[] {
  if (found.length === 0) return [];
  return [
    warning(
      `The domain ${name} has an IPv6 address (${found.join(', ')}), which is not the load balancer’s and blocks its managed certificate.`,
      `Remove the AAAA record of ${name}.`,
    ),
  ];
}

/** The runner's own resolver. */
export function systemDns(seconds = 3): Dns {
  return {
    async addresses(name, family) {
      const resolver = new Resolver({ timeout: (seconds * 1000) / 2, tries: 2 });
      try {
        return await (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
        throw error;
      }
    },
  };
}
