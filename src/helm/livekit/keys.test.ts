import { announceNothing, forgetSecrets, redact } from '../../runner/mask.ts';
import { keysHash, keysSecret, parseKeys, singleKey } from './keys.ts';

const secret = 'canary-0123456789abcdef0123456789abcdef';

beforeAll(announceNothing);
beforeEach(() => forgetSecrets());

test('lines `key: secret` become the keys, in order, and every secret is masked', async () => {
  const keys = await parseKeys(`old: ${secret}\nnew: "${secret}2"\n`, 'The secret');
  expect([...keys]).toEqual([
    ['old', secret],
    ['new', `${secret}2`],
  ]);
  expect(redact(`it is ${secret}2`)).toBe('it is ***');
});

test('a key of digits stays text', async () => {
  expect([...(await parseKeys(`123: "${secret}"`, 'The secret'))]).toEqual([['123', secret]]);
});

test.each([
  ['nothing', ''],
  ['a list', `- ${secret}`],
  ['a bare secret', secret],
  ['a nested value', `key: {inner: ${secret}}`],
  ['a key without a secret', 'key:'],
  ['broken YAML', `key: "${secret}`],
])('%s is refused without a word of it', async (_name, text) => {
  const refused: unknown = await parseKeys(text, 'The secret').catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'LK-HELM-005' });
  expect(String(refused)).not.toContain(secret);
});

test('the Secret holds one entry of YAML, whatever is in the secret', async () => {
  const odd = `${secret}: "#'\\`;
  const { data, ...rest } = keysSecret(singleKey('devkey', odd), 'livekit-keys', 'livekit') as unknown as {
    data: Record<string, string>;
  };
  expect(rest).toMatchObject({ kind: 'Secret', metadata: { name: 'livekit-keys', namespace: 'livekit' } });
  expect(Object.keys(data)).toEqual(['keys.yaml']);
  const text = Buffer.from(data['keys.yaml'] ?? '', 'base64').toString('utf8');
  expect([...(await parseKeys(text, 'The Secret'))]).toEqual([['devkey', odd]]);
});

test('the digest changes with the secret and tells nothing of it', () => {
  const hash = keysHash(singleKey('devkey', secret));
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(keysHash(singleKey('devkey', secret))).toBe(hash);
  expect(keysHash(singleKey('devkey', `${secret}x`))).not.toBe(hash);
  expect(keysHash(singleKey('other', secret))).not.toBe(hash);
});
