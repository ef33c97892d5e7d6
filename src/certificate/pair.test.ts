import { jest } from '@jest/globals';
import type { TestAuthority } from './authority.fixture.ts';

const secrets: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({ setSecret: (secret: string) => secrets.push(secret) }));
const { TestAuthority: Authority } = await import('./authority.fixture.ts');
const { forgetSecrets } = await import('../runner/mask.ts');
const { checkPair, isSame, issuerOf, keyTypeOf, namesOf, readPair, serialOf } = await import('./pair.ts');
const { bundleDigest, readBundle, writeBundle } = await import('./bundle.ts');

jest.setTimeout(30_000);

let authority: TestAuthority;
let leaf: Awaited<ReturnType<TestAuthority['issue']>>;
let other: typeof leaf;

beforeAll(async () => {
  authority = await Authority.make();
  leaf = await authority.issue({ names: ['turn.nova.dev', '*.relay.nova.dev'] });
  other = await authority.issue({ names: ['chat.nova.dev'] });
});
afterAll(() => authority.remove());

const DAY = 24 * 3600 * 1000;
function check(chain: string, key: string, more: { names?: string[]; days?: number; allowSelfSigned?: boolean } = {}) {
  const { names = ['turn.nova.dev'], days = 1, allowSelfSigned = false } = more;
  const pair = readPair(chain, key, 'The input');
  checkPair(pair, { names, allowSelfSigned, now: new Date(Date.now() + days * DAY) }, 'The input');
  return pair;
}
const refusal = (work: () => unknown): { code: string; message: string } => {
  try {
    work();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was not refused');
};

test('a good pair is taken, with a root at its end or without', () => {
  const pair = check(leaf.chain, leaf.key);
  expect([namesOf(pair.certificate), issuerOf(pair.certificate), keyTypeOf(pair)]).toEqual([
    ['turn.nova.dev', '*.relay.nova.dev'],
    'Nova Issuer 1',
    'ecdsa-p256',
  ]);
  expect(serialOf(pair.certificate)).toMatch(/^[0-9a-f]{30,40}$/);
  check(`${leaf.chain}${authority.root}`, leaf.key);
});

test('a key is known to be a secret before anything is said of it', () => {
  readPair(leaf.chain, leaf.key, 'The input');
  const body = leaf.key.split('\n')[1] ?? '';
  expect(body.length).toBeGreaterThan(30);
  expect(secrets).toContain(body);
});

describe('names', () => {
  test.each([
    [['turn.nova.dev'], undefined],
    [['TURN.nova.dev'], undefined],
    [['*.relay.nova.dev'], undefined],
    [['one.relay.nova.dev', 'turn.nova.dev'], undefined],
    [['a.b.relay.nova.dev'], 'not for a.b.relay.nova.dev.'],
    [['relay.nova.dev'], 'not for relay.nova.dev.'],
    [['*.nova.dev'], 'not for *.nova.dev.'],
    [['turn.nova.dev', 'x.nova.dev', 'y.nova.dev'], 'not for x.nova.dev, y.nova.dev.'],
  ])('%j', (names, words) => {
    if (words === undefined) check(leaf.chain, leaf.key, { names });
    else {
      expect(refusal(() => check(leaf.chain, leaf.key, { names }))).toMatchObject({
        code: 'LK-CERT-002',
        message: expect.stringContaining(words) as string,
      });
    }
  });
});

test.each([
  [-1, 'is valid from'],
  [91, 'ended on'],
])('a certificate that is not valid in %s days is refused', (days, words) => {
  const refused = refusal(() => check(leaf.chain, leaf.key, { days }));
  expect(refused).toMatchObject({ code: 'LK-CERT-003', message: expect.stringContaining(words) as string });
});

describe('the chain', () => {
  test.each([
    ['without its issuer', () => leaf.certificate, 'lacks the certificate’s issuer, Nova Issuer 1'],
    ['with another one in between', () => `${leaf.certificate}${authority.root}`, 'was not issued by Nova Root'],
    ['with a server’s certificate as issuer', () => `${leaf.certificate}${other.certificate}`, 'was not issued by'],
    ['in the wrong order', () => `${authority.issuer}${leaf.certificate}`, 'is in the wrong order'],
  ])('%s is refused', (_name, chain, words) => {
    const refused = refusal(() => check(chain(), leaf.key));
    expect(refused).toMatchObject({ code: 'LK-CERT-004', message: expect.stringContaining(words) as string });
  });

  test('of a client’s certificate is refused', async () => {
    const client = await authority.issue({ names: ['turn.nova.dev'], purpose: 'clientAuth' });
    expect(refusal(() => check(client.chain, client.key)).message).toContain('is not for servers');
  });
});

test('the key of another certificate is refused', () => {
  expect(refusal(() => check(leaf.chain, other.key))).toMatchObject({
    code: 'LK-CERT-005',
    message: 'The input has a private key that does not belong to its certificate, turn.nova.dev, *.relay.nova.dev.',
  });
});

test.each([
  [['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'], 'an RSA key of 1024 bits'],
  [['EC', '-pkeyopt', 'ec_paramgen_curve:secp521r1'], 'on the curve secp521r1'],
  [['ED25519'], 'a key of the type ed25519'],
])('a key that clients do not take is refused: %j', async (key, words) => {
  const weak = await authority.issue({ names: ['turn.nova.dev'], key });
  expect(refusal(() => check(weak.chain, weak.key))).toMatchObject({
    code: 'LK-CERT-006',
    message: expect.stringContaining(words) as string,
  });
});

test('an RSA key of 2048 bits is taken', async () => {
  const rsa = await authority.issue({ names: ['turn.nova.dev'], key: ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] });
  expect(keyTypeOf(check(rsa.chain, rsa.key))).toBe('rsa-2048');
});

test('a self-signed certificate is taken only when that is asked for', async () => {
  const self = await authority.selfSigned('turn.nova.dev');
  expect(refusal(() => check(self.certificate, self.key)).code).toBe('LK-CERT-007');
  check(self.certificate, self.key, { allowSelfSigned: true });
});

test.each([
  ['no certificate', () => ['nothing', leaf.key], 'has no certificate'],
  ['a broken certificate', () => [leaf.chain.replace(/^M.*$/m, 'AAAA'), leaf.key], 'cannot be read'],
  ['no key', () => [leaf.chain, leaf.chain], 'has no private key'],
  ['two keys', () => [leaf.chain, leaf.key + other.key], 'has 2 private keys'],
  ['a broken key', () => [leaf.chain, leaf.key.replace(/^M.*$/m, 'AAAA')], 'private key that cannot be read'],
])('%s is refused, and nothing of it is quoted', (_name, text, words) => {
  const [chain = '', key = ''] = text();
  const { code, message } = refusal(() => check(chain, key));
  expect([code, message]).toEqual(['LK-CERT-001', expect.stringContaining(words)]);
  expect(message).not.toContain(leaf.key.split('\n')[1]);
});

test('a key with a passphrase is refused', async () => {
  const key = await authority.encryptedKey();
  expect(refusal(() => check(leaf.chain, key)).message).toContain('protected by a passphrase');
});

describe('one version in Secret Manager', () => {
  test('is read as it was written', () => {
    const pair = readPair(leaf.chain, leaf.key, 'x');
    const read = readBundle(writeBundle(pair), 'Version 1');
    expect([isSame(read, pair), read.keyPem === pair.keyPem]).toEqual([true, true]);
  });

  test('may be JSON of others, with the chain apart', () => {
    const { certificate, key } = leaf;
    const text = JSON.stringify({ certificate, chain: authority.issuer, private_key: key });
    expect(isSame(readBundle(text, 'x'), readPair(leaf.chain, key, 'x'))).toBe(true);
  });

  test.each(['{}', '{"certificate":', '{"certificate":"x","chain":"y"}'])('is refused when it is %s', (text) => {
    expect(refusal(() => readBundle(text, 'Version 1')).message).toContain('is neither PEM nor JSON');
  });

  test('is masked but for the certificates', () => {
    secrets.splice(0);
    forgetSecrets();
    readBundle(JSON.stringify({ certificate: other.certificate, chain: authority.issuer, key: other.key }), 'x');
    readBundle(`${other.key}${other.chain}`, 'x');
    expect(secrets.filter((secret) => other.certificate.includes(secret) && !/[- ]/.test(secret))).toEqual([]);
    expect(secrets).toContain(other.key.split('\n')[1]);
  });

  test('has a digest that tells certificates apart', () => {
    const digests = [leaf, other].map(({ chain, key }) => bundleDigest(readPair(chain, key, 'x')));
    expect(new Set(digests).size).toBe(2);
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});
