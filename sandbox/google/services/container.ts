import { notFound } from '../errors.ts';
import { block, blocks, boolean, map, number, object, string, strings } from '../resources/attributes.ts';
import { last } from '../resources/rules.ts';
import type { Resource } from '../resources/store.ts';
import { route } from '../service.ts';
import type { Call, Route, Service } from '../service.ts';

const parent = '/projects/{project}/locations/{location}/clusters';

/** Kubernetes Engine: the clusters and node pools that Terraform applied, as the API shows them. */
export const container: Service = {
  host: 'container.googleapis.com',
  routes: ['/v1', '/v1beta1'].flatMap((version): Route[] => [
    route({
      method: 'GET',
      path: `${version}${parent}`,
      permission: 'container.clusters.list',
      answer: (call) => {
        const clusters = clustersIn(call).map((found) => clusterView(found, call));
        return { body: clusters.length === 0 ? {} : { clusters } };
      },
    }),
    route({
      method: 'GET',
      path: `${version}${parent}/{cluster}`,
      permission: 'container.clusters.get',
      answer: (call) => ({ body: clusterView(clusterOf(call), call) }),
    }),
    route({
      method: 'GET',
      path: `${version}${parent}/{cluster}/nodePools`,
      permission: 'container.clusters.get',
      answer: (call) => ({ body: { nodePools: poolsOf(clusterOf(call), call).map((pool) => poolView(pool, call)) } }),
    }),
    route({
      method: 'GET',
      path: `${version}${parent}/{cluster}/nodePools/{pool}`,
      permission: 'container.clusters.get',
      answer: (call) => {
        const cluster = clusterOf(call);
        const pool = poolsOf(cluster, call).find(({ attributes }) => attributes['name'] === call.params['pool']);
        if (!pool) throw notFound(`Not found: ${clusterName(call)}/nodePools/${call.params['pool'] ?? ''}.`);
        return { body: poolView(pool, call) };
      },
    }),
  ]),
  refusals: [
    {
      situation: 'a cluster that does not exist',
      request: {
        method: 'GET',
        path: '/v1/projects/nova-livekit-dev/locations/asia-northeast1/clusters/nowhere',
        as: 'livekit-deploy',
      },
      status: 404,
      says: 'Not found: projects/nova-livekit-dev/locations/asia-northeast1/clusters/nowhere.',
    },
    {
      situation: 'a cluster in a project of someone else',
      request: {
        method: 'GET',
        path: '/v1/projects/somebody-elses/locations/asia-northeast1/clusters/livekit',
        as: 'livekit-deploy',
      },
      status: 403,
      says: "Permission 'container.clusters.get' denied",
    },
    {
      situation: 'no token',
      request: { method: 'GET', path: '/v1/projects/nova-livekit-dev/locations/-/clusters', as: 'anonymous' },
      status: 401,
      says: 'missing required authentication credential',
    },
    {
      situation: 'a token whose scope is storage',
      request: { method: 'GET', path: '/v1/projects/nova-livekit-dev/locations/-/clusters', as: 'storage-scope' },
      status: 403,
      says: 'insufficient authentication scopes',
    },
    {
      situation: 'a query parameter that is not of the API',
      request: {
        method: 'GET',
        path: '/v1/projects/nova-livekit-dev/locations/-/clusters?region=x',
        as: 'livekit-plan',
      },
      status: 400,
      says: 'Unknown name "region"',
    },
    {
      situation: 'a cluster made other than by Terraform',
      request: {
        method: 'POST',
        path: '/v1/projects/nova-livekit-dev/locations/asia-northeast1/clusters',
        body: { cluster: { name: 'mine' } },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'was not found on this server',
    },
  ],
};

function clusterName({ params, cloud }: Call): string {
  return `projects/${cloud.config.project.id}/locations/${params['location'] ?? ''}/clusters/${params['cluster'] ?? ''}`;
}

function clustersIn({ params, cloud }: Call): Resource[] {
  const all = cloud.resources.list('google_container_cluster');
  return all.filter(({ attributes }) => params['location'] === '-' || attributes['location'] === params['location']);
}

function clusterOf(call: Call): Resource {
  const found = clustersIn(call).find(({ attributes }) => attributes['name'] === call.params['cluster']);
  if (!found) throw notFound(`Not found: ${clusterName(call)}.`);
  return found;
}

function poolsOf({ attributes: cluster }: Resource, { cloud }: Call): Resource[] {
  return cloud.resources
    .list('google_container_node_pool')
    .filter(({ attributes }) => last(string(attributes, 'cluster') ?? '') === cluster['name']);
}

function clusterView(resource: Resource, call: Call): Record<string, unknown> {
  const { attributes } = resource;
  const { project } = call.cloud.config;
  const location = string(attributes, 'location') ?? project.region;
  const dns = block(block(attributes, 'control_plane_endpoints_config'), 'dns_endpoint_config');
  const authority = block(attributes, 'master_auth');
  const allocation = block(attributes, 'ip_allocation_policy');
  const network = string(attributes, 'network');
  const subnetwork = string(attributes, 'subnetwork');
  const privacy = block(attributes, 'private_cluster_config');
  const pools = poolsOf(resource, call);
  return {
    name: string(attributes, 'name'),
    description: string(attributes, 'description'),
    location,
    zone: location,
    locations: strings(attributes, 'node_locations'),
    selfLink: `https://container.googleapis.com/v1/projects/${project.id}/locations/${location}/clusters/${string(attributes, 'name') ?? ''}`,
    status: 'RUNNING',
    endpoint: string(attributes, 'endpoint'),
    masterAuth: object({ clusterCaCertificate: string(authority, 'cluster_ca_certificate') }),
    controlPlaneEndpointsConfig: object({
      dnsEndpointConfig: object({
        endpoint: string(dns, 'endpoint'),
        allowExternalTraffic: boolean(dns, 'allow_external_traffic'),
      }),
    }),
    privateClusterConfig: object({
      enablePrivateNodes: boolean(privacy, 'enable_private_nodes'),
      enablePrivateEndpoint: boolean(privacy, 'enable_private_endpoint'),
      masterIpv4CidrBlock: string(privacy, 'master_ipv4_cidr_block'),
    }),
    network: network === undefined ? undefined : last(network),
    subnetwork: subnetwork === undefined ? undefined : last(subnetwork),
    networkConfig: object({
      network: network === undefined ? undefined : `projects/${project.id}/global/networks/${last(network)}`,
      datapathProvider: string(attributes, 'datapath_provider'),
    }),
    ipAllocationPolicy: object({
      useIpAliases: allocation ? true : undefined,
      clusterSecondaryRangeName: string(allocation, 'cluster_secondary_range_name'),
      servicesSecondaryRangeName: string(allocation, 'services_secondary_range_name'),
    }),
    workloadIdentityConfig: object({
      workloadPool: string(block(attributes, 'workload_identity_config'), 'workload_pool'),
    }),
    releaseChannel: object({ channel: string(block(attributes, 'release_channel'), 'channel') }),
    resourceLabels: map(attributes, 'resource_labels'),
    currentMasterVersion: string(attributes, 'master_version'),
    currentNodeVersion: string(attributes, 'node_version') ?? string(attributes, 'master_version'),
    currentNodeCount: pools.reduce((sum, pool) => sum + (number(pool.attributes, 'node_count') ?? 0), 0) || undefined,
    nodePools: pools.length === 0 ? undefined : pools.map((pool) => poolView(pool, call)),
  };
}

function poolView({ attributes }: Resource, { cloud }: Call): Record<string, unknown> {
  const { project } = cloud.config;
  const config = block(attributes, 'node_config');
  const scaling = block(attributes, 'autoscaling');
  const management = block(attributes, 'management');
  const name = string(attributes, 'name') ?? '';
  const cluster = last(string(attributes, 'cluster') ?? '');
  const location = string(attributes, 'location') ?? project.region;
  return {
    name,
    selfLink: `https://container.googleapis.com/v1/projects/${project.id}/locations/${location}/clusters/${cluster}/nodePools/${name}`,
    status: 'RUNNING',
    version: string(attributes, 'version'),
    initialNodeCount: number(attributes, 'initial_node_count'),
    locations: strings(attributes, 'node_locations'),
    instanceGroupUrls: strings(attributes, 'instance_group_urls'),
    autoscaling: scaling && {
      enabled: true,
      minNodeCount: number(scaling, 'min_node_count'),
      maxNodeCount: number(scaling, 'max_node_count'),
      totalMinNodeCount: number(scaling, 'total_min_node_count'),
      totalMaxNodeCount: number(scaling, 'total_max_node_count'),
      locationPolicy: string(scaling, 'location_policy'),
    },
    management: object({
      autoUpgrade: boolean(management, 'auto_upgrade'),
      autoRepair: boolean(management, 'auto_repair'),
    }),
    maxPodsConstraint: object({ maxPodsPerNode: number(attributes, 'max_pods_per_node')?.toString() }),
    config: object({
      machineType: string(config, 'machine_type'),
      diskSizeGb: number(config, 'disk_size_gb'),
      diskType: string(config, 'disk_type'),
      imageType: string(config, 'image_type'),
      oauthScopes: strings(config, 'oauth_scopes'),
      serviceAccount: string(config, 'service_account'),
      labels: map(config, 'labels'),
      tags: strings(config, 'tags'),
      spot: boolean(config, 'spot') === true ? true : undefined,
      taints: taints(config),
    }),
  };
}

function taints(config: ReturnType<typeof block>): unknown[] | undefined {
  const found = blocks(config, 'taint');
  if (found.length === 0) return undefined;
  return found.map((taint) => ({
    key: string(taint, 'key'),
    value: string(taint, 'value'),
    effect: string(taint, 'effect'),
  }));
}
