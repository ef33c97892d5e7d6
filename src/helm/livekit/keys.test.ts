import { announceNothing, forgetSecrets, redact } from '../../runner/mask.ts';
import { keysHash, keysSecret, pairKeys, parseKeys, withEarlier } from './keys.ts';

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
  const { data, ...rest } = keysSecret(pairKeys('devkey', odd), 'livekit-keys', 'livekit') as unknown as {
    data: Record<string, string>;
  };
  expect(rest).toMatchObject({ kind: 'Secret', metadata: { name: 'livekit-keys', namespace: 'livekit' } });
  expect(Object.keys(data)).toEqual(['keys.yaml']);
  const text = Buffer.from(data['keys.yaml'] ?? '', 'base64').toString('utf8');
  expect([...(await parseKeys(text, 'The Secret'))]).toEqual([['devkey', odd]]);
});

test('the digest changes with the secret and tells nothing of it', () => {
  const hash = keysHash(pairKeys('devkey', secret));
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(keysHash(pairKeys('devkey', secret))).toBe(hash);
  expect(keysHash(pairKeys('devkey', `${secret}x`))).not.toBe(hash);
  expect(keysHash(pairKeys('other', secret))).not.toBe(hash);
});

function refusal(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

describe('several keys, for a rotation', () => {
  test('as inputs they are paired line by line, and each secret is masked', () => {
    expect([...pairKeys('old\n new \n', `${secret}1\n\n${secret}2`)]).toEqual([
      ['old', `${secret}1`],
      ['new', `${secret}2`],
    ]);
    expect(redact(`${secret}1 ${secret}2`)).toBe('*** ***');
  });

  test.each([
    ['more keys than secrets', 'old\nnew', secret],
    ['more secrets than keys', 'old', `${secret}1\n${secret}2`],
    ['a key twice', 'old\nold', `${secret}1\n${secret}2`],
  ])('%s is refused without a word of the secrets', (_what, keys, secrets) => {
    const attempt = () => pairKeys(keys, secrets);
    expect(refusal(attempt)).toMatchObject({ code: 'LK-HELM-091' });
    expect(String(refusal(attempt))).not.toContain(secret);
  });

  test('old and new are in the one Secret, and the order changes nothing', async () => {
    const both = pairKeys('old\nnew', `${secret}1\n${secret}2`);
    const turned = pairKeys('new\nold', `${secret}2\n${secret}1`);
    expect(keysHash(both)).toBe(keysHash(turned));
    expect(keysSecret(both, 'n', 'n')).toEqual(keysSecret(turned, 'n', 'n'));
    // Each step of a rotation rolls the pods: old, both, new.
    const steps = [pairKeys('old', `${secret}1`), both, pairKeys('new', `${secret}2`)].map(keysHash);
    expect(new Set(steps).size).toBe(3);
    const data = (keysSecret(both, 'n', 'n') as unknown as { data: Record<string, string> }).data['keys.yaml'] ?? '';
    const kept = await parseKeys(Buffer.from(data, 'base64').toString('utf8'), 'The Secret');
    expect(new Map(kept)).toEqual(new Map(both));
  });

  test('an earlier version’s keys stay valid beside the present ones', () => {
    const present = pairKeys('new', `${secret}2`);
    const earlier = pairKeys('old', `${secret}1`);
    expect([...withEarlier(present, earlier, 'version 1').keys()]).toEqual(['new', 'old']);
    expect([...withEarlier(present, present, 'version 2')]).toEqual([...present]);
  });

  test('a key whose secret alone was changed cannot be valid with both', () => {
    const attempt = () => withEarlier(pairKeys('key', `${secret}2`), pairKeys('key', `${secret}1`), 'version 1');
    expect(refusal(attempt)).toMatchObject({ code: 'LK-HELM-091' });
    expect(String(refusal(attempt))).not.toContain(secret);
  });
});
