import type { Failure } from '../../failure/failure.ts';
import type { Kubernetes } from '../../kubernetes/client.ts';
import { log } from '../../runner/log.ts';
import { helmFailures, preflightFailures } from '../failures.ts';
import { type Layer, mergeLayers, sourceOf } from '../values/layer.ts';
import { effective, type Path, type Values } from '../values/tree.ts';
import { askCluster, askRights } from './cluster/ask.ts';
import { systemDns } from './cluster/dns.ts';
import type { ClusterContext } from './cluster/rule.ts';
import { budget } from './budget.ts';
import { configurationKey } from './configuration-key.ts';
import { grace } from './grace.ts';
import { hpaRequests } from './hpa-requests.ts';
import { keyFile } from './key-file.ts';
import { ingressTls, loadBalancerHosts, loadBalancerType } from './load-balancer.ts';
import { nodePool } from './node-pool.ts';
import { placeholder } from './placeholder.ts';
import { plainSecret } from './plain-secret.ts';
import { podAnnotations } from './pod-annotations.ts';
import { prometheusPort } from './prometheus-port.ts';
import { redis } from './redis.ts';
import { redisAddress } from './redis-address.ts';
import { type Finding, livekitValuesSchema, type PreflightContext, type PreflightRule } from './rule.ts';
import { surge } from './surge.ts';
import { turnCertificate } from './turn-certificate.ts';
import { udpPort } from './udp-port.ts';
import { webSocketLife } from './web-socket-life.ts';

/** All rules; the next one is a file and a line here. */
const rules: readonly PreflightRule[] = [
  placeholder,
  podAnnotations,
  plainSecret,
  keyFile,
  redis,
  redisAddress,
  nodePool,
  surge,
  grace,
  budget,
  hpaRequests,
  loadBalancerType,
  loadBalancerHosts,
  ingressTls,
  webSocketLife,
  turnCertificate,
  prometheusPort,
  udpPort,
  configurationKey,
];

/** What the rules look at; or, of values that are not of the chart's types, what is wrong with them. */
export function understand(
  defaults: Values,
  layers: readonly Layer[],
  outputs: PreflightContext['outputs'],
): PreflightContext | readonly Finding[] {
  const given = mergeLayers(layers);
  const parsed = livekitValuesSchema.safeParse(effective(defaults, given));
  // A null is seen in the layers only, and the schema sees the defaults in its place.
  if (parsed.success) return { values: parsed.data, layers, given, outputs };
  return parsed.error.issues.map((issue) => {
    const path: Path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    return { kind: 'malformed', level: 'error', what: `\`${path.join('.')}\` is wrong: ${issue.message}.`, path };
  });
}

/** Everything that the rules find in LiveKit's values, in their order. */
export function inspect(
  defaults: Values,
  layers: readonly Layer[],
  outputs: PreflightContext['outputs'],
): readonly Finding[] {
  const context = understand(defaults, layers, outputs);
  return 'layers' in context ? rules.flatMap((rule) => rule(context)) : context;
}

/**
 * What the cluster and DNS answer to LiveKit's values, which `inspect` has found right. Throws LK-HELM-004 for what would stop
 * the deploy.
 */
export async function inspectCluster(
  defaults: Values,
  layers: readonly Layer[],
  outputs: PreflightContext['outputs'],
  cluster: Pick<ClusterContext, 'client' | 'namespace' | 'companion'>,
): Promise<void> {
  const context = understand(defaults, layers, outputs);
  if (!('layers' in context)) return;
  const found = await askCluster({ ...context, ...cluster, dns: systemDns(), now: new Date() });
  const failure = reportFindings(found, layers);
  if (failure !== undefined) throw failure;
}

/** The same for a chart that the suite does not know: may this identity do what every deploy does? */
export async function inspectRights(client: Kubernetes, namespace: string): Promise<void> {
  const failure = reportFindings(await askRights(client, namespace), []);
  if (failure !== undefined) throw failure;
}

/** Prints the findings where their values stand; gives the failure (LK-HELM-004) when one of them is an error. */
export function reportFindings(findings: readonly Finding[], layers: readonly Layer[]): Failure | undefined {
  for (const { kind, level, what, path, fix = preflightFailures.kinds[kind].fix } of findings) {
    const text = `${what}\nWhy: ${preflightFailures.kinds[kind].why}\nFix: ${fix}`;
    const place = sourceOf(layers, path)?.place;
    if (level === 'error') log.error(text, place, preflightFailures.code(kind));
    else log.warning(`${preflightFailures.code(kind)} ${text}`, place);
  }
  const errors = findings.filter(({ level }) => level === 'error');
  const [first] = errors;
  if (first === undefined) return undefined;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more, above)`;
  return helmFailures.failure('preflight', {
    what: `Preflight stopped the deploy: ${first.what}${more}`,
    why: preflightFailures.kinds[first.kind].why,
    fix: first.fix ?? preflightFailures.kinds[first.kind].fix,
  });
}
