import { number, string } from '../resources/attributes.ts';
import type { Resource } from '../resources/store.ts';
import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';
import { invalidArgument } from '../errors.ts';

/** Memorystore for Redis, read only: the instances that Terraform applied. */
export const redis: Service = {
  host: 'redis.googleapis.com',
  routes: [
    route({
      method: 'GET',
      path: '/v1/projects/{project}/locations/{location}/instances',
      query: ['pageSize', 'pageToken'],
      permission: 'redis.instances.list',
      answer: (call) => {
        const found = instancesIn(call);
        return { body: found.length === 0 ? {} : { instances: found.map((instance) => view(instance, call)) } };
      },
    }),
  ],
  refusals: [
    {
      situation: 'the deploy identity lists instances',
      request: {
        method: 'GET',
        path: '/v1/projects/nova-livekit-dev/locations/asia-northeast1/instances',
        as: 'livekit-deploy',
      },
      status: 403,
      says: "Permission 'redis.instances.list' denied",
    },
    {
      situation: 'a location that does not exist',
      request: {
        method: 'GET',
        path: '/v1/projects/nova-livekit-dev/locations/mars-north1/instances',
        as: 'livekit-verify',
      },
      status: 400,
      says: 'mars-north1',
    },
    {
      situation: 'an instance made other than by Terraform',
      request: {
        method: 'POST',
        path: '/v1/projects/nova-livekit-dev/locations/asia-northeast1/instances',
        body: { tier: 'BASIC' },
        as: 'livekit-cicd',
      },
      status: 404,
      says: 'was not found on this server',
    },
  ],
};

function instancesIn({ params, cloud }: Call): Resource[] {
  const { location = '' } = params;
  const { region } = cloud.config.project;
  // `-` is every location.
  if (location !== '-' && location !== region) throw invalidArgument(`Invalid location: '${location}'.`);
  return cloud.resources.list('google_redis_instance');
}

function view({ attributes }: Resource, { cloud }: Call): Record<string, unknown> {
  const { project } = cloud.config;
  const tier = string(attributes, 'tier') ?? 'BASIC';
  return {
    name: `projects/${project.id}/locations/${project.region}/instances/${string(attributes, 'name') ?? ''}`,
    displayName: string(attributes, 'display_name'),
    locationId: string(attributes, 'location_id'),
    currentLocationId: string(attributes, 'current_location_id'),
    redisVersion: string(attributes, 'redis_version'),
    host: string(attributes, 'host'),
    port: number(attributes, 'port'),
    state: 'READY',
    tier,
    memorySizeGb: number(attributes, 'memory_size_gb'),
    authorizedNetwork: string(attributes, 'authorized_network'),
    connectMode: string(attributes, 'connect_mode'),
    replicaCount: tier === 'STANDARD_HA' ? (number(attributes, 'replica_count') ?? 1) : undefined,
  };
}
