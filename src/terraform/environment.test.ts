import { childEnvironment } from './environment.ts';
import { checkBackendConfig, parseVariables } from './variables.ts';

const options = {
  base: {
    PATH: '/bin',
    TF_CLI_CONFIG_FILE: '/x',
    'INPUT_GITHUB-TOKEN': 'ghs_x',
    STATE_file: 'x',
    ACTIONS_RUNTIME_TOKEN: 'x',
    TF_VAR_own: '1',
  },
  identity: { GOOGLE_APPLICATION_CREDENTIALS: '/tmp/credentials.json' },
  endpoints: {},
  variables: { project_id: 'nova' },
  secrets: { key: 'APIkey', secret: 'a secret' },
} as const;

test('Terraform gets the job’s variables, but no inputs and no tokens of the runner', () => {
  const environment = childEnvironment(options);
  expect(environment).toMatchObject({
    PATH: '/bin',
    TF_CLI_CONFIG_FILE: '/x',
    TF_VAR_own: '1',
    TF_VAR_project_id: 'nova',
    TF_IN_AUTOMATION: 'true',
  });
  for (const name of ['INPUT_GITHUB-TOKEN', 'STATE_file', 'ACTIONS_RUNTIME_TOKEN'])
    expect(environment).not.toHaveProperty(name);
});

test('an apply gets the API key and secret', () => {
  expect(childEnvironment(options)).toMatchObject({
    TF_VAR_livekit_api_key: 'APIkey',
    TF_VAR_livekit_api_secret: 'a secret',
  });
});

test('a plan gets stand-ins that are long enough, even when the job has the real ones', () => {
  const environment = childEnvironment({
    ...options,
    base: { TF_VAR_livekit_api_secret: 'real' },
    secrets: 'stand-ins',
  });
  expect(environment['TF_VAR_livekit_api_secret']).not.toBe('real');
  expect(environment['TF_VAR_livekit_api_secret']?.length).toBeGreaterThanOrEqual(32);
});

test('the backend is redirected with the slash that it needs', () => {
  const { GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT: endpoint } = childEnvironment({
    ...options,
    endpoints: { storage: 'http://127.0.0.1:1' },
  });
  expect(endpoint).toBe('http://127.0.0.1:1/storage/v1/');
});

describe('the input variables', () => {
  test('are lines NAME=VALUE, whose value may hold anything', () => {
    expect(parseVariables(['project_id=nova', 'list = ["a=b"]', 'empty='])).toEqual({
      project_id: 'nova',
      list: '["a=b"]',
      empty: '',
    });
  });

  test('are refused when a line has another form', () => {
    expect(() => parseVariables(['project_id: nova'])).toThrow(
      expect.objectContaining({ code: 'LK-INPUT-002' }) as Error,
    );
  });

  test('never hold the secrets', () => {
    expect(() => parseVariables(['livekit_api_secret=x'])).toThrow(
      expect.objectContaining({ code: 'LK-INPUT-003' }) as Error,
    );
  });
});

describe('the input backend-config', () => {
  test('takes what the suite does not say itself', () => {
    expect(() =>
      checkBackendConfig(['impersonate_service_account=x@y', 'storage_custom_endpoint = https://x']),
    ).not.toThrow();
  });

  test.each([
    ['bucket=other', 'LK-INPUT-003'],
    ['prefix = other', 'LK-INPUT-003'],
    ['access_token=swordfish', 'LK-INPUT-003'],
    ['encryption_key=swordfish', 'LK-INPUT-003'],
    ['swordfish', 'LK-INPUT-002'],
  ])('refuses the line %s without quoting a value', (line, code) => {
    expect(() => checkBackendConfig([line])).toThrow(
      expect.objectContaining({ code, message: expect.not.stringContaining('swordfish') as string }) as Error,
    );
  });
});
