import { forgetSecrets, redact } from '../runner/mask.ts';
import { parsePlan } from './plan-json.ts';
import { hideSensitiveValues } from './sensitive-values.ts';

afterEach(() => forgetSecrets());

test('what an API quotes of a plan’s sensitive values is hidden in every text from then on', () => {
  const plan = parsePlan(
    JSON.stringify({
      format_version: '1.2',
      resource_changes: [],
      variables: { password: { value: 'correct-horse' }, region: { value: 'asia-northeast1' }, ephemeral: {} },
      configuration: {
        root_module: { variables: { password: { sensitive: true }, region: {}, ephemeral: { sensitive: true } } },
      },
    }),
  );
  const given: Record<string, string> = { ephemeral: 'battery-staple', region: 'asia-northeast1' };
  hideSensitiveValues(plan, (name) => given[name]);
  const encoded = Buffer.from('battery-staple').toString('base64');
  expect(redact(`refused: correct-horse, ${encoded}, in asia-northeast1`)).toBe(
    'refused: ***, ***, in asia-northeast1',
  );
});
