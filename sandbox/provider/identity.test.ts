import { attributesFromId, idOf, namesOf } from './identity.ts';
import { schemaDocument } from './schema.ts';
import type { ObjectValue } from './value.ts';

const KNOWN = { project: 'p', region: 'r' };

describe("a resource's id", () => {
  test('is known for every type that the schema has', () => {
    const anything = new Proxy({}, { get: (_, name) => `some-${String(name)}` }) as ObjectValue;
    for (const type of Object.keys(schemaDocument().resources)) expect(idOf(type, anything)).toContain('some-');
  });

  test('gives the link and the name that Google answers', () => {
    expect(namesOf('google_compute_network', { project: 'p', name: 'n' })).toEqual({
      id: 'projects/p/global/networks/n',
      self_link: 'https://www.googleapis.com/compute/v1/projects/p/global/networks/n',
    });
    expect(namesOf('google_secret_manager_secret', { project: 'p', project_number: '123', secret_id: 's' })).toEqual({
      id: 'projects/p/secrets/s',
      name: 'projects/123/secrets/s',
    });
  });

  test('takes the last part of a reference', () => {
    const pool = { project: 'p', location: 'l', cluster: 'projects/p/locations/l/clusters/c', name: 'n' };
    expect(idOf('google_container_node_pool', pool)).toBe('projects/p/locations/l/clusters/c/nodePools/n');
  });

  test('names the peered network whole', () => {
    const network = 'https://www.googleapis.com/compute/v1/projects/p/global/networks/n';
    expect(idOf('google_service_networking_connection', { network, service: 's.googleapis.com' })).toBe(
      'projects%2Fp%2Fglobal%2Fnetworks%2Fn:s.googleapis.com',
    );
  });

  test('tells grants under several conditions apart', () => {
    const grant = { bucket: 'b', role: 'roles/r', member: 'user:u', condition: [{ title: 'Own objects' }] };
    expect(idOf('google_storage_bucket_iam_member', grant)).toBe('b/b/roles/r/user:u/Own objects');
  });

  test('cannot be made of an absent attribute', () => {
    expect(() => idOf('google_compute_network', { name: 'n' })).toThrow('project: required field is not set');
  });

  test.each<[type: string, id: string, expected: ObjectValue]>([
    ['google_compute_network', 'projects/q/global/networks/n', { project: 'q', name: 'n' }],
    ['google_compute_network', 'q/n', { project: 'q', name: 'n' }],
    ['google_compute_network', 'n', { project: 'p', name: 'n' }],
    ['google_compute_subnetwork', 'r2/n', { project: 'p', region: 'r2', name: 'n' }],
    ['google_compute_subnetwork', 'n', { project: 'p', region: 'r', name: 'n' }],
    ['google_container_node_pool', 'p2/l/c/n', { project: 'p2', location: 'l', cluster: 'c', name: 'n' }],
    [
      'google_project_iam_member',
      'q roles/viewer serviceAccount:a@q.iam.gserviceaccount.com',
      { project: 'q', role: 'roles/viewer', member: 'serviceAccount:a@q.iam.gserviceaccount.com' },
    ],
    [
      'google_secret_manager_secret_version',
      'projects/p/secrets/s/versions/2',
      { secret: 'projects/p/secrets/s', version: '2' },
    ],
    [
      'google_service_networking_connection',
      'projects%2Fp%2Fglobal%2Fnetworks%2Fn:s.googleapis.com',
      { network: 'projects/p/global/networks/n', service: 's.googleapis.com' },
    ],
  ])('is read at import: %s %s', (type, id, expected) => {
    expect(attributesFromId(type, id, KNOWN)).toMatchObject(expected);
  });

  test('of no known form is refused with the forms that are', () => {
    expect(() => attributesFromId('google_compute_network', 'a/b/c/d', KNOWN)).toThrow(
      "doesn't match any of the accepted formats: [projects/{{project}}/global/networks/{{name}}",
    );
  });
});
