import { verifyFailures } from './failures.ts';

/** The add-ons that verify knows, and where helm-deploy puts each unless told otherwise. */
export const ADDONS = {
  'turn-server': { namespace: 'nova-turn', release: 'turn-server' },
  'ingress-tls': { namespace: 'ingress-nginx', release: 'ingress-tls' },
  monitoring: { namespace: 'nova-monitoring', release: 'monitoring' },
  gitops: { namespace: 'argocd', release: 'gitops' },
} as const;

export type AddonName = keyof typeof ADDONS;

/** One add-on that is to be verified. */
export interface AddonTarget {
  readonly name: AddonName;
  readonly namespace: string;
  readonly release: string;
  /** What its checks want to know besides, by name: `secret=…`. */
  readonly options: ReadonlyMap<string, string>;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const OPTION = /^([a-z][a-z0-9-]*)=(\S+)$/;

/** Reads a line of the input `addons`: a name, then `namespace/release` and `option=value` where they differ. Throws LK-VERIFY-020. */
export function parseAddon(line: string): AddonTarget {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  if (!Object.hasOwn(ADDONS, name)) {
    throw refused(line, `there is no add-on ${name}; there are: ${Object.keys(ADDONS).join(', ')}`);
  }
  const known = name as AddonName;
  const target = { ...ADDONS[known] } as { namespace: string; release: string };
  const options = new Map<string, string>();
  for (const word of rest) {
    const [, option, value] = OPTION.exec(word) ?? [];
    if (option !== undefined && value !== undefined) {
      options.set(option, value);
      continue;
    }
    const [namespace = '', release = '', ...more] = word.split('/');
    if (!NAME.test(namespace) || !NAME.test(release) || more.length > 0) {
      throw refused(line, `${JSON.stringify(word)} is neither namespace/release nor option=value`);
    }
    Object.assign(target, { namespace, release });
  }
  return { name: known, ...target, options };
}

/** The input, a line each; an add-on has one line. */
export function parseAddons(lines: readonly string[]): AddonTarget[] {
  const targets = lines.map(parseAddon);
  const twice = targets.find(({ name }, index) => targets.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw refused(twice.name, 'it is named twice');
  return targets;
}

const refused = (line: string, why: string) =>
  verifyFailures.failure('addons', {
    what: `The line ${JSON.stringify(line)} of the input addons is not usable: ${why}.`,
  });
