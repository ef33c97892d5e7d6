import { z } from 'zod';
import { resource } from '../../../../kubernetes/resources.ts';
import { ADDONS } from '../../../addons.ts';
import type { Result } from '../../../check.ts';
import type { World } from '../../../world.ts';

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  annotations: z.record(z.string(), z.string()).default({}),
});
const balancer = z
  .object({
    loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) }).prefault({}),
  })
  .prefault({});

const ingressKind = resource(
  'networking.k8s.io/v1',
  'Ingress',
  'ingresses',
  z.object({
    metadata,
    spec: z.object({
      ingressClassName: z.string().optional(),
      tls: z.array(z.object({ secretName: z.string().optional() })).default([]),
      rules: z.array(z.object({ host: z.string().optional() })).default([]),
    }),
    status: balancer,
  }),
);

const serviceKind = resource('v1', 'Service', 'services', z.object({ metadata, status: balancer }));

const deploymentKind = resource(
  'apps/v1',
  'Deployment',
  'deployments',
  z.object({
    metadata,
    spec: z.object({
      replicas: z.number().default(1),
      template: z.object({
        spec: z.object({ containers: z.array(z.object({ args: z.array(z.string()).default([]) })) }),
      }),
    }),
    status: z.object({ readyReplicas: z.number().default(0) }).prefault({}),
  }),
);

const configMapKind = resource(
  'v1',
  'ConfigMap',
  'configmaps',
  z.object({ data: z.record(z.string(), z.string()).default({}) }),
);

/** One Ingress of the release, as far as clients notice. */
export interface EntranceIngress {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  readonly className: string | undefined;
  readonly secretName: string | undefined;
  /** Of nginx.ingress.kubernetes.io, without that. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the chart says that verification may ask for: `health-path`, `health-answer`, `web-socket-path`. */
  readonly hints: Readonly<Record<string, string>>;
  /** As Traefik wrote it. */
  readonly address: string | undefined;
}

/** The add-on as it is in the cluster. */
export interface Entrance {
  readonly namespace: string;
  readonly release: string;
  /** The class that Traefik serves; `undefined` when it is not deployed. */
  readonly className: string | undefined;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly service: { readonly address: string | undefined; readonly addressName: string | undefined } | undefined;
  readonly ingresses: readonly EntranceIngress[];
}

const NGINX = 'nginx.ingress.kubernetes.io/';
const HINTS = 'livekit-gke/';
const CLASS = '--providers.kubernetesingressnginx.ingressclass=';

const read = new WeakMap<World, Promise<Entrance>>();

/** Reads the add-on, anew each time. */
export async function readEntrance(world: World): Promise<Entrance> {
  const { namespace, release } = place(world);
  const labels = { 'app.kubernetes.io/name': 'ingress-tls', 'app.kubernetes.io/instance': release };
  const [deployment, service, found] = await Promise.all([
    world.kubernetes.get(deploymentKind, namespace, release),
    world.kubernetes.get(serviceKind, namespace, release),
    world.kubernetes.list(ingressKind, undefined, { labels }),
  ]);
  const args = deployment?.spec.template.spec.containers[0]?.args ?? [];
  return {
    namespace,
    release,
    className: args.find((one) => one.startsWith(CLASS))?.slice(CLASS.length),
    replicas: deployment?.spec.replicas ?? 0,
    readyReplicas: deployment?.status.readyReplicas ?? 0,
    service: service && {
      address: service.status.loadBalancer.ingress[0]?.ip,
      addressName: service.metadata.annotations['networking.gke.io/load-balancer-ip-addresses'],
    },
    ingresses: found.map(({ metadata: own, spec, status }) => ({
      name: own.name,
      namespace: own.namespace,
      host: spec.rules[0]?.host ?? '',
      className: spec.ingressClassName,
      secretName: spec.tls[0]?.secretName,
      settings: below(NGINX, own.annotations),
      hints: below(HINTS, own.annotations),
      address: status.loadBalancer.ingress[0]?.ip,
    })),
  };
}

/** The same for the checks that come after it was found to be right: read once. */
export function entranceOf(world: World): Promise<Entrance> {
  const known = read.get(world) ?? readEntrance(world);
  read.set(world, known);
  return known;
}

/** The headers that an Ingress's ConfigMap sets; none when it has none. */
export async function headersOf(world: World, { settings }: EntranceIngress): Promise<Record<string, string>> {
  const [namespace = '', name = ''] = (settings['custom-headers'] ?? '').split('/');
  if (name === '') return {};
  return (await world.kubernetes.get(configMapKind, namespace, name))?.data ?? {};
}

const place = ({ addons }: World) => addons.find(({ name }) => name === 'ingress-tls') ?? ADDONS['ingress-tls'];

function below(prefix: string, annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** An annotation that is a positive whole number; `undefined` for anything else, which Traefik passes over. */
export function numberSetting({ settings }: EntranceIngress, name: string): number | undefined {
  const text = settings[name] ?? '';
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

const ORDER = ['fail', 'inconclusive', 'warn', 'pass', 'skip'] as const;

/** Asks each Ingress of the release; the worst verdict stands, with what was seen at all of them. */
export async function eachIngress(
  world: World,
  ask: (ingress: EntranceIngress, address: string, entrance: Entrance) => Promise<Result>,
): Promise<Result> {
  const entrance = await entranceOf(world);
  const results: Result[] = [];
  for (const ingress of entrance.ingresses) {
    results.push(await ask(ingress, entrance.service?.address ?? '', entrance));
  }
  return worst(results);
}

/** Pure. Results must be one at least. */
export function worst(results: readonly Result[]): Result {
  const first = ORDER.flatMap((verdict) => results.filter((one) => one.verdict === verdict))[0];
  if (first === undefined) return { verdict: 'skip', evidence: 'The release has no Ingress.' };
  return { ...first, evidence: results.map(({ evidence }) => evidence).join(' ') };
}
