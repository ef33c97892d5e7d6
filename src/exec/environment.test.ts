import { childEnvironment, jobEnvironment } from './environment.ts';
import { run } from './run.ts';

test('a child gets what programs need, and neither inputs nor tokens', () => {
  const variables = {
    PATH: '/bin',
    HOME: '/root',
    https_proxy: 'http://proxy',
    LC_ALL: 'C',
    'INPUT_LIVEKIT-API-SECRET': 'secret',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token',
    GITHUB_TOKEN: 'token',
    NODE_OPTIONS: '--inspect',
    HELM_DRIVER: 'configmap',
    EMPTY: undefined,
  };
  expect(childEnvironment(variables, { KUBECONFIG: '/k' })).toEqual({
    PATH: '/bin',
    HOME: '/root',
    https_proxy: 'http://proxy',
    LC_ALL: 'C',
    KUBECONFIG: '/k',
  });
});

test('a program that the user set up gets all but the runner’s own variables', () => {
  const own = { PATH: '/bin', TFENV_ROOT: '/x', GITHUB_TOKEN: 'token', GITHUB_SHA: 'abc', EMPTY: undefined };
  const kept = {
    INPUT_SECRET: 'secret',
    'STATE_credentials-file': '/x',
    ACTIONS_RUNTIME_TOKEN: 't',
    GITHUB_STATE: '/s',
  };
  expect(jobEnvironment({ ...own, ...kept })).toEqual(own);
});

test('a program that is started without a word on its environment sees no input', async () => {
  process.env['INPUT_LIVEKIT-API-SECRET'] = 'a secret';
  try {
    const { stdout } = await run('env', [], { timeoutSeconds: 10 });
    expect(stdout).toMatch(/^PATH=/m);
    expect(stdout).not.toContain('a secret');
  } finally {
    delete process.env['INPUT_LIVEKIT-API-SECRET'];
  }
});
