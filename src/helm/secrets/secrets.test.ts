import { jest } from '@jest/globals';

const masked: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  info: () => undefined,
  setSecret: (secret: string) => masked.push(secret),
}));
const { parseSecrets } = await import('./parse.ts');
const { fillSecrets, secretManifest, secretsHash } = await import('./secret.ts');

const INPUT = `
turn-server-secret:
  TURN_USER: plain:nova
  TURN_PASSWORD: "1234567890: # odd"
  REALM: secret-manager:turn-realm
other:
  $labels: { argocd.argoproj.io/secret-type: repository }
  password: secret-manager:projects/elsewhere/secrets/token@7
`;

test('values come from the input and from Secret Manager, and only what is secret is masked', async () => {
  const asked: string[] = [];
  const filled = await fillSecrets(await parseSecrets(INPUT), 'nova-dev', (id, version) => {
    asked.push(`${id}@${version}`);
    return Promise.resolve({ value: id.endsWith('realm') ? 'turn.nova.local\n' : 'one\ntwo\n' });
  });
  expect(asked.sort()).toEqual(['projects/elsewhere/secrets/token@7', 'projects/nova-dev/secrets/turn-realm@latest']);
  expect(masked).toContain('1234567890: # odd');
  expect(masked).not.toContain('nova');
  const [turn, other] = filled.map((secret) => secretManifest(secret, 'nova-turn'));
  expect(turn).toMatchObject({
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: 'turn-server-secret', namespace: 'nova-turn' },
    data: {
      TURN_USER: base64('nova'),
      TURN_PASSWORD: base64('1234567890: # odd'),
      // The end of a single line is whoever wrote it by echo; a file keeps its own.
      REALM: base64('turn.nova.local'),
    },
  });
  expect(other).toMatchObject({
    metadata: {
      labels: { 'argocd.argoproj.io/secret-type': 'repository', 'app.kubernetes.io/managed-by': 'livekit-gke' },
    },
    data: { password: base64('one\ntwo\n') },
  });
});

test('a password of digits stays a text, and a certificate’s Secret gets its type', async () => {
  const plans = await parseSecrets('tls:\n  tls.crt: 0123456789\n  tls.key: 00001234567\n');
  const [filled] = await fillSecrets(plans, 'p', () => Promise.reject(new Error('nothing to read')));
  expect(filled?.entries.get('tls.crt')).toBe('0123456789');
  expect(filled && secretManifest(filled, 'n')).toMatchObject({ type: 'kubernetes.io/tls' });
});

test('the hash follows the values and not the order', () => {
  const secret = (entries: [string, string][]) => ({ name: 'a', labels: {}, entries: new Map(entries) });
  const hash = secretsHash([
    secret([
      ['x', '1'],
      ['y', '2'],
    ]),
  ]);
  expect(
    secretsHash([
      secret([
        ['y', '2'],
        ['x', '1'],
      ]),
    ]),
  ).toBe(hash);
  expect(
    secretsHash([
      secret([
        ['x', '1'],
        ['y', '3'],
      ]),
    ]),
  ).not.toBe(hash);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
});

test.each([
  ['not YAML', 'a: [hunter2-hunter2', /it is not YAML/],
  ['no mapping', '- a', /no mapping of Secrets/],
  ['a name that Kubernetes does not take', 'Turn_Secret:\n  a: hunter2-hunter2', /lower-case/],
  ['a Secret without entries', 'turn: {}', /no entry/],
  ['an empty value', 'turn:\n  KEY: ""', /the entry KEY of the Secret turn is empty/],
  ['a placeholder', 'turn:\n  KEY: "TODO: hunter2-hunter2"', /placeholder/],
  ['a key with a space', 'turn:\n  "a b": hunter2-hunter2', /letters, digits/],
  ['a reference without an id', 'turn:\n  KEY: "secret-manager:hunter2 hunter2"', /secret-manager:<id>/],
  ['a nested value', 'turn:\n  KEY: { a: hunter2-hunter2 }', /is not a text/],
  ['a label that Kubernetes does not take', 'turn:\n  $labels: { a b: c }\n  KEY: hunter2-hunter2', /label/],
])('refuses %s, and quotes no value', async (_what, text, words) => {
  const failure = await parseSecrets(text).then(
    () => undefined,
    (error: unknown) => error as Error & { code: string },
  );
  expect(failure?.code).toBe('LK-HELM-140');
  expect(failure?.message).toMatch(words);
  expect(failure?.message).not.toContain('hunter2');
});

test('an empty version in Secret Manager is told by its name', async () => {
  const plans = await parseSecrets('turn:\n  KEY: secret-manager:password\n');
  await expect(fillSecrets(plans, 'p', () => Promise.resolve({ value: '\n' }))).rejects.toMatchObject({
    code: 'LK-HELM-140',
  });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
