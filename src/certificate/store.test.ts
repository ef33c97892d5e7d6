import { jest } from '@jest/globals';
import type { TestAuthority as Authority } from './authority.fixture.ts';
import type { GoogleClient } from '../google/request.ts';
import type { IssuedLeaf } from './world.fixture.ts';

const lines: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  setSecret: () => undefined,
  info: (line: string) => lines.push(line),
  warning: (line: string) => lines.push(line),
}));
const { TestAuthority } = await import('./authority.fixture.ts');
const { readPair, isSame } = await import('./pair.ts');
const { secretStore } = await import('./store.ts');
const { accountKey } = await import('./account.ts');
const { googleFailures } = await import('../google/failures.ts');
const { certificateFailures } = await import('./failures.ts');

let authority: Authority;
let leaf: IssuedLeaf;
beforeAll(async () => {
  authority = await TestAuthority.make();
  leaf = await authority.issue({ names: ['turn.nova.dev'] });
});
afterAll(() => authority.remove());
beforeEach(() => lines.splice(0));

/** A secret of Secret Manager, in memory; `fails` names a verb that is refused. */
class MemorySecret {
  readonly versions: { value: string; state: string }[] = [];
  fails: { verb: string; kind: 'permissionDenied' | 'preconditionFailed' } | undefined;

  readonly google = {
    request: ({ path, body, answer }: { path: string; body?: unknown; answer: { parse(value: unknown): unknown } }) =>
      Promise.resolve().then(() => answer.parse(this.#answer(path, body))),
  } as unknown as GoogleClient;

  #answer(path: string, body: unknown): unknown {
    const [, number = '', verb = path.includes('versions?') ? 'list' : 'add'] =
      /versions\/(\w+):(\w+)$/.exec(path) ?? [];
    if (this.fails?.verb === verb) throw googleFailures.failure(this.fails.kind, { what: `No ${verb}.` });
    const view = (index: number) => ({
      name: `x/versions/${index + 1}`,
      state: this.versions[index]?.state,
      createTime: '',
      etag: '"e"',
    });
    if (verb === 'list') return { versions: this.versions.map((_, index) => view(index)) };
    if (verb === 'add') {
      const { payload } = body as { payload: { data: string } };
      this.versions.push({ value: Buffer.from(payload.data, 'base64').toString(), state: 'ENABLED' });
      return view(this.versions.length - 1);
    }
    const index = number === 'latest' ? this.versions.length - 1 : Number(number) - 1;
    const version = this.versions[index];
    if (version === undefined) throw googleFailures.failure('notFound', { what: 'None.' });
    if (verb === 'access') {
      if (version.state !== 'ENABLED') throw googleFailures.failure('refused', { what: 'Not enabled.' });
      return { name: view(index).name, payload: { data: Buffer.from(version.value).toString('base64') } };
    }
    version.state = verb === 'disable' ? 'DISABLED' : 'DESTROYED';
    return view(index);
  }

  get states(): string[] {
    return this.versions.map(({ state }) => state);
  }
}

describe('the certificate’s secret', () => {
  const store = (secret: MemorySecret, olderVersions: 'keep' | 'disable' | 'destroy' = 'disable', keepVersions = 2) =>
    secretStore({ google: secret.google, secret: 'projects/p/secrets/turn', keepVersions, olderVersions });

  test('is empty at first, then holds what was added', async () => {
    const secret = new MemorySecret();
    expect(await store(secret).read()).toBeUndefined();
    const pair = readPair(leaf.chain, leaf.key, 'x');
    expect(await store(secret).add(pair)).toBe('1');
    const read = await store(secret).read();
    if (read === undefined || read.pair instanceof Error) throw new Error('it was not read');
    expect([read.version, isSame(read.pair, pair)]).toEqual(['1', true]);
  });

  test('tells a version that cannot be read', async () => {
    const secret = new MemorySecret();
    secret.versions.push({ value: 'nothing', state: 'ENABLED' });
    expect((await store(secret).read())?.pair).toMatchObject({
      code: 'LK-CERT-001',
      message: 'The secret turn, version 1, has no certificate: there is no line BEGIN CERTIFICATE.',
    });
  });

  test.each([
    ['disable' as const, ['DISABLED', 'DISABLED', 'ENABLED', 'ENABLED']],
    ['destroy' as const, ['DESTROYED', 'DESTROYED', 'ENABLED', 'ENABLED']],
    ['keep' as const, ['ENABLED', 'DISABLED', 'ENABLED', 'ENABLED']],
  ])('with older versions to %s', async (olderVersions, states) => {
    const secret = new MemorySecret();
    for (const state of ['ENABLED', 'DISABLED', 'ENABLED', 'ENABLED']) secret.versions.push({ value: 'x', state });
    await store(secret, olderVersions).prune();
    expect(secret.states).toEqual(states);
  });

  test.each(['permissionDenied' as const, 'preconditionFailed' as const])(
    'older versions that cannot be retired (%s) are a warning',
    async (kind) => {
      const secret = new MemorySecret();
      for (let count = 0; count < 3; count++) secret.versions.push({ value: 'x', state: 'ENABLED' });
      secret.fails = { verb: 'disable', kind };
      await store(secret).prune();
      expect(lines.join()).toContain('Older versions of projects/p/secrets/turn were left as they are');
    },
  );
});

describe('the account’s key', () => {
  const keysOf = (fails = false) => {
    const rotated: string[][] = [];
    let made = 0;
    return {
      rotated,
      keys: {
        create: () => Promise.resolve(`key ${++made} of the account`),
        rotate: (...pair: [string, string]) => {
          rotated.push(pair);
          return fails
            ? Promise.reject(certificateFailures.failure('busy', { what: 'It does not.' }))
            : Promise.resolve();
        },
      },
    };
  };
  const keyOf = (secret: MemorySecret, { keys }: ReturnType<typeof keysOf>, rotate = false) =>
    accountKey(secret.google, 'projects/p/secrets/account', keys, rotate);

  test('is made once and kept', async () => {
    const [secret, kept] = [new MemorySecret(), keysOf()];
    expect(await keyOf(secret, kept)).toBe('key 1 of the account');
    expect(await keyOf(secret, kept)).toBe('key 1 of the account');
    expect([secret.states, kept.rotated]).toEqual([['ENABLED'], []]);
  });

  test('is rotated: the next one is kept first, the old one disabled last', async () => {
    const [secret, kept] = [new MemorySecret(), keysOf()];
    await keyOf(secret, kept);
    expect(await keyOf(secret, kept, true)).toBe('key 2 of the account');
    expect(kept.rotated).toEqual([['key 1 of the account', 'key 2 of the account']]);
    expect(secret.states).toEqual(['DISABLED', 'ENABLED']);
  });

  test('whose rotation was interrupted is rotated to its end by the next run', async () => {
    const secret = new MemorySecret();
    await keyOf(secret, keysOf());
    await expect(keyOf(secret, keysOf(true), true)).rejects.toThrow('It does not.');
    expect(secret.states).toEqual(['ENABLED', 'ENABLED']);
    const kept = keysOf();
    await keyOf(secret, kept);
    expect(kept.rotated).toHaveLength(1);
    expect(secret.states).toEqual(['DISABLED', 'ENABLED']);
  });

  test('with another enabled version that the authority does not know is used, and both stay', async () => {
    const secret = new MemorySecret();
    for (const value of ['the first key', 'the second key']) secret.versions.push({ value, state: 'ENABLED' });
    expect(await keyOf(secret, keysOf(true))).toBe('the second key');
    expect([secret.states, lines.join()]).toEqual([
      ['ENABLED', 'ENABLED'],
      expect.stringContaining('1 is enabled, too'),
    ]);
  });
});
