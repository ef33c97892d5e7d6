import type { PlanJson } from '../../plan-json.ts';
import { parsePlan } from '../../plan-json.ts';
import { policyFindings } from './evaluate.ts';
import { fulfils, type OperatorName } from './operator.ts';
import { EACH, parsePath, valuesAt } from './path.ts';
import { parsePolicy, readPolicy } from './read.ts';

const same = (text: string) => text;

describe('a path', () => {
  test.each([
    ['name', ['name']],
    ['node_config[0].machine_type', ['node_config', 0, 'machine_type']],
    ['node_config[*].labels["app.kubernetes.io/name"]', ['node_config', EACH, 'labels', 'app.kubernetes.io/name']],
    ['a["q\\"x"]', ['a', 'q"x']],
    ['["odd key"].x', ['odd key', 'x']],
    ['list[*]', ['list', EACH]],
  ])('%s', (text, expected) => expect(parsePath(text)).toEqual(expected));

  test.each(['', '.a', 'a.', 'a..b', 'a b', 'a[', 'a[x]', 'a[-1]', 'a[*', '$.a', 'a[0]b', '0'])('%j is none', (text) =>
    expect(parsePath(text)).toBeUndefined(),
  );

  const value = { list: [{ n: 1 }, { n: 2 }], map: { a: 1 }, empty: [], text: 't' };
  test.each<[string, unknown, unknown[]]>([
    ['list[*].n', false, [1, 2]],
    ['list[1].n', false, [2]],
    ['list[7].n', false, [undefined]],
    ['map[*]', false, [1]],
    ['empty[*].x', false, []],
    ['nowhere[*].x', false, []],
    ['nowhere.x', false, [undefined]],
    ['text.x', false, [undefined]],
    ['map.constructor', false, [undefined]],
    ['list[*].n', { list: [{ n: true }, {}] }, ['unknown', 2]],
    ['list[*].n', { list: true }, ['unknown']],
    ['list[*].m', { list: [{}, { m: true }] }, [undefined, 'unknown']],
    ['more[*].m', { more: [{ m: true }] }, ['unknown']],
    ['map', { map: { b: true } }, ['unknown']],
    ['text', true, ['unknown']],
  ])('%s with unknown %j', (path, unknown, expected) => {
    const found = valuesAt(value, unknown as never, parsePath(path) ?? []);
    expect(found.map((each) => (each.unknown ? 'unknown' : each.value))).toEqual(expected);
  });
});

describe('an operator', () => {
  test.each<[string, unknown, unknown, boolean]>([
    ['equals', 'a', 'a', true],
    ['equals', 'a', 'b', false],
    ['equals', '3', 3, true],
    ['equals', true, true, true],
    ['equals', 'true', true, true],
    ['equals', undefined, 'a', false],
    ['equals', undefined, null, true],
    ['equals', ['a'], 'a', false],
    ['not-equals', 'a', 'b', true],
    ['not-equals', 'a', 'a', false],
    ['not-equals', undefined, 'a', true],
    ['in', 'b', ['a', 'b'], true],
    ['in', 'c', ['a', 'b'], false],
    ['in', undefined, ['a'], false],
    ['not-in', 'c', ['a', 'b'], true],
    ['not-in', 'a', ['a', 'b'], false],
    ['not-in', undefined, ['a'], true],
    ['matches', 'asia-northeast1', '^asia-', true],
    ['matches', 'us-east1', '^asia-', false],
    ['matches', undefined, '^', false],
    ['matches', 5, '5', false],
    ['less-than', 4, 5, true],
    ['less-than', 5, 5, false],
    ['less-than', '4', 5, true],
    ['less-than', '', 5, false],
    ['less-than', undefined, 5, false],
    ['greater-than', 6, 5, true],
    ['greater-than', 'much', 5, false],
    ['exists', 'x', undefined, true],
    ['exists', false, undefined, true],
    ['exists', null, undefined, false],
    ['exists', '', undefined, false],
    ['exists', [], undefined, false],
    ['absent', undefined, undefined, true],
    ['absent', 0, undefined, false],
  ])('%s: %j and %j', (operator, attribute, value, expected) => {
    expect(fulfils(operator as OperatorName, attribute as never, value)).toBe(expected);
  });

  test.each(['^(a+)+$', '^(a|a)*$', '^([a-z]+)*$'])('matches ends when its pattern %s would not', (pattern) => {
    expect(() => fulfils('matches', `${'a'.repeat(59)}!`, pattern)).toThrow(
      expect.objectContaining({
        code: 'LK-TF-038',
        message: expect.stringContaining('takes longer than 1 s') as string,
      }) as Error,
    );
  });
});

const rule = (more: object) => ({
  name: 'small-nodes',
  type: 'google_*',
  attribute: 'node_config[*].machine_type',
  operator: 'equals',
  value: 'e2-small',
  message: 'Nodes must be small.',
  ...more,
});
const policyOf = (...rules: object[]) => parsePolicy(JSON.stringify({ rules }), 'policy.yaml');

function planOf(change: object, more: object = {}): PlanJson {
  const resource = { address: 'google_x.y', type: 'google_x', mode: 'managed', ...more, change };
  return parsePlan(JSON.stringify({ format_version: '1.2', resource_changes: [resource] }));
}
const machine = (type: unknown) => ({ node_config: [{ machine_type: type }] });

describe('a rule', () => {
  test.each<[string, object, object, object[]]>([
    ['that holds', {}, { actions: ['create'], after: machine('e2-small') }, []],
    ['that is broken', {}, { actions: ['create'], after: machine('n2') }, [{ level: 'block', address: 'google_x.y' }]],
    ['with a level', { level: 'warn' }, { actions: ['update'], after: machine('n2') }, [{ level: 'warn' }]],
    ['for another type', { type: 'aws_*' }, { actions: ['create'], after: machine('n2') }, []],
    ['of a resource that stays', {}, { actions: ['no-op'], after: machine('n2') }, []],
    ['of one that goes, when not asked for', {}, { actions: ['delete'], before: machine('n2') }, []],
    [
      'of one that goes is judged by what it was',
      { action: 'delete' },
      { actions: ['delete'], before: machine('n2'), after: null },
      [{ level: 'block' }],
    ],
    [
      'of a replacement is judged by what comes',
      { action: ['replace'] },
      { actions: ['delete', 'create'], before: machine('n2'), after: machine('e2-small') },
      [],
    ],
    [
      'whose value is not known yet is a warning',
      {},
      { actions: ['create'], after: { node_config: [{}] }, after_unknown: { node_config: [{ machine_type: true }] } },
      [{ level: 'warn', message: expect.stringContaining('cannot be decided before the apply') as string }],
    ],
    [
      'that is broken in one place and unknown in another is broken',
      {},
      {
        actions: ['create'],
        after: { node_config: [{ machine_type: 'n2' }, {}] },
        after_unknown: { node_config: [{}, { machine_type: true }] },
      },
      [{ level: 'block', message: 'Nodes must be small. (rule small-nodes)' }],
    ],
    ['about each of none holds', {}, { actions: ['create'], after: { node_config: [] } }, []],
    [
      'that one exists is broken by none',
      { operator: 'exists', value: undefined },
      { actions: ['create'], after: { node_config: [] } },
      [{ level: 'block' }],
    ],
  ])('%s', async (_what, change, plan, expected) => {
    const found = policyFindings(planOf(plan), await policyOf(rule(change)), same);
    expect(found).toEqual(expected.map((each) => expect.objectContaining(each) as unknown));
  });

  test('of a data source is none', async () => {
    const plan = planOf({ actions: ['create'], after: machine('n2') }, { mode: 'data' });
    expect(policyFindings(plan, await policyOf(rule({})), same)).toEqual([]);
  });

  test('is asked of a sensitive value, which is never told', async () => {
    const secret = 'correct-horse-battery';
    const plan = planOf(
      { actions: ['create'], after: { password: secret }, after_sensitive: { password: true } },
      { address: `google_x.y["${secret}"]` },
    );
    const own = rule({ attribute: 'password', operator: 'not-equals', value: secret, message: `Not ${secret}.` });
    const found = policyFindings(plan, await policyOf(own), same);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});

describe('a policy file', () => {
  const good = [
    'rules:',
    '  - name: small',
    '    type: google_container_node_pool',
    '    attribute: node_config[*].machine_type',
    '    operator: in',
    '    value: [e2-small, e2-medium]',
    '    message: Nodes must be small.',
  ];
  const without = (line: number, ...instead: string[]) => good.toSpliced(line - 1, 1, ...instead).join('\n');

  test('is read with its defaults', async () => {
    expect(await parsePolicy(good.join('\n'), 'p.yaml')).toMatchObject({
      rules: [
        {
          level: 'block',
          action: ['create', 'update', 'replace'],
          attribute: { parts: ['node_config', EACH, 'machine_type'] },
        },
      ],
    });
  });

  test.each<[string, string, RegExp]>([
    [
      'an operator that is none',
      without(5, '    operator: like'),
      /p\.yaml:5: rules\.0\.operator must be one of equals/,
    ],
    ['a path that is none', without(4, '    attribute: a..b'), /p\.yaml:4: rules\.0\.attribute must be a path/],
    ['a value of the wrong kind', without(6, '    value: e2'), /p\.yaml:6: rules\.0\.value must be a list/],
    [
      'a word that is not known',
      without(7, good[6] ?? '', '    levle: warn'),
      /p\.yaml:8: rules\.0\.levle is not known/,
    ],
    ['a rule without a message', without(7), /p\.yaml:2: rules\.0\.message must be a text/],
    [
      'an action that is none',
      without(7, good[6] ?? '', '    action: drop'),
      /p\.yaml:8: rules\.0\.action must be one or a list/,
    ],
    [
      'an action in a list that is none',
      without(7, good[6] ?? '', '    action: [create, drop]'),
      /p\.yaml:8: rules\.0\.action/,
    ],
    [
      'a pattern that is none',
      without(5, '    operator: matches').replace('[e2-small, e2-medium]', '"("'),
      /p\.yaml:6: rules\.0\.value is no regular expression/,
    ],
    [
      'a value where none belongs',
      without(5, '    operator: exists'),
      /p\.yaml:6: rules\.0\.value has no place with this operator/,
    ],
    ['text that is no YAML', 'rules:\n  - name: [a\n', /p\.yaml:\d: is not valid YAML/],
    ['nothing in it', '', /p\.yaml/],
    ['a list at the top', '- a', /p\.yaml:1: the document/],
    [
      'anchors that grow without end',
      `a: &a [1,1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e']
        .map(
          (name, index) =>
            `${name}: &${name} [${Array(10)
              .fill(`*${'abcd'[index] ?? ''}`)
              .join(',')}]`,
        )
        .join('\n')}\n`,
      /p\.yaml/,
    ],
  ])('with %s is refused in one sentence with its line', async (_what, text, message) => {
    await expect(parsePolicy(text, 'p.yaml')).rejects.toMatchObject({
      code: 'LK-TF-038',
      message: expect.stringMatching(message) as string,
    });
  });

  test('that is not there is none, unless an input names it', async () => {
    expect(await readPolicy('/nowhere', undefined)).toBeUndefined();
    await expect(readPolicy('/nowhere', 'p.yaml')).rejects.toMatchObject({ code: 'LK-TF-038' });
  });
});
