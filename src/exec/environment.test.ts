import { childEnvironment } from './environment.ts';

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
