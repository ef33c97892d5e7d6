import { mintCredentials } from './ephemeral.ts';

test('the name says when they end, and the password is what coturn makes of it', () => {
  // By OpenSSL: printf 1798761600:alice | openssl dgst -sha1 -hmac north-wind -binary | base64
  expect(mintCredentials('north-wind', 'alice', 1_798_761_600.9)).toEqual({
    username: '1798761600:alice',
    password: '6XI198MWU4BFj00fDTUV5VLaHuM=',
  });
});
