import { googleUrl, parseEndpoints } from './endpoints.ts';

test('without the variable Google is reached at its own addresses', () => {
  expect(googleUrl(parseEndpoints(undefined), 'sts.googleapis.com', '/v1/token')).toBe(
    'https://sts.googleapis.com/v1/token',
  );
});

test('with it every API is reached below the given address', () => {
  const endpoints = parseEndpoints('{"googleapis":"http://127.0.0.1:4000/"}');
  expect(googleUrl(endpoints, 'sts.googleapis.com', '/v1/token')).toBe(
    'http://127.0.0.1:4000/sts.googleapis.com/v1/token',
  );
});

describe('refused, since whoever sets it receives the job’s tokens', () => {
  test.each([
    ['no JSON', 'http://127.0.0.1', 'LIVEKIT_GKE_ENDPOINTS is not valid JSON.'],
    ['an unknown key', '{"google":"http://127.0.0.1"}', 'LIVEKIT_GKE_ENDPOINTS is malformed'],
    ['no URL', '{"storage":"localhost"}', 'LIVEKIT_GKE_ENDPOINTS is malformed at `storage`'],
    [
      'another machine',
      '{"googleapis":"https://evil.example"}',
      'LIVEKIT_GKE_ENDPOINTS points to evil.example, which is not this machine.',
    ],
    [
      'a name that looks like loopback',
      '{"storage":"http://127.0.0.1.evil.example"}',
      'points to 127.0.0.1.evil.example',
    ],
    [
      'another control plane',
      '{"kubernetes":{"server":"https://10.0.0.1","certificateAuthority":"/ca"}}',
      'points to 10.0.0.1',
    ],
  ])('%s', (_name, text, message) => {
    expect(() => parseEndpoints(text)).toThrow(message);
  });

  test('unless the other machine is allowed in so many words', () => {
    expect(parseEndpoints('{"googleapis":"https://restricted.example","allowRemote":true}')).toEqual({
      googleapis: 'https://restricted.example',
    });
  });
});
