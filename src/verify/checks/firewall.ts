import { z } from 'zod';
import { Failure } from '../../failure/failure.ts';
import type { Check, Result } from '../check.ts';
import type { World } from '../world.ts';

/** What the nodes of LiveKit must let in, and from whom: the same table as in terraform/modules/network. */
export const OPEN_PORTS: readonly Row[] = [
  { what: 'signal', protocol: 'tcp', ports: '7880', sources: ['35.191.0.0/16', '130.211.0.0/22'], needed: true },
  { what: 'WebRTC over TCP', protocol: 'tcp', ports: '7881', sources: ['0.0.0.0/0'], needed: true },
  { what: 'WebRTC media', protocol: 'udp', ports: '50000-60000', sources: ['0.0.0.0/0'], needed: true },
  { what: 'TURN over UDP', protocol: 'udp', ports: '3478', sources: ['0.0.0.0/0'], needed: true },
  // The load balancer's own address needs none of these two; they may be switched off.
  { what: 'TURN over TLS', protocol: 'tcp', ports: '5349', sources: ['0.0.0.0/0'], needed: false },
  { what: 'HTTP challenge', protocol: 'tcp', ports: '80', sources: ['0.0.0.0/0'], needed: false },
];
const METRICS = { protocol: 'tcp', port: 6789 };
/** GKE's own rules, which come and go with clusters and Services. */
const GKE = /^(gke-|k8s-|k8s2-|k8s1-)/;

export interface Row {
  readonly what: string;
  readonly protocol: string;
  readonly ports: string;
  readonly sources: readonly string[];
  readonly needed: boolean;
}

const ruleSchema = z.object({
  name: z.string(),
  network: z.string().default(''),
  direction: z.string().default('INGRESS'),
  priority: z.number().default(1000),
  disabled: z.boolean().default(false),
  sourceRanges: z.array(z.string()).default([]),
  targetTags: z.array(z.string()).default([]),
  targetServiceAccounts: z.array(z.string()).default([]),
  allowed: z.array(z.object({ IPProtocol: z.string(), ports: z.array(z.string()).default([]) })).default([]),
  denied: z.array(z.object({ IPProtocol: z.string(), ports: z.array(z.string()).default([]) })).default([]),
});
export type FirewallRule = z.infer<typeof ruleSchema>;

const listSchema = z.object({ items: z.array(ruleSchema).default([]), nextPageToken: z.string().optional() });

export const firewall: Check = {
  id: 'firewall',
  title: 'Firewall rules',
  proves:
    'Compute Engine’s rules let in what LiveKit’s nodes need, by the tags that these have, and nothing beyond it but GKE’s own: metrics stay inside, nothing else is open to the world.',
  tags: ['network', 'security'],
  needs: [],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    try {
      const [rules, pools] = await Promise.all([readRules(world, signal), world.nodePools()]);
      return judgeFirewall(
        rules,
        world.outputs.network_name,
        pools?.map(({ name, config }) => ({ name, ...config })),
      );
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('LK-GOOGLE')) throw error;
      return {
        verdict: 'inconclusive',
        evidence: error.message,
        cause: 'The rules could not be read.',
        fix: 'Grant the service account roles/compute.viewer (or compute.firewalls.list); the media checks prove the same from outside.',
      };
    }
  },
};

async function readRules({ google, outputs }: World, signal: AbortSignal): Promise<FirewallRule[]> {
  const rules: FirewallRule[] = [];
  for (let page: string | undefined = ''; page !== undefined;) {
    const more: string = page === '' ? '' : `?pageToken=${encodeURIComponent(page)}`;
    const answer: z.infer<typeof listSchema> = await google.request({
      host: 'compute.googleapis.com',
      path: `/compute/v1/projects/${encodeURIComponent(outputs.project_id)}/global/firewalls${more}`,
      answer: listSchema,
      subject: `the firewall rules of ${outputs.project_id}`,
      signal,
    });
    rules.push(...answer.items);
    page = answer.nextPageToken;
  }
  return rules;
}

/** A node pool by what rules choose machines by. */
export interface Target {
  readonly name: string;
  readonly tags: readonly string[];
  readonly serviceAccount?: string | undefined;
}

/** The verdict on the rules of the environment's network, for LiveKit's pools; `undefined` where they are not known. */
export function judgeFirewall(all: readonly FirewallRule[], network: string, pools?: readonly Target[]): Result {
  const rules = all.filter(
    (rule) => rule.network.split('/').at(-1) === network && rule.direction === 'INGRESS' && !rule.disabled,
  );
  const anywhere = rules.filter((rule) => rule.allowed.length > 0 && rule.denied.length === 0);
  const allowing = anywhere.filter((rule) => (pools ?? []).every((pool) => isFor(rule, pool)));
  const missed = OPEN_PORTS.filter((row) => row.needed && !allowing.some((rule) => opens(rule, row))).flatMap((row) => {
    const rule = anywhere.find((one) => opens(one, row));
    const pool = rule && pools?.find((one) => !isFor(rule, one));
    return rule === undefined || pool === undefined ? [] : [{ row, rule, pool }];
  })[0];
  if (missed !== undefined) {
    const { row, rule, pool } = missed;
    return {
      verdict: 'fail',
      evidence: `The rule ${rule.name} opens ${rowWords(row)} for machines tagged ${rule.targetTags.join(', ') || rule.targetServiceAccounts.join(', ')}; the node pool ${pool.name} has the tags ${pool.tags.join(', ') || 'none'}.`,
      cause: 'The rule does not reach LiveKit’s nodes: its target tags, or the pool’s, were changed.',
      fix: 'Run terraform-apply for the environment, which gives both the same tag.',
    };
  }
  const missing = OPEN_PORTS.filter((row) => row.needed && !allowing.some((rule) => opens(rule, row)));
  if (missing.length > 0) {
    return {
      verdict: 'fail',
      evidence: `No rule of the network ${network} opens ${missing.map(rowWords).join(', ')}.`,
      cause:
        'The rule was removed, changed or switched off (`open_ports`): clients that need this port do not get through.',
      fix: 'Run terraform-apply for the environment; the workflow terraform-drift shows who changed what.',
    };
  }
  const [blocked] = OPEN_PORTS.filter(({ needed }) => needed).flatMap((row) => {
    const best = Math.min(...allowing.filter((rule) => opens(rule, row)).map(({ priority }) => priority));
    const denying = rules.find((rule) => rule.priority <= best && closes(rule, row));
    return denying === undefined ? [] : [{ row, rule: denying }];
  });
  if (blocked !== undefined) {
    return {
      verdict: 'fail',
      evidence: `The rule ${blocked.rule.name} denies ${rowWords(blocked.row)} before another allows it.`,
      cause: 'At the same priority a rule that denies wins.',
      fix: `Remove ${blocked.rule.name}, or give it a higher number as its priority.`,
    };
  }
  // What is open beyond the table is looked for at every machine of the network.
  const own = anywhere.filter(({ name }) => !GKE.test(name));
  const metrics = own.find(
    (rule) => rule.sourceRanges.includes('0.0.0.0/0') && covers(rule, METRICS.protocol, METRICS.port),
  );
  const beyond = own.filter((rule) => rule.sourceRanges.includes('0.0.0.0/0') && !isKnown(rule));
  const odd = metrics ?? beyond[0];
  if (odd !== undefined) {
    return {
      verdict: 'warn',
      evidence: `The rule ${odd.name} opens ${allowedWords(odd)} to the world, which LiveKit does not need.`,
      cause: 'It was made besides Terraform, or for something else in the same network.',
      fix: `Remove ${odd.name} when nothing needs it (\`gcloud compute firewall-rules describe ${odd.name}\`).`,
    };
  }
  const optional = OPEN_PORTS.filter((row) => !row.needed && !allowing.some((rule) => opens(rule, row)));
  const off = optional.length === 0 ? '' : `; switched off: ${optional.map(rowWords).join(', ')}`;
  return {
    verdict: 'pass',
    evidence: `${own.length} rules of the network ${network} open what LiveKit needs, and nothing else to the world${off}; ${anywhere.length - own.length} of GKE’s own.`,
  };
}

/** Whether a rule reaches the machines of a pool: without targets it reaches all of the network. */
function isFor({ targetTags, targetServiceAccounts }: FirewallRule, { tags, serviceAccount }: Target): boolean {
  if (targetTags.length + targetServiceAccounts.length === 0) return true;
  return targetTags.some((tag) => tags.includes(tag)) || targetServiceAccounts.includes(serviceAccount ?? '');
}

function opens(rule: FirewallRule, row: Row): boolean {
  const hasSources = row.sources.every(
    (source) => rule.sourceRanges.includes(source) || rule.sourceRanges.includes('0.0.0.0/0'),
  );
  return hasSources && includes(rule.allowed, row);
}

function closes(rule: FirewallRule, row: Row): boolean {
  return (
    row.sources.some((source) => rule.sourceRanges.includes(source) || rule.sourceRanges.includes('0.0.0.0/0')) &&
    includes(rule.denied, row)
  );
}

function includes(protocols: FirewallRule['allowed'], { protocol, ports }: Row): boolean {
  const [first = 0, last = 0] = rangeOf(ports);
  return protocols.some(({ IPProtocol, ports: given }) => {
    if (IPProtocol === 'all') return true;
    if (IPProtocol !== protocol) return false;
    return given.length === 0 || given.some((text) => within(first, last, text));
  });
}

function covers(rule: FirewallRule, protocol: string, port: number): boolean {
  return includes(rule.allowed, { what: '', protocol, ports: String(port), sources: [], needed: true });
}

/** Whether all that a rule opens is in the table. */
function isKnown({ allowed }: FirewallRule): boolean {
  return allowed.every(({ IPProtocol, ports }) => {
    if (IPProtocol === 'icmp') return true;
    return (
      ports.length > 0 &&
      ports.every((text) => {
        const [first = 0, last = 0] = rangeOf(text);
        return OPEN_PORTS.some(
          (row) => row.protocol === IPProtocol && row.sources.includes('0.0.0.0/0') && within(first, last, row.ports),
        );
      })
    );
  });
}

function within(first: number, last: number, range: string): boolean {
  const [from = 0, to = 0] = rangeOf(range);
  return from <= first && last <= to;
}

function rangeOf(text: string): number[] {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
}

function rowWords({ ports, protocol, what }: Row): string {
  return `${ports}/${protocol} (${what})`;
}

function allowedWords({ allowed }: FirewallRule): string {
  return allowed
    .map(({ IPProtocol, ports }) => (ports.length === 0 ? IPProtocol : `${ports.join(',')}/${IPProtocol}`))
    .join(' ');
}
