import { readFileSync } from 'node:fs';
import { plannedVariables } from './planned-variables.ts';

const planText = (variables: Record<string, unknown>, declared: Record<string, object> = {}) =>
  JSON.stringify({
    variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }])),
    configuration: { root_module: { variables: declared } },
  });

test('of a real plan, a variable without a default comes as it was', () => {
  const text = readFileSync(new URL('./fixtures/comparison/secret.json', import.meta.url), 'utf8');
  expect(plannedVariables(text, [])).toEqual({ TF_VAR_password: 'swordfish-one' });
});

test.each([
  ['a number', 3, '3'],
  ['a text with a template’s signs, which a process’s variable takes as it is', '${x}', '${x}'],
  ['a list', ['a', 1], '["a",1]'],
  ['a map whose texts must not become templates', { a: '${x} %{y}' }, '{"a":"$${x} %%{y}"}'],
])('%s', (_what, value, expected) => {
  expect(plannedVariables(planText({ v: value }), [])).toEqual({ TF_VAR_v: expected });
});

test('what the step gives, what was a default and what has no value are left out', () => {
  const text = planText(
    { given: 'a', standard: [1], changed: [2], none: null },
    {
      standard: { default: [1] },
      changed: { default: [1] },
    },
  );
  expect(plannedVariables(text, ['given'])).toEqual({ TF_VAR_changed: '[2]' });
});

test('a plan without variables gives none', () => {
  expect(plannedVariables('{}', [])).toEqual({});
});
