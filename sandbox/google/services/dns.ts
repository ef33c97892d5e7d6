import { z } from 'zod';
import type { Attributes } from '../../world/world.ts';
import { alreadyExists, invalidArgument, notFound, GoogleError } from '../errors.ts';
import { number, string, strings } from '../resources/attributes.ts';
import { check, last } from '../resources/rules.ts';
import type { Resource } from '../resources/store.ts';
import { route } from '../service.ts';
import type { Call, Cloud, Service } from '../service.ts';
import { dnsRefusals } from './dns-refusals.ts';

const zonePath = '/dns/v1/projects/{project}/managedZones/{zone}';
const types = [
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'DS',
  'HTTPS',
  'MX',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'SVCB',
  'TLSA',
  'TXT',
] as const;
const recordSchema = z.strictObject({
  kind: z.literal('dns#resourceRecordSet').optional(),
  name: z.string(),
  type: z.enum(types),
  ttl: z.int().min(0).max(2_147_483_647).default(300),
  rrdatas: z.array(z.string()).min(1),
  signatureRrdatas: z.array(z.string()).optional(),
});
type RecordSet = z.output<typeof recordSchema>;
const patchSchema = z.strictObject({
  ...recordSchema.shape,
  name: z.string().optional(),
  type: z.enum(types).optional(),
  ttl: z.int().min(0).optional(),
  rrdatas: z.array(z.string()).min(1).optional(),
});
const changeSchema = z.strictObject({
  kind: z.literal('dns#change').optional(),
  additions: z.array(recordSchema).optional(),
  deletions: z.array(recordSchema).optional(),
});

/** Cloud DNS: zones that Terraform applied; record sets of Terraform and of the API alike, so that the world answers both. */
export const dns: Service = {
  host: 'dns.googleapis.com',
  scopes: ['https://www.googleapis.com/auth/ndev.clouddns.readwrite'],
  routes: [
    route({
      method: 'GET',
      path: '/dns/v1/projects/{project}/managedZones',
      query: ['dnsName', 'maxResults', 'pageToken'],
      permission: 'dns.managedZones.list',
      answer: ({ cloud, query }) => {
        const zones = cloud.resources.list('google_dns_managed_zone');
        const wanted = zones.filter(
          ({ attributes }) => (query['dnsName'] ?? attributes['dns_name']) === attributes['dns_name'],
        );
        return { body: { kind: 'dns#managedZonesListResponse', managedZones: wanted.map(zoneView) } };
      },
    }),
    route({
      method: 'GET',
      path: zonePath,
      permission: 'dns.managedZones.get',
      on: onZone,
      answer: (call) => ({ body: zoneView(zoneOf(call)) }),
    }),
    route({
      method: 'GET',
      path: `${zonePath}/rrsets`,
      query: ['name', 'type', 'maxResults', 'pageToken'],
      permission: 'dns.resourceRecordSets.list',
      on: onZone,
      answer: (call) => {
        if (call.query['type'] !== undefined && call.query['name'] === undefined) {
          throw invalidArgument("Invalid value for 'type': it needs 'name' as well.");
        }
        const zone = string(zoneOf(call).attributes, 'name') ?? '';
        const found = recordsOf(zone, call.cloud).filter(
          (record) =>
            (call.query['name'] ?? record.name) === record.name && (call.query['type'] ?? record.type) === record.type,
        );
        return { body: { kind: 'dns#resourceRecordSetsListResponse', rrsets: found.map(recordView) } };
      },
    }),
    route({
      method: 'POST',
      path: `${zonePath}/rrsets`,
      permission: 'dns.resourceRecordSets.create',
      on: onZone,
      body: recordSchema,
      answer: async (call) => {
        await add(call.body, zoneOf(call), call.cloud);
        return { body: recordView(call.body) };
      },
    }),
    route({
      method: 'GET',
      path: `${zonePath}/rrsets/{name}/{type}`,
      permission: 'dns.resourceRecordSets.get',
      on: onZone,
      answer: (call) => ({ body: recordView(recordOf(call)) }),
    }),
    route({
      method: 'PATCH',
      path: `${zonePath}/rrsets/{name}/{type}`,
      permission: 'dns.resourceRecordSets.update',
      on: onZone,
      body: patchSchema,
      answer: async (call) => {
        const old = recordOf(call);
        const zone = zoneOf(call);
        const changed = { ...old, ttl: call.body.ttl ?? old.ttl, rrdatas: call.body.rrdatas ?? old.rrdatas };
        const { ttl, rrdatas } = changed;
        checkRecord(changed, zone, call.cloud);
        const key = keyOf(old, zone, call.cloud);
        await call.cloud.resources.replace('google_dns_record_set', key, { ttl, rrdatas }, () => ({}));
        return { body: recordView(changed) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${zonePath}/rrsets/{name}/{type}`,
      permission: 'dns.resourceRecordSets.delete',
      on: onZone,
      answer: async (call) => {
        await remove(recordOf(call), zoneOf(call), call.cloud);
        return { body: {} };
      },
    }),
    route({
      method: 'POST',
      path: `${zonePath}/changes`,
      permission: 'dns.changes.create',
      on: onZone,
      body: changeSchema,
      answer: change,
    }),
    route({
      method: 'GET',
      path: `${zonePath}/changes/{change}`,
      permission: 'dns.changes.get',
      on: onZone,
      answer: (call) => {
        zoneOf(call);
        const id = call.params['change'] ?? '';
        if (!/^\d+$/.test(id) || Number(id) > changes)
          throw notFound(`The 'parameters.changeId' resource named '${id}' does not exist.`);
        return { body: { kind: 'dns#change', id, status: 'done' } };
      },
    }),
  ],
  refusals: dnsRefusals,
};

let changes = 0;

/** A zone has a policy of its own: who may change one need not be able to change another. */
function onZone({ project = '', zone = '' }: Readonly<Record<string, string>>): string {
  return `projects/${project}/managedZones/${zone}`;
}

function zoneOf({ params, cloud }: Pick<Call, 'params' | 'cloud'>): Resource {
  const zones = cloud.resources.list('google_dns_managed_zone');
  const found = zones.find(({ attributes }) => attributes['name'] === params['zone']);
  if (!found) throw notFound(`The 'parameters.managedZone' resource named '${params['zone'] ?? ''}' does not exist.`);
  return found;
}

function recordsOf(zone: string, cloud: Cloud): RecordSet[] {
  return cloud.resources
    .list('google_dns_record_set')
    .filter(({ attributes }) => last(string(attributes, 'managed_zone') ?? '') === zone)
    .map(({ attributes }) =>
      recordSchema.parse({
        name: string(attributes, 'name'),
        type: string(attributes, 'type'),
        ttl: number(attributes, 'ttl') ?? 300,
        rrdatas: strings(attributes, 'rrdatas'),
      }),
    );
}

function recordOf(call: Call<unknown>): RecordSet {
  const zone = string(zoneOf(call).attributes, 'name') ?? '';
  const { name = '', type = '' } = call.params;
  const found = recordsOf(zone, call.cloud).find((record) => record.name === name && record.type === type);
  if (!found) throw notFound(`The 'parameters.name' resource named '${name} (${type})' does not exist.`);
  return found;
}

/** Terraform's id of a record set. */
function keyOf({ name, type }: Pick<RecordSet, 'name' | 'type'>, zone: Resource, cloud: Cloud): string {
  return `projects/${cloud.config.project.id}/managedZones/${string(zone.attributes, 'name') ?? ''}/rrsets/${name}/${type}`;
}

function checkRecord(record: RecordSet, zone: Resource, cloud: Cloud): Attributes {
  const attributes: Attributes = { ...record, managed_zone: zone.attributes['name'], project: cloud.config.project.id };
  check('google_dns_record_set', attributes, cloud.resources);
  const shape = { A: /^\d{1,3}(\.\d{1,3}){3}$/, AAAA: /^[0-9a-f:]+$/i, CNAME: /\.$/, CAA: /^\d+ \w+ "?.+"?$/ }[
    record.type as string
  ];
  const wrong = record.rrdatas.find((data) => shape && !shape.test(data));
  if (wrong !== undefined) throw invalidArgument(`Invalid value for 'entity.additions[0].rrdata' : '${wrong}'`);
  return attributes;
}

async function add(record: RecordSet, zone: Resource, cloud: Cloud): Promise<void> {
  const key = keyOf(record, zone, cloud);
  const attributes = checkRecord(record, zone, cloud);
  await cloud.resources.create('google_dns_record_set', key, { ...attributes, id: key }, () => {
    if (cloud.resources.get('google_dns_record_set', key)) {
      throw alreadyExists(`The resource 'entity.rrset' named '${record.name} (${record.type})' already exists`);
    }
    return {};
  });
}

async function remove(record: RecordSet, zone: Resource, cloud: Cloud): Promise<void> {
  await cloud.resources.delete('google_dns_record_set', keyOf(record, zone, cloud));
}

/** All or nothing: every addition and deletion is checked before the first is done. A deletion must match exactly. */
async function change(call: Call<z.output<typeof changeSchema>>) {
  const { body, cloud } = call;
  const zone = zoneOf(call);
  const [additions, deletions] = [body.additions ?? [], body.deletions ?? []];
  if (additions.length + deletions.length === 0) {
    throw invalidArgument('The change must have additions or deletions.');
  }
  const present = recordsOf(string(zone.attributes, 'name') ?? '', cloud);
  const label = ({ name, type }: RecordSet) => `${name} (${type})`;
  for (const deletion of deletions) {
    const found = present.find((record) => label(record) === label(deletion));
    if (!found) throw notFound(`The 'entity.change.deletions' resource named '${label(deletion)}' does not exist.`);
    if (found.ttl !== deletion.ttl || found.rrdatas.join('\n') !== deletion.rrdatas.join('\n')) {
      throw new GoogleError(
        412,
        'FAILED_PRECONDITION',
        `Precondition not met for 'entity.change.deletions[${label(deletion)}]'`,
      );
    }
  }
  for (const addition of additions) {
    checkRecord(addition, zone, cloud);
    const stays = present.some((record) => label(record) === label(addition));
    if (stays && !deletions.some((deletion) => label(deletion) === label(addition))) {
      throw alreadyExists(`The resource 'entity.change.additions' named '${label(addition)}' already exists`);
    }
  }
  for (const deletion of deletions) await remove(deletion, zone, cloud);
  for (const addition of additions) await add(addition, zone, cloud);
  changes += 1;
  return {
    body: {
      kind: 'dns#change',
      id: String(changes),
      startTime: new Date(cloud.now()).toISOString(),
      status: 'done',
      additions,
      deletions,
    },
  };
}

const recordView = ({ name, type, ttl, rrdatas }: RecordSet) => ({
  kind: 'dns#resourceRecordSet',
  name,
  type,
  ttl,
  rrdatas,
});

function zoneView({ attributes }: Resource) {
  return {
    kind: 'dns#managedZone',
    name: string(attributes, 'name'),
    dnsName: string(attributes, 'dns_name'),
    description: string(attributes, 'description') ?? '',
    nameServers: strings(attributes, 'name_servers'),
    visibility: string(attributes, 'visibility') ?? 'public',
    creationTime: string(attributes, 'creation_time'),
  };
}
