import { jest } from '@jest/globals';
import type { TestAuthority as Authority } from './authority.fixture.ts';
import type { IssuedLeaf, MemoryWorld } from './world.fixture.ts';

const warnings: string[] = [];
jest.unstable_mockModule('@actions/core', () => ({
  setSecret: () => undefined,
  startGroup: () => undefined,
  endGroup: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  warning: (text: string) => warnings.push(text),
}));
const { TestAuthority } = await import('./authority.fixture.ts');
const { MemoryWorld: World, serialOfLeaf, wantedOf } = await import('./world.fixture.ts');
const { keepCertificate } = await import('./renew.ts');
const { readPair } = await import('./pair.ts');
const { acmeFailures } = await import('../acme/failures.ts');
const { googleFailures } = await import('../google/failures.ts');

jest.setTimeout(60_000);

const DAY = 24 * 3600 * 1000;
let authority: Authority;
/** Certificates for the TURN domain. */
let leaves: IssuedLeaf[];
let other: IssuedLeaf;

beforeAll(async () => {
  authority = await TestAuthority.make();
  leaves = [];
  for (let count = 0; count < 5; count++) leaves.push(await authority.issue({ names: ['turn.nova.dev'] }));
  other = await authority.issue({ names: ['chat.nova.dev'] });
});
afterAll(() => authority.remove());
beforeEach(() => warnings.splice(0));

const leaf = (index: number): IssuedLeaf => leaves[index] ?? other;

/** LiveKit runs with the first certificate, which is kept and was ordered here; the authority gives the next ones. */
async function running(): Promise<MemoryWorld> {
  const world = new World(leaves);
  await keepCertificate(wantedOf(), world.parts());
  world.start(leaf(0));
  world.steps.splice(0);
  world.orders.splice(0);
  return world;
}
const keep = (world: MemoryWorld, more: Parameters<typeof wantedOf>[0] = {}) =>
  keepCertificate(wantedOf(more), world.parts());

test('the first certificate is ordered, kept and installed; TURN/TLS is left to the next deploy', async () => {
  const world = new World(leaves);
  world.start(undefined);
  const result = await keep(world);
  expect(result).toMatchObject({
    status: 'renewed',
    isNew: true,
    failure: undefined,
    certificate: { serial: serialOfLeaf(leaf(0)), issuer: 'Nova Issuer 1' },
  });
  expect(result.notes.join()).toContain('The next helm-deploy turns it on');
  expect([world.versions.length, world.holdsLeaf(leaf(0)), world.orders]).toEqual([
    1,
    true,
    [{ names: ['turn.nova.dev'], replaces: undefined }],
  ]);
  expect(world.record().orders).toEqual([
    expect.objectContaining({ outcome: 'issued', isRenewal: false, directoryUrl: 'https://acme.test/dir' }),
  ]);
  expect(world.steps).not.toContain('cluster.mark');
});

test('before there is a namespace it is kept, and says so', async () => {
  const world = new World(leaves);
  world.hasNamespace = false;
  const result = await keep(world);
  expect(result.status).toBe('stored');
  expect(result.notes.join()).toContain('There is no namespace livekit yet');
  expect(await keep(world)).toMatchObject({ status: 'not-due', isNew: false });
  expect(world.orders).toHaveLength(1);
});

test('where neither a namespace nor another place is there nothing is ordered, which would be lost', async () => {
  const world = new World(leaves);
  world.hasNamespace = false;
  world.hasStore = false;
  await expect(keep(world)).rejects.toMatchObject({ code: 'LK-CERT-019' });
  expect(world.orders).toEqual([]);
  world.hasNamespace = true;
  world.start(undefined);
  expect(await keep(world, { rolls: false })).toMatchObject({ status: 'renewed' });
  expect(await keep(world, { rolls: false })).toMatchObject({ status: 'not-due' });
  expect(world.orders).toHaveLength(1);
});

test('two certificates whose Secrets have the same name in two namespaces do not take each other’s place', async () => {
  const world = await running();
  const before = world.record().certificates['livekit-turn-tls-dev'];
  world.hasStore = false;
  world.secret = undefined;
  const other = { namespace: 'messaging', key: 'messaging/livekit-turn-tls-dev', rolls: false, profile: 'classic' };
  expect(await keep(world, other)).toMatchObject({ status: 'renewed' });
  expect(world.record().certificates).toMatchObject({
    'livekit-turn-tls-dev': before,
    'messaging/livekit-turn-tls-dev': { serial: serialOfLeaf(leaf(1)), profile: 'classic', names: ['turn.nova.dev'] },
  });
});

test('what is not due is only looked at: no lease, no order, nothing written', async () => {
  const world = await running();
  const result = await keep(world);
  expect(result).toMatchObject({
    status: 'not-due',
    isNew: false,
    isWell: true,
    certificate: { serial: serialOfLeaf(leaf(0)) },
  });
  expect(result.reason).toContain('Not due: the certificate is to be renewed at');
  expect(result.nextCheck?.getTime()).toBeGreaterThan(world.now.getTime());
  expect(new Set(world.steps)).toEqual(new Set(['store.read', 'cluster.installed', 'cluster.look', 'leftovers']));
});

test('what an earlier run left in the DNS is removed though nothing is due; where that fails, the next run tries again', async () => {
  const world = await running();
  world.leftovers = 2;
  world.before = (step) => {
    if (step === 'removeLeftovers') throw googleFailures.failure('unavailable', { what: 'Away.' });
  };
  expect(await keep(world)).toMatchObject({ status: 'not-due', failure: undefined });
  expect([world.leftovers, warnings.join()]).toEqual([2, expect.stringContaining('stays there until the next run')]);
  world.before = () => undefined;
  expect(await keep(world)).toMatchObject({ status: 'not-due', isWell: true });
  expect([world.leftovers, world.orders]).toEqual([0, []]);
});

test.each([
  ['when it is asked for', { force: true }],
  ['when two thirds of its life are over', { days: 61 }],
  ['when the directory changes', { directoryUrl: 'https://other.test/dir' }],
  ['when the profile changes', { profile: 'tlsserver' }],
  ['when the key is to be another', { keyType: 'rsa-2048' as const }],
])(
  'a new one is ordered, installed and seen to serve %s',
  async (_name, { days = 0, ...more }: { days?: number } & Parameters<typeof wantedOf>[0]) => {
    const world = await running();
    world.now = new Date(Date.now() + days * DAY);
    const result = await keep(world, more);
    expect(result).toMatchObject({ status: 'renewed', isNew: true, certificate: { serial: serialOfLeaf(leaf(1)) } });
    expect(world.pods?.serial).toBe(serialOfLeaf(leaf(1)));
    expect(world.orders[0]?.replaces).toBe(more?.directoryUrl === undefined ? 'id' : undefined);
    expect(world.steps.indexOf('store.add')).toBeLessThan(world.steps.indexOf('cluster.install'));
    expect(world.steps.indexOf('cluster.install')).toBeLessThan(world.steps.indexOf('cluster.mark'));
  },
);

test('a certificate for other names is refused before anything is written', async () => {
  const world = await running();
  world.authority.unshift(other);
  await expect(keep(world, { force: true })).rejects.toMatchObject({ code: 'LK-CERT-002' });
  expect([world.versions.length, world.holdsLeaf(leaf(0)), world.pods?.serial]).toEqual([
    1,
    true,
    serialOfLeaf(leaf(0)),
  ]);
});

describe('without an order', () => {
  test('a Secret that is gone is installed again', async () => {
    const world = await running();
    world.secret = undefined;
    expect(await keep(world)).toMatchObject({ status: 'installed', isNew: false });
    expect([world.holdsLeaf(leaf(0)), world.orders]).toEqual([true, []]);
  });

  test('pods that serve another certificate than the Secret’s are rolled', async () => {
    const world = await running();
    if (world.pods !== undefined) world.pods = { ...world.pods, serial: 'another' };
    expect(await keep(world)).toMatchObject({ status: 'installed', isNew: false });
    expect([world.pods?.serial, world.steps.includes('cluster.install')]).toEqual([serialOfLeaf(leaf(0)), false]);
  });

  test('pods that were rolled for it and yet serve another are rolled again', async () => {
    const world = await running();
    await keep(world, { force: true });
    if (world.pods !== undefined) world.pods = { ...world.pods, serial: 'another' };
    expect(await keep(world)).toMatchObject({ status: 'installed' });
    expect(world.pods?.annotation).toMatch(/^[0-9a-f]{16}\.\w+$/);
  });

  test('nothing rolls behind a load balancer that ends TLS', async () => {
    const world = await running();
    expect(await keep(world, { force: true, rolls: false })).toMatchObject({ status: 'renewed' });
    expect([world.holdsLeaf(leaf(1)), world.pods?.serial]).toEqual([true, serialOfLeaf(leaf(0))]);
    expect(world.steps.filter((step) => /look|mark|follow/.test(step))).toEqual([]);
  });
});

test('a kept version that cannot be read is replaced, and told', async () => {
  const world = await running();
  world.versions.push('no certificate');
  expect(await keep(world)).toMatchObject({
    status: 'renewed',
    certificate: { serial: serialOfLeaf(leaf(1)) },
  });
  expect(warnings.join()).toContain('It counts as none.');
});

test('old pods that hold calls are handed over', async () => {
  const world = await running();
  world.draining = 2;
  expect(await keep(world, { force: true })).toMatchObject({
    status: 'draining',
    isNew: true,
    draining: [{ name: 'old-0' }, { name: 'old-1' }],
  });
});

test('pods that do not serve it get the old Secret and their old mark back', async () => {
  const world = await running();
  world.before = (step) => {
    // From its own start on a new pod shows something else; back on the old mark it is what it was.
    if (step === 'cluster.mark') world.stuckSerial = world.holdsLeaf(leaf(0)) ? undefined : 'stuck';
  };
  const result = await keep(world, { force: true });
  expect(result).toMatchObject({
    status: 'rolled-back',
    isNew: true,
    isWell: false,
    certificate: { serial: serialOfLeaf(leaf(0)) },
    failure: { code: 'LK-CERT-014' },
  });
  expect(result.failure?.message).toContain('serves the certificate stuck');
  expect(result.failure?.message).toMatch(/The old certificate, \w+, is back and serves\.$/);
  expect([world.holdsLeaf(leaf(0)), world.pods?.serial, world.pods?.annotation]).toEqual([
    true,
    serialOfLeaf(leaf(0)),
    undefined,
  ]);
  // The next run takes what is kept, and orders nothing.
  world.before = () => undefined;
  expect(await keep(world)).toMatchObject({
    status: 'installed',
    isNew: false,
    certificate: { serial: serialOfLeaf(leaf(1)) },
  });
});

test('where the way back fails too, both are told', async () => {
  const world = await running();
  world.stuckSerial = 'stuck';
  expect(await keep(world, { force: true })).toMatchObject({
    status: 'failed',
    failure: { code: 'LK-CERT-016', message: expect.stringContaining('could not be put back') as string },
  });
});

test('an old certificate that has ended is not put back', async () => {
  const world = await running();
  world.stuckSerial = 'stuck';
  world.now = new Date(Date.now() + 89.9 * DAY);
  world.authority.splice(0, 4);
  const later = new Date(Date.now() + 90.5 * DAY);
  world.authority.unshift(await authority.issue({ names: ['turn.nova.dev'], days: 200 }));
  world.now = later;
  const result = await keep(world);
  expect(result.status).toBe('failed');
  expect(result.failure?.message).toContain('The one before it is of no use any more');
  expect(world.holdsLeaf(leaf(0))).toBe(false);
});

describe('what others give', () => {
  test('by the inputs is kept and installed once', async () => {
    const world = await running();
    const given = readPair(leaf(3).chain, leaf(3).key, 'x');
    expect(await keep(world, { source: 'pem', given })).toMatchObject({ status: 'installed', isNew: false });
    expect([world.versions.length, world.holdsLeaf(leaf(3)), world.orders]).toEqual([2, true, []]);
    expect(await keep(world, { source: 'pem', given })).toMatchObject({ status: 'not-due' });
    expect(world.versions).toHaveLength(2);
  });

  test('by the inputs for another name is refused, and the old one serves', async () => {
    const world = await running();
    const given = readPair(other.chain, other.key, 'x');
    await expect(keep(world, { source: 'pem', given })).rejects.toMatchObject({ code: 'LK-CERT-002' });
    expect([world.versions.length, world.holdsLeaf(leaf(0))]).toEqual([1, true]);
  });

  test('in Secret Manager is installed', async () => {
    const world = await running();
    world.versions.push(leaf(4));
    expect(await keep(world, { source: 'secret-manager' })).toMatchObject({
      status: 'installed',
      certificate: { serial: serialOfLeaf(leaf(4)) },
    });
    expect([world.versions.length, world.pods?.serial]).toEqual([2, serialOfLeaf(leaf(4))]);
  });

  test('in Secret Manager is missing, and that is said', async () => {
    const world = new World([]);
    await expect(keep(world, { source: 'secret-manager' })).rejects.toMatchObject({ code: 'LK-CERT-008' });
  });
});

test('without a secret for it the pair is kept in the cluster, and renewed from there', async () => {
  const world = await running();
  world.hasStore = false;
  expect(await keep(world)).toMatchObject({ status: 'not-due' });
  expect(await keep(world, { force: true })).toMatchObject({ status: 'renewed' });
  expect([world.versions.length, world.holdsLeaf(leaf(1))]).toEqual([1, true]);
});

test('of two runs at once, both forced, one orders', async () => {
  const world = await running();
  let free = Promise.resolve();
  const parts = () => {
    const own = world.parts();
    return {
      ...own,
      lease: <T>(work: Parameters<typeof own.lease<T>>[0]) => {
        const turn = free.then(() => own.lease(work));
        free = turn.then(() => undefined);
        return turn;
      },
    };
  };
  const results = await Promise.all([0, 1].map(() => keepCertificate(wantedOf({ force: true }), parts())));
  expect(results.map(({ status }) => status)).toEqual(['renewed', 'not-due']);
  expect(world.orders).toHaveLength(1);
});

describe('an authority that refuses', () => {
  const refuse = (kind: 'challenge' | 'rateLimited') => async () => {
    const world = await running();
    world.before = (step) => {
      if (step === 'order') throw acmeFailures.failure(kind, { what: 'No.' });
    };
    await expect(keep(world, { force: true })).rejects.toMatchObject({ code: acmeFailures.code(kind) });
    expect([world.holdsLeaf(leaf(0)), world.versions.length]).toEqual([true, 1]);
    return world.record().orders.filter(({ outcome }) => outcome === 'failed').length;
  };
  test('a name counts', async () => expect(await refuse('challenge')()).toBe(1));
  test('for its limits does not', async () => expect(await refuse('rateLimited')()).toBe(0));
});

test('a certificate is not lost when Secret Manager stumbles once', async () => {
  const world = await running();
  let stumbles = 1;
  world.before = (step) => {
    if (step === 'store.add' && stumbles-- > 0) throw googleFailures.failure('unavailable', { what: 'Away.' });
  };
  expect(await keep(world, { force: true })).toMatchObject({ status: 'renewed' });
  expect(world.orders).toHaveLength(1);
});

/** Numbers that are the same in each run: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('whatever fails at whatever step, or is cancelled there: a valid certificate serves all along, and the last run mends it', async () => {
  let faults = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = numbers(seed);
    const world = await running();
    const known = new Set(leaves.map(serialOfLeaf));
    let wasStuck = false;
    for (let round = 0; round < 3; round++) {
      let steps = 0;
      const failing = Math.floor(random() * 16);
      const isCancel = random() < 0.3;
      const cancel = new AbortController();
      Object.defineProperty(world, 'signal', { value: cancel, configurable: true });
      world.stuckSerial = undefined;
      const isStuck = random() < 0.15;
      wasStuck ||= isStuck;
      world.before = (step) => {
        if (isStuck && step === 'cluster.mark')
          world.stuckSerial = world.stuckSerial === undefined ? serialOfLeaf(other) : undefined;
        if (steps++ !== failing) return;
        faults++;
        if (isCancel) cancel.abort(new Error('cancelled'));
        throw isCancel ? (cancel.signal.reason as Error) : new Error(`${step} failed`);
      };
      if (world.authority.length === 0) world.authority.push(...leaves.slice(1));
      await keep(world, { force: random() < 0.5 }).catch(() => undefined);
      // Neither the Secret nor what the pods would read at their next start is ever broken or empty.
      expect([seed, round, leaves.some((one) => world.holdsLeaf(one))]).toEqual([seed, round, true]);
      expect([seed, round, known.has(world.pods?.serial ?? '') || wasStuck]).toEqual([seed, round, true]);
    }
    world.before = () => undefined;
    world.stuckSerial = undefined;
    Object.defineProperty(world, 'signal', { value: new AbortController(), configurable: true });
    const last = await keep(world);
    expect([seed, last.failure]).toEqual([seed, undefined]);
    const kept = world.versions.at(-1);
    if (kept === undefined || typeof kept === 'string') throw new Error('nothing is kept');
    expect([seed, world.holdsLeaf(kept), world.pods?.serial]).toEqual([seed, true, serialOfLeaf(kept)]);
  }
  expect(faults).toBeGreaterThan(200);
});
