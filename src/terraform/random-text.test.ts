import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttributeChange, Shown } from './attribute-change.ts';
import { type Json, parsePlan } from './plan-json.ts';
import { planModel } from './plan-model.ts';
import { hideRandom, RANDOM } from './random-text.ts';
import { hideInText } from './redaction.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));
const plans = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, readFileSync(join(FIXTURES, file), 'utf8')] as const);

/** Every text in a JSON value with the name that it stands under. */
function textsOf(value: Json, name = ''): (readonly [name: string, text: string])[] {
  if (typeof value === 'string') return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, key));
}

const hide = (text: string, name = 'value') => hideRandom(text, name, (inner) => hideInText(inner));

describe('false alarms', () => {
  const secrets = /^secrets/;

  test('there are none among all values of all plans, shown or not', () => {
    const texts = plans
      .filter(([file]) => !secrets.test(file))
      .flatMap(([, content]) => textsOf(JSON.parse(content) as Json));
    expect(texts.length).toBeGreaterThan(10_000);
    expect(texts.filter(([name, text]) => hide(text, name) !== text)).toEqual([]);
  });

  test('there are none among the values that the plans of the payload show', () => {
    const shown = plans
      .filter(([file]) => file.startsWith('payload'))
      .flatMap(([, content]) => {
        const model = planModel(parsePlan(content), (text) => text);
        return [...model.resources.flatMap(({ attributes }) => attributes), ...model.outputs];
      });
    expect(shown.length).toBeGreaterThan(1_000);
    const text = (one: Shown) => (one.kind === 'value' ? JSON.stringify(one.value) : '');
    const alarms = shown.filter(({ before, after }: AttributeChange) => (text(before) + text(after)).includes(RANDOM));
    expect(alarms).toEqual([]);
  });

  test.each([
    'https://www.googleapis.com/compute/v1/projects/nova/zones/asia-northeast1-a/instanceGroupManagers/gke-livekit-dev-1a2b3c4d-grp',
    'gke-livekit-dev-livekit-dev-1a2b3c4d-grp',
    'gke-a4ac454982d17d2eec06bd82.asia-northeast1.gke.goog',
    'k8s2-um-abcd1234-livekit-livekit-server-x7k2m9qd',
    'asia-northeast1-docker.pkg.dev/nova/livekit/server@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'service-123456789012@container-engine-robot.iam.gserviceaccount.com',
    'principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github/attribute.repository/nova/livekit',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ2v2pQ3p5m0b6K1vX0G1p7S8sQm3o0B1h9Zc8nq7aR nova',
    'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo',
    'google-site-verification=rXOxyZounnZasA8Z7oaD3c14JdjS9aKSWvsR1EbUSIQ',
    '123e4567-e89b-12d3-a456-426614174000',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    '123456789012345678901234567890',
    'h1:pQ8mX0aZ3f7bT1kC9sYv5wJ2rN6uE4dLgH0iOqRzSxM=',
    'https://github.com/nova/livekit/commit/9fceb02d0ae598e95dc970b74767f19372d61af8',
    'com.google.cloud.container.v1.NodePoolAutoscaling2',
    'arn:aws:iam::123456789012:role/eks-node-group-20231115103045123400000001',
    'L7_ILB_HTTP2_v1beta1_X509v3',
    '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----\n',
  ])('%s stays', (text) => expect(hideInText(text, 'value')).toBe(text));

  test('a digest stays under a digest’s name, and is hidden under another', () => {
    const digest = '9fceb02d0ae598e95dc970b74767f193';
    expect(hide(digest, 'md5hash')).toBe(digest);
    expect(hide(digest, 'labelFingerprint')).toBe(digest);
    expect(hide(digest, 'value')).toBe(RANDOM);
  });

  test('base64 of a harmless text stays, of one with a password it does not', () => {
    const inBase64 = (text: string) => Buffer.from(text).toString('base64');
    const script = inBase64('#!/bin/bash\necho hello world, this is harmless\n');
    expect(hide(script)).toBe(script);
    expect(hide(inBase64('#!/bin/bash\nexport DB_PASSWORD=swordfish\nstart --now\n'))).toBe(RANDOM);
    expect(hide(inBase64(inBase64('export DB_PASSWORD=swordfish; start --now')))).toBe(RANDOM);
  });
});

describe('secrets', () => {
  // A fixed sequence: the rates below are always the same.
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const pick = (signs: string, length: number) =>
    Array.from({ length }, () => signs.charAt(random(signs.length))).join('');
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));
  const [small, digits] = ['abcdefghijklmnopqrstuvwxyz', '0123456789'];
  const all = small + small.toUpperCase() + digits;

  test.each<[string, number, () => string]>([
    ['of LiveKit, 43 letters and digits', 99, () => pick(all, 43)],
    ['of LiveKit, 32 letters and digits', 99, () => pick(all, 32)],
    ['20 letters and digits', 98, () => pick(all, 20)],
    ['16 bytes in hexadecimal', 99.9, () => bytes(16).toString('hex')],
    ['32 bytes in hexadecimal', 99.9, () => bytes(32).toString('hex')],
    ['24 bytes in base64', 98, () => bytes(24).toString('base64')],
    ['32 bytes in base64', 99, () => bytes(32).toString('base64')],
    ['32 bytes in base64 for URLs', 99, () => bytes(32).toString('base64url')],
    ['32 small letters and digits', 95, () => pick(small + digits, 32)],
    ['20 small letters and digits', 91, () => pick(small + digits, 20)],
    ['20 bytes in base32', 91, () => pick(`${small.toUpperCase()}234567`, 32)],
    ['a key of a Google API', 100, () => `AIza${pick(`${all}_-`, 35)}`],
    ['a token of GitHub', 100, () => `ghp_${pick(all, 36)}`],
    ['a fine-grained token of GitHub', 100, () => `github_pat_${pick(all, 22)}_${pick(all, 59)}`],
    [
      'a signed token',
      100,
      () => `eyJhbGciOiJIUzI1NiJ9.${bytes(60).toString('base64url')}.${bytes(32).toString('base64url')}`,
    ],
    ['an access token of Google', 100, () => `ya29.${pick(`${all}_-`, 120)}`],
  ])('%s: at least %d of 100 are hidden', (_name, rate, make) => {
    const made = Array.from({ length: 2_000 }, make);
    const found = made.filter((secret) => !hide(`# ${secret}\n`).includes(secret));
    expect((100 * found.length) / made.length).toBeGreaterThanOrEqual(rate);
  });

  test.each([
    ['in a sentence', (secret: string) => `connect with ${secret}, then wait`],
    ['in a heredoc', (secret: string) => `#!/bin/sh\nrun \\\n  ${secret}\n`],
    ['in a URL', (secret: string) => `https://hooks.example.com/services/${secret}`],
    ['in a query', (secret: string) => `https://storage.googleapis.com/b/o?x=${secret}`],
    ['in quotes', (secret: string) => `--with '${secret}'`],
    ['beside something public', (secret: string) => `sha256:${'0f'.repeat(32)} ${secret}`],
  ])('%s are hidden, and what stands beside stays', (_name, around) => {
    const secret = 'q7Xw2Lm9Rk4Tz8Vb3Nc6Hd1Jf5Gs0PaY';
    expect(hide(around(secret))).toBe(around(RANDOM));
  });
});
