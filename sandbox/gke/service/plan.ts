import { createHash } from 'node:crypto';
import { POOL_LABEL } from '../../kubernetes/cluster.ts';
import type { LoadBalancer } from '../../world/record.ts';
import { type EndpointSlice, keyOf, type Node, type Service } from '../objects.ts';
import { Refusal } from '../refusal.ts';

const RBS = 'cloud.google.com/l4-rbs';
const ADDRESSES = 'networking.gke.io/load-balancer-ip-addresses';
const TYPE = 'networking.gke.io/load-balancer-type';
const CLASS = 'networking.gke.io/l4-regional-external';
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** All that a Service of type LoadBalancer may speak of. */
export interface ServiceWorld {
  readonly nodes: readonly Node[];
  readonly slices: readonly EndpointSlice[];
  /** Reserved regional addresses by their name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Load balancers that are there, by namespace and name of their Service. */
  readonly present: Readonly<Record<string, LoadBalancer>>;
  /** An address for a Service that names none. */
  readonly ephemeral: (key: string) => string;
}

export interface ServicePlan {
  readonly loadBalancer: LoadBalancer;
  /** A change that GKE does not make: the load balancer stays as it was made. */
  readonly refused: string | undefined;
}

/** Whether GKE makes a load balancer of it. */
export function isBalanced({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && (spec.loadBalancerClass === undefined || spec.loadBalancerClass === CLASS);
}

/** The load balancer that a Service asks for; a Refusal says what GKE would not accept. */
export function planService(service: Service, world: ServiceWorld): ServicePlan {
  const { metadata, spec } = service;
  if (metadata.annotations[TYPE] === 'Internal') {
    throw new Refusal(
      'the sandbox has external load balancers only, not networking.gke.io/load-balancer-type: Internal',
    );
  }
  const key = keyOf(service);
  const known = world.present[key];
  const before = known?.uid === metadata.uid ? known : undefined;
  const wanted = wish(service);
  const kind = before?.kind ?? wanted.kind;
  const { address, addressName } = before ?? findAddress(key, wanted, world);
  return {
    loadBalancer: {
      uid: metadata.uid,
      kind,
      rule: ruleName(service, kind),
      address,
      ...(addressName === undefined ? {} : { addressName }),
      ports: spec.ports.map(({ protocol, port, nodePort }) => {
        if (protocol === 'SCTP') throw new Refusal(`protocol SCTP of port ${port} is not supported by load balancer`);
        if (nodePort === undefined)
          throw new Refusal(`port ${port} has no node port, through which the sandbox forwards`);
        return { protocol: protocol === 'UDP' ? 'udp' : 'tcp', port, nodePort };
      }),
      nodes: nodesFor(service, world),
      sourceRanges: spec.loadBalancerSourceRanges.length > 0 ? spec.loadBalancerSourceRanges : ['0.0.0.0/0'],
    },
    refused: before && refusedChange(before, wanted),
  };
}

interface Wish {
  readonly kind: LoadBalancer['kind'];
  readonly addressName: string | undefined;
  readonly address: string | undefined;
}

/** The annotation with addresses is read by the newer controller only, `loadBalancerIP` by both. */
function wish({ metadata, spec }: Service): Wish {
  const isBackendService = metadata.annotations[RBS] === 'enabled' || spec.loadBalancerClass === CLASS;
  return {
    kind: isBackendService ? 'backend-service' : 'target-pool',
    addressName: isBackendService ? metadata.annotations[ADDRESSES]?.split(',')[0]?.trim() : undefined,
    address: spec.loadBalancerIP,
  };
}

function refusedChange(before: LoadBalancer, wanted: Wish): string | undefined {
  if (wanted.kind !== before.kind) {
    return wanted.kind === 'backend-service'
      ? `the load balancer of this Service is based on a target pool: ${RBS} is read only when a Service is created, delete and create it`
      : `the load balancer of this Service is based on a backend service: taking ${RBS} away does not change that, delete and create it`;
  }
  if (wanted.kind === 'backend-service' && wanted.addressName !== before.addressName) {
    return `the load balancer of this Service has ${before.addressName ?? 'an address of its own'}: ${ADDRESSES} is read only when a Service is created, delete and create it`;
  }
  return undefined;
}

function findAddress(
  key: string,
  wanted: Wish,
  world: ServiceWorld,
): { address: string; addressName: string | undefined } {
  const { addressName } = wanted;
  const named = addressName === undefined ? undefined : world.addresses.get(addressName);
  if (addressName !== undefined && named === undefined) {
    throw new Refusal(
      `failed to ensure load balancer: the regional address ${addressName} of ${ADDRESSES} was not found`,
    );
  }
  const reserved = [...world.addresses].find(([, address]) => address === wanted.address);
  if (named === undefined && wanted.address !== undefined && !reserved) {
    throw new Refusal(
      `failed to ensure load balancer: requested ip "${wanted.address}" is neither static nor assigned to the LB`,
    );
  }
  const address = named ?? wanted.address;
  if (address === undefined) return { address: world.ephemeral(key), addressName: undefined };
  const holder = Object.entries(world.present).find(
    ([other, balancer]) => other !== key && balancer.address === address,
  );
  if (holder) {
    throw new Refusal(
      `failed to ensure load balancer: googleapi: Error 400: Invalid value for field 'resource.IPAddress': '${address}'. Specified IP address is in-use and would result in a conflict., invalid (Service ${holder[0]})`,
    );
  }
  return { address, addressName: addressName ?? reserved?.[0] };
}

/** Nodes behind it: with the policy Local only those where a pod of the Service is ready. */
function nodesFor(service: Service, { nodes, slices }: ServiceWorld): string[] {
  const own = slices.filter(
    ({ metadata }) => `${metadata.namespace}/${metadata.labels['kubernetes.io/service-name'] ?? ''}` === keyOf(service),
  );
  const withPods = own.flatMap(({ endpoints }) =>
    endpoints.filter(({ conditions }) => conditions.ready).map(({ nodeName }) => nodeName),
  );
  return nodes
    .filter(({ metadata }) => service.spec.externalTrafficPolicy !== 'Local' || withPods.includes(metadata.name))
    .filter(({ metadata, status }) => {
      const isReady = status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      // A machine of no pool is no node of the cluster as far as Google is concerned.
      return isReady && POOL_LABEL in metadata.labels && !(EXCLUDED in metadata.labels);
    })
    .flatMap(({ status }) => status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? [])
    .sort();
}

function ruleName({ metadata }: Service, kind: LoadBalancer['kind']): string {
  if (kind === 'target-pool') return `k8s-fw-a${metadata.uid.replaceAll('-', '')}`.slice(0, 63);
  return newName('k8s2', metadata.namespace, metadata.name);
}

/** As GKE names what it makes: the cluster's hash, what it is for, and a hash of both. */
export function newName(prefix: string, ...parts: readonly string[]): string {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${prefix}-${hash('sandbox')}-${parts.join('-').slice(0, 40)}-${hash(parts.join('/'))}`;
}
