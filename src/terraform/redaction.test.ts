import { hideInText, isSecretName, looksSecret } from './redaction.ts';

test.each([
  'password',
  'db_password',
  'auth_string',
  'apiKey',
  'api_key',
  'secret',
  'client_secret',
  'privateKey',
  'token',
  'access-key',
  'credentials',
])('%s is the name of a secret', (name) => expect(isSecretName(name)).toBe(true));

test.each([
  'secret_id',
  'secret_name',
  'secret_data_wo_version',
  'livekit_secret_version',
  'token_url',
  'token_ttl',
  'secret_manager_config',
  'get_credentials_command',
  'password_policy',
  'key',
  'machine_type',
  'monkey',
])('%s is not', (name) => expect(isSecretName(name)).toBe(false));

test('switches and references are no secrets, whatever their name', () => {
  expect(
    [true, null, '', 'projects/nova/secrets/livekit-dev-keys', 'projects/nova/secrets/x/versions/3'].some(looksSecret),
  ).toBe(false);
  expect([12345, 'swordfish', ['swordfish']].every(looksSecret)).toBe(true);
});

test.each([
  ['user: nova\npassword: swordfish\nregion: x', 'user: nova\npassword: (hidden)\nregion: x'],
  ['export API_KEY="sword fish"', 'export API_KEY=(hidden)'],
  ['redis://nova:swordfish@10.0.0.3:6379', 'redis://nova:(hidden)@10.0.0.3:6379'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----', '-----BEGIN RSA PRIVATE KEY----- (hidden)'],
  ['{"token":"swordfish","size":1}', '{"token":(hidden),"size":1}'],
])('inside of the text %j the secret is hidden', (text, hidden) => expect(hideInText(text)).toBe(hidden));

test.each([
  'secret_id: livekit-dev-keys',
  'https://example.com/a:b',
  'gcloud container clusters get-credentials x',
  'max_tokens are many',
])('the text %j stays as it is', (text) => expect(hideInText(text)).toBe(text));

test.each([
  ['a long name', `${'very_'.repeat(60)}db_password=swordfish`],
  ['a name in a name', 'secret-secret-token: swordfish'],
  ['a URL in a URL', 'x=https://a@b?u=redis://user:swordfish@host'],
])('%s hides its value too', (_name, text) => expect(hideInText(text)).not.toContain('swordfish'));

test.each([
  'eyJaaaaaaaa-',
  'https://www.googleapis.com/',
  'Aa1-',
  'Aa1/',
  'Aa1.',
  'p=MI',
  'sha256:',
  'a1B2c3D4e5F6g7H8i9J0k1 -----BEGIN CERTIFICATE-----',
  'a1B2c3D4e5F6g7H8i9J0k1 a.',
  'a-',
  'a.',
  'secret-',
  'password',
  'https://a:',
  '-----BEGIN PRIVATE KEY',
  'token ',
  "token'",
  'secret:"',
])('a text made to be slow is read in one go: %s again and again', (part) => {
  const started = performance.now();
  hideInText(part.repeat(200_000 / part.length));
  expect(performance.now() - started).toBeLessThan(1_500);
});
