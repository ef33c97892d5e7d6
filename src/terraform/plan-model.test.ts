import { readFileSync } from 'node:fs';
import { parsePlan } from './plan-json.ts';
import { type PlanModel, planModel } from './plan-model.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
const modelOf = (name: string, redact = (text: string) => text) => planModel(parsePlan(fixture(name)), redact);
const resource = (model: PlanModel, address: string) => model.resources.find((each) => each.address === address);
const paths = (model: PlanModel, address: string) => resource(model, address)?.attributes.map(({ path }) => path);

describe('the counts', () => {
  test.each([
    ['nothing', {}, false],
    ['outputs-only', {}, true],
    ['texts', { change: 5 }, true],
    ['google', { add: 1, change: 2, destroy: 1, replace: 1 }, true],
    ['moves', { add: 1, destroy: 2, replace: 2, move: 1, forget: 1 }, true],
  ])('of the plan %s', (name, expected, hasChanges) => {
    const none = { add: 0, change: 0, destroy: 0, replace: 0, import: 0, move: 0, forget: 0 };
    expect(modelOf(name)).toMatchObject({ counts: { ...none, ...expected }, hasChanges });
  });
});

describe('a replacement', () => {
  test('names the attribute that forces it, and marks it', () => {
    const redis = resource(modelOf('google'), 'google_redis_instance.redis');
    expect(redis?.forcedBy).toEqual(['tier']);
    expect(redis?.attributes.filter(({ forcesReplacement }) => forcesReplacement).map(({ path }) => path)).toEqual([
      'tier',
    ]);
  });

  test('says whether the new one is made first', () => {
    const model = modelOf('moves');
    expect(resource(model, 'terraform_data.forced')?.createFirst).toBe(false);
    expect(resource(model, 'terraform_data.made_first')?.createFirst).toBe(true);
  });
});

describe('attributes', () => {
  test('of a list of plain values are told as what went and what came', () => {
    expect(resource(modelOf('google'), 'google_compute_firewall.metrics')?.attributes).toEqual([
      expect.objectContaining({
        path: 'source_ranges[]',
        before: { kind: 'value', value: '10.0.0.0/20' },
        after: { kind: 'absent' },
      }),
      expect.objectContaining({
        path: 'source_ranges[]',
        before: { kind: 'absent' },
        after: { kind: 'value', value: '10.8.0.0/20' },
      }),
    ]);
  });

  test('inside of a JSON text are told one by one', () => {
    expect(paths(modelOf('texts'), 'terraform_data.document')).toEqual([
      'input{json}.rules[0].members[]',
      'input{json}.rules[0].members[]',
      'input{json}.version',
      'output',
    ]);
  });

  test('with unusual keys are written so that the path stays clear', () => {
    expect(paths(modelOf('texts'), 'terraform_data.map')).toContain('input["net.core.rmem_max"]');
  });
});

describe('what is said beside the resources', () => {
  test('why something goes', () => {
    const model = modelOf('moves');
    expect(resource(model, 'terraform_data.gone')?.reason).toBe('it is no longer in the configuration');
    expect(resource(model, 'terraform_data.counted[1]')?.reason).toBe('its index is beyond count');
  });

  test('where something came from', () => {
    expect(resource(modelOf('moves'), 'terraform_data.new_name')).toMatchObject({
      action: 'move',
      previousAddress: 'terraform_data.old_name',
    });
  });

  test('checks that failed', () => {
    expect(modelOf('checks').failedChecks).toEqual(['check.size_is_small: The size is not small any more.']);
  });
});

describe('secrets', () => {
  const known = (text: string) => text.replaceAll(/known-secret-value-\w+/g, '***');

  test('marked, named, in texts and known ones are nowhere in the model', () => {
    // The fixture has them in plain, as Terraform's JSON does.
    expect(fixture('secrets')).toContain('swordfish-marked-after');
    const text = JSON.stringify([modelOf('secrets', known), modelOf('outputs-only', known)]);
    expect(text).not.toContain('swordfish');
    expect(text).not.toContain('known-secret-value');
  });

  test('what is no secret stays readable beside them', () => {
    const shown = JSON.stringify(modelOf('secrets', known));
    for (const harmless of ['asia-northeast2', 'projects/nova/secrets/keys', 'redis://nova:(hidden)@10.0.0.3:6379'])
      expect(shown).toContain(harmless);
  });

  test('a mark deep inside of a value that changes its kind hides all of it', () => {
    const plan = JSON.parse(fixture('nothing')) as Record<string, unknown>;
    plan['resource_changes'] = [
      {
        address: 'x.y',
        change: {
          actions: ['update'],
          before: { a: 'text' },
          after: { a: { b: { c: 'swordfish' } } },
          before_sensitive: {},
          after_sensitive: { a: { b: { c: true } } },
        },
      },
    ];
    const [found] = planModel(parsePlan(JSON.stringify(plan)), (text) => text).resources;
    expect(found?.attributes).toMatchObject([{ path: 'a', after: { kind: 'sensitive' } }]);
  });
});

describe('a plan that is not as documented', () => {
  test.each([
    ['cut short', '{"format_version":"1.2","resource_'],
    ['of a later format', '{"format_version":"2.0"}'],
    [
      'with changes that are none',
      '{"format_version":"1.2","resource_changes":[{"address":"a","change":{"actions":["explode"]}}]}',
    ],
    ['that is no object', '[]'],
  ])('%s is refused with a sentence', (_what, text) => {
    expect(() => parsePlan(text)).toThrow(expect.objectContaining({ code: 'LK-TF-006' }) as Error);
  });

  test('the refusal does not quote values', () => {
    const text = '{"format_version":"1.2","resource_changes":[{"address":"a","change":"swordfish"}]}';
    expect(() => parsePlan(text)).toThrow(expect.not.stringContaining('swordfish') as never);
  });

  test('nesting without end does not end the process', () => {
    const deep = `${'{"a":'.repeat(2_000)}"swordfish"${'}'.repeat(2_000)}`;
    const text = `{"format_version":"1.2","resource_changes":[{"address":"x","change":{"actions":["update"],"before":{},"after":${deep}}}]}`;
    const model = planModel(parsePlan(text), (shown) => shown);
    expect(JSON.stringify(model)).not.toContain('swordfish');
    expect(model.counts.change).toBe(1);
  });
});
