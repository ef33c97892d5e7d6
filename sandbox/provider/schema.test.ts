import { conform, dataSourceSchema, resourceSchema } from './schema.ts';
import { UNKNOWN } from './value.ts';

const version = resourceSchema('google_secret_manager_secret_version').block;
const secret = resourceSchema('google_secret_manager_secret').block;

describe('a value conforms to its schema', () => {
  test('with every attribute of the schema, and none besides', () => {
    const value = conform(version, { secret: 's', colour: 'blue' });
    expect(Object.keys(value).sort()).toEqual(
      [...Object.keys(version.attributes ?? {}), ...Object.keys(version.block_types ?? {})].sort(),
    );
    expect(value).toMatchObject({ secret: 's', enabled: null });
  });

  test('with an empty list for absent blocks and null for absent timeouts', () => {
    expect(conform(secret, {})).toMatchObject({ replication: [], topics: [], timeouts: null });
  });

  test('without the value of a write-only attribute', () => {
    expect(conform(version, { secret_data_wo: 'secret' })['secret_data_wo']).toBeNull();
  });

  test('in nested blocks too, unknown ones left alone', () => {
    expect(conform(secret, { replication: [{ auto: [{ more: 1 }] }], topics: UNKNOWN })).toMatchObject({
      replication: [{ auto: [{ customer_managed_encryption: [] }], user_managed: [] }],
      topics: UNKNOWN,
    });
  });

  test.each([
    ['an attribute', { secret_id: 7 }, 'secret_id must be a string'],
    ['a map', { labels: { a: true } }, 'labels.a must be a string'],
    ['a nested attribute', { topics: [{ name: false }] }, 'topics.name must be a string'],
  ])('or is refused for the type of %s', (_, value, message) => {
    expect(() => conform(secret, value)).toThrow(message);
  });

  test('of a type that the stand-in has', () => {
    expect(() => resourceSchema('google_sql_database_instance')).toThrow(
      'no resource type google_sql_database_instance',
    );
    expect(() => dataSourceSchema('google_sql_tiers')).toThrow('no data source google_sql_tiers');
  });
});
