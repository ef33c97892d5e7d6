import { invalidArgument, notFound } from '../errors.ts';
import { blocks, boolean, map, number, object, string, strings } from '../resources/attributes.ts';
import { last } from '../resources/rules.ts';
import type { Resource } from '../resources/store.ts';
import { route } from '../service.ts';
import type { Call, Route, Service } from '../service.ts';

const root = 'https://www.googleapis.com/compute/v1';
const listQuery = ['filter', 'maxResults', 'orderBy', 'pageToken', 'returnPartialSuccess'];

/** A collection of Compute Engine whose members are resources of one Terraform type. */
interface Collection {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly place: 'global' | 'regions/{region}';
  readonly permission: string;
  view(resource: Resource, call: Call): Record<string, unknown>;
}

const collections: readonly Collection[] = [
  {
    name: 'networks',
    kind: 'network',
    type: 'google_compute_network',
    place: 'global',
    permission: 'compute.networks',
    view: ({ attributes }) => ({
      autoCreateSubnetworks: boolean(attributes, 'auto_create_subnetworks'),
      routingConfig: object({ routingMode: string(attributes, 'routing_mode') }),
    }),
  },
  {
    name: 'firewalls',
    kind: 'firewall',
    type: 'google_compute_firewall',
    place: 'global',
    permission: 'compute.firewalls',
    view: ({ attributes }, call) => ({
      network: `${root}/projects/${call.cloud.config.project.id}/global/networks/${last(string(attributes, 'network') ?? '')}`,
      direction: string(attributes, 'direction') ?? 'INGRESS',
      priority: number(attributes, 'priority') ?? 1000,
      disabled: boolean(attributes, 'disabled') ?? false,
      sourceRanges: strings(attributes, 'source_ranges'),
      destinationRanges: strings(attributes, 'destination_ranges'),
      sourceTags: strings(attributes, 'source_tags'),
      targetTags: strings(attributes, 'target_tags'),
      targetServiceAccounts: strings(attributes, 'target_service_accounts'),
      allowed: protocols(attributes, 'allow'),
      denied: protocols(attributes, 'deny'),
    }),
  },
  { ...addresses('google_compute_address'), place: 'regions/{region}', permission: 'compute.addresses' },
  { ...addresses('google_compute_global_address'), place: 'global', permission: 'compute.globalAddresses' },
  {
    name: 'subnetworks',
    kind: 'subnetwork',
    type: 'google_compute_subnetwork',
    place: 'regions/{region}',
    permission: 'compute.subnetworks',
    view: ({ attributes }) => ({
      network: string(attributes, 'network'),
      ipCidrRange: string(attributes, 'ip_cidr_range'),
      privateIpGoogleAccess: boolean(attributes, 'private_ip_google_access'),
      secondaryIpRanges: blocks(attributes, 'secondary_ip_range').map((range) => ({
        rangeName: string(range, 'range_name'),
        ipCidrRange: string(range, 'ip_cidr_range'),
      })),
    }),
  },
];

/** Compute Engine, read only: what Terraform applied, and the region with its quotas. */
export const compute: Service = {
  host: 'compute.googleapis.com',
  scopes: ['https://www.googleapis.com/auth/compute', 'https://www.googleapis.com/auth/compute.readonly'],
  routes: [
    ...collections.flatMap((collection): Route[] => {
      const path = `/compute/v1/projects/{project}/${collection.place}/${collection.name}`;
      return [
        route({
          method: 'GET',
          path,
          query: listQuery,
          permission: `${collection.permission}.list`,
          answer: (call) => ({
            body: {
              kind: `compute#${collection.kind}List`,
              id: `projects/${call.cloud.config.project.id}/${collection.name}`,
              items: filtered(members(collection, call), call).map((member) => view(collection, member, call)),
              selfLink: `${root}${call.path.replace('/compute/v1', '')}`,
            },
          }),
        }),
        route({
          method: 'GET',
          path: `${path}/{name}`,
          permission: `${collection.permission}.get`,
          answer: (call) => {
            const found = members(collection, call).find(
              ({ attributes }) => attributes['name'] === call.params['name'],
            );
            if (!found) throw notFound(`The resource '${call.path.replace('/compute/v1/', '')}' was not found`);
            return { body: view(collection, found, call) };
          },
        }),
      ];
    }),
    route({
      method: 'GET',
      path: '/compute/v1/projects/{project}/regions/{region}',
      permission: 'compute.regions.get',
      answer: region,
    }),
  ],
  refusals: [
    {
      situation: 'a firewall that does not exist',
      request: {
        method: 'GET',
        path: '/compute/v1/projects/nova-livekit-dev/global/firewalls/nowhere',
        as: 'livekit-plan',
      },
      status: 404,
      says: "The resource 'projects/nova-livekit-dev/global/firewalls/nowhere' was not found",
    },
    {
      situation: 'the deploy identity lists firewalls',
      request: { method: 'GET', path: '/compute/v1/projects/nova-livekit-dev/global/firewalls', as: 'livekit-deploy' },
      status: 403,
      says: "Permission 'compute.firewalls.list' denied",
    },
    {
      situation: 'a region that does not exist',
      request: { method: 'GET', path: '/compute/v1/projects/nova-livekit-dev/regions/mars-north1', as: 'livekit-plan' },
      status: 404,
      says: 'mars-north1',
    },
    {
      situation: 'a filter that cannot be read',
      request: {
        method: 'GET',
        path: '/compute/v1/projects/nova-livekit-dev/global/firewalls?filter=name%20~~%20x',
        as: 'livekit-plan',
      },
      status: 400,
      says: "Invalid value for field 'filter'",
    },
    {
      situation: 'a firewall made other than by Terraform',
      request: {
        method: 'POST',
        path: '/compute/v1/projects/nova-livekit-dev/global/firewalls',
        body: { name: 'mine' },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'was not found on this server',
    },
  ],
};

function addresses(type: string): Pick<Collection, 'name' | 'kind' | 'type' | 'view'> {
  return {
    name: 'addresses',
    kind: 'address',
    type,
    view: ({ attributes }) => ({
      address: string(attributes, 'address'),
      addressType: string(attributes, 'address_type') ?? 'EXTERNAL',
      ipVersion: string(attributes, 'ip_version'),
      purpose: string(attributes, 'purpose'),
      prefixLength: number(attributes, 'prefix_length'),
      networkTier: string(attributes, 'network_tier'),
      status: 'RESERVED',
      users: strings(attributes, 'users'),
      labels: map(attributes, 'labels'),
    }),
  };
}

function members({ type }: Collection, { params, cloud }: Call): Resource[] {
  const wanted = params['region'];
  return cloud.resources
    .list(type)
    .filter(
      ({ attributes }) =>
        wanted === undefined || last(string(attributes, 'region') ?? cloud.config.project.region) === wanted,
    );
}

/** `name=value`, `name eq value` or `name="value"`, on the name and the network: what is needed here of Google's filters. */
function filtered(resources: Resource[], { query }: Call): Resource[] {
  const filter = query['filter'];
  if (filter === undefined || filter === '') return resources;
  const [, field = '', value = ''] = /^\s*(name|network)\s*(?:=|eq)\s*"?([^"\s]+)"?\s*$/.exec(filter) ?? [];
  if (field === '')
    throw invalidArgument(`Invalid value for field 'filter': '${filter}'. Invalid list filter expression.`);
  return resources.filter(({ attributes }) => last(string(attributes, field) ?? '') === last(value));
}

function view(collection: Collection, resource: Resource, call: Call): Record<string, unknown> {
  const { attributes } = resource;
  const region = call.params['region'];
  const place = region === undefined ? 'global' : `regions/${region}`;
  const project = `${root}/projects/${call.cloud.config.project.id}`;
  return {
    kind: `compute#${collection.kind}`,
    name: string(attributes, 'name'),
    description: string(attributes, 'description') ?? '',
    creationTimestamp: string(attributes, 'creation_timestamp'),
    selfLink: `${project}/${place}/${collection.name}/${string(attributes, 'name') ?? ''}`,
    ...(region === undefined ? {} : { region: `${project}/regions/${region}` }),
    ...collection.view(resource, call),
  };
}

function protocols(attributes: Resource['attributes'], name: string): unknown[] | undefined {
  const rows = blocks(attributes, name);
  if (rows.length === 0) return undefined;
  return rows.map((row) => object({ IPProtocol: string(row, 'protocol'), ports: strings(row, 'ports') }));
}

function region({ params, cloud }: Call) {
  const { project } = cloud.config;
  const name = params['region'] ?? '';
  if (name !== project.region) throw notFound(`The resource 'projects/${project.id}/regions/${name}' was not found`);
  const addressesInUse = cloud.resources.list('google_compute_address').length;
  return {
    body: {
      kind: 'compute#region',
      name,
      status: 'UP',
      selfLink: `${root}/projects/${project.id}/regions/${name}`,
      zones: ['a', 'b', 'c'].map((zone) => `${root}/projects/${project.id}/zones/${name}-${zone}`),
      quotas: [
        { metric: 'CPUS', limit: 72, usage: 0 },
        { metric: 'C2_CPUS', limit: 80, usage: 0 },
        { metric: 'E2_CPUS', limit: 72, usage: 0 },
        { metric: 'IN_USE_ADDRESSES', limit: 8, usage: addressesInUse },
        { metric: 'STATIC_ADDRESSES', limit: 8, usage: addressesInUse },
        { metric: 'SSD_TOTAL_GB', limit: 500, usage: 0 },
      ],
    },
  };
}
