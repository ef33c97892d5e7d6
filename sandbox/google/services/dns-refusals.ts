import type { Refusal } from '../service.ts';

/** What Cloud DNS refuses. */
export const dnsRefusals: readonly Refusal[] = [
  {
    situation: 'a zone that does not exist',
    request: { method: 'GET', path: '/dns/v1/projects/nova-livekit-dev/managedZones/nowhere', as: 'livekit-plan' },
    status: 404,
    says: "The 'parameters.managedZone' resource named 'nowhere' does not exist.",
  },
  {
    situation: 'the plan identity adds a record',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/rrsets',
      body: { name: 'a.refusals.example.', type: 'A', rrdatas: ['192.0.2.1'] },
      as: 'livekit-plan',
    },
    status: 403,
    says: "Permission 'dns.resourceRecordSets.create' denied",
  },
  {
    situation: 'a record outside of the zone',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/rrsets',
      body: { name: 'a.elsewhere.example.', type: 'A', rrdatas: ['192.0.2.1'] },
      as: 'livekit-cicd',
    },
    status: 400,
    says: "not in the zone 'refusals.example.'",
  },
  {
    situation: 'a name without its final dot',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/rrsets',
      body: { name: 'a.refusals.example', type: 'A', rrdatas: ['192.0.2.1'] },
      as: 'livekit-cicd',
    },
    status: 400,
    says: "'a.refusals.example' is invalid",
  },
  {
    situation: 'an address record that holds no address',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/rrsets',
      body: { name: 'a.refusals.example.', type: 'A', rrdatas: ['turn'] },
      as: 'livekit-cicd',
    },
    status: 400,
    says: "'entity.additions[0].rrdata' ",
  },
  {
    situation: 'a deletion of a record that is not there',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/changes',
      body: { deletions: [{ name: 'a.refusals.example.', type: 'TXT', ttl: 60, rrdatas: ['"x"'] }] },
      as: 'livekit-cicd',
    },
    status: 404,
    says: "named 'a.refusals.example. (TXT)' does not exist",
  },
  {
    situation: 'an empty change',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/changes',
      body: {},
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'additions or deletions',
  },
  {
    situation: 'a record of an unknown type',
    request: {
      method: 'POST',
      path: '/dns/v1/projects/nova-livekit-dev/managedZones/refusals/rrsets',
      body: { name: 'a.refusals.example.', type: 'SPF2', rrdatas: ['x'] },
      as: 'livekit-cicd',
    },
    status: 400,
    says: 'type',
  },
];
