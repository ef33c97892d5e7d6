import { X509Certificate, createPrivateKey as parseKey } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KEEPER, PROJECT, startAcmeBench, type AcmeBench } from './test-bench.ts';
import { isFoundByPebble, setRenewalInfo, startPebble, type Pebble } from './pebble.ts';
import { stopDaemons } from '../process.ts';
import type { Failure } from '../../src/failure/failure.ts';
import type { Identity } from '../../src/google/identity.ts';
import { googleClient } from '../../src/google/request.ts';
import { announceNothing } from '../../src/runner/mask.ts';
import { rotateAccountKey } from '../../src/acme/account.ts';
import { certificateId } from '../../src/acme/certificate-id.ts';
import { issueCertificate, type IssueOptions } from '../../src/acme/certificate.ts';
import { cloudDnsSolver, type CloudDnsOptions } from '../../src/acme/dns01/cloud-dns.ts';
import { openLookup } from '../../src/acme/dns01/lookup.ts';
import type { ChallengeRecord } from '../../src/acme/dns01/solver.ts';
import { createPrivateKey } from '../../src/acme/key.ts';
import { tryAgainAt } from '../../src/acme/problem.ts';
import { decide, renewalInfo } from '../../src/acme/renewal.ts';
import { connect } from '../../src/acme/server.ts';

// An order is a dozen requests, of which the authority refuses many.
jest.setTimeout(60_000);

let bench: AcmeBench;
let accountKey: string;
let journal: ChallengeRecord[] = [];
let sentences: string[] = [];

beforeAll(async () => {
  // The log of a test is no runner's, which would take the keys out of it.
  announceNothing();
  bench = await startAcmeBench({ nonceRejectPercent: 50, blockedDomains: ['blocked.test'] });
  accountKey = await createPrivateKey('ecdsa-p256');
  // As the payload has it: the domain's zone is closed to whoever renews, and leads challenges to a zone of their own.
  await bench.zone('livekit', 'example.com.');
  await bench.zone('livekit-dev-acme', 'acme.example.com.', { isKept: true });
  for (const name of ['turn', 'turn2']) {
    const target = `${name}.example.com.acme.example.com.`;
    await bench.record('livekit', `_acme-challenge.${name}.example.com.`, 'CNAME', [target]);
  }
  await bench.record('livekit', 'turn.example.com.', 'CAA', ['0 issue "letsencrypt.org"']);
  await bench.record('livekit', 'closed.example.com.', 'CAA', ['0 issue "pki.goog"']);
  await bench.record('livekit', '_acme-challenge.closed.example.com.', 'CNAME', ['closed.acme.example.com.']);
  await bench.record('livekit', '_acme-challenge.loop.example.com.', 'CNAME', ['loop.example.com.']);
  await bench.record('livekit', 'loop.example.com.', 'CNAME', ['_acme-challenge.loop.example.com.']);
  await bench.zone('open', 'open.test.', { isKept: true });
  await bench.zone('blocked', 'blocked.test.', { isKept: true });
  await bench.zone('stray', 'stray.test.', { isKept: true });
  await bench.record('stray', 'stray.test.', 'NS', ['ns1.elsewhere.test.']);
}, 180_000);
afterAll(() => bench?.close());
afterEach(async () => {
  await bench.removeRecord('open', '_acme-challenge.open.test.', 'TXT');
  journal = [];
  sentences = [];
  await bench.acme.clearFaults();
  await bench.acme.setLag([]);
});

const lookup = () => openLookup({ servers: bench.acme.resolvers, timeoutSeconds: 1 });

function google(account = KEEPER) {
  const token = bench.google.tokenOf(account);
  const identity = { serviceAccount: account, accessToken: () => Promise.resolve(token) } as unknown as Identity;
  return googleClient(identity, { googleapis: bench.google.google });
}

function solver(options: Partial<CloudDnsOptions> = {}) {
  return cloudDnsSolver({
    google: google(),
    zones: ['livekit-dev-acme', 'open'].map((zone) => ({ project: PROJECT, zone })),
    lookup: lookup(),
    journal: {
      read: () => Promise.resolve(journal),
      write: (records) => {
        journal = [...records];
        return Promise.resolve();
      },
    },
    propagationSeconds: 8,
    intervalSeconds: 0.1,
    progress: (sentence) => sentences.push(sentence),
    ...options,
  });
}

function order(names: readonly string[], more: Partial<IssueOptions> = {}) {
  return issueCertificate({
    server: { directoryUrl: bench.acme.directoryUrl, caBundle: bench.caBundle },
    accountKey,
    names,
    keyType: 'ecdsa-p256',
    profile: 'tlsserver',
    solver: solver(),
    lookup: lookup(),
    timeoutSeconds: 90,
    signal: new AbortController().signal,
    progress: (sentence) => sentences.push(sentence),
    ...more,
  });
}

const failure = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => {
      throw new Error('it went well');
    },
    (error: unknown) => error as Failure,
  );
const alternativeNames = (pem: string) =>
  (new X509Certificate(pem).subjectAltName ?? '').split(', ').map((name) => name.replace('DNS:', ''));

describe('a certificate', () => {
  test('is issued for a name whose challenge a CNAME leads to the zone for challenges, though nonces are refused', async () => {
    const issued = await order(['turn.example.com']);
    const certificate = new X509Certificate(issued.certificateChainPem);
    expect(alternativeNames(issued.certificateChainPem)).toEqual(['turn.example.com']);
    expect(certificate.subject ?? '').not.toContain('CN=');
    expect(certificate.checkPrivateKey(parseKey(issued.privateKeyPem))).toBe(true);
    expect(parseKey(issued.privateKeyPem).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect((issued.certificateChainPem.match(/BEGIN CERTIFICATE/g) ?? []).length).toBeGreaterThan(1);
    expect(issued.isRenewal).toBe(false);
    expect(issued.notes).toEqual([]);
    expect([bench.txt(), journal]).toEqual([{}, []]);
    const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 86_400_000;
    expect(Math.round(days)).toBe(45);
  });

  test('holds several names of several zones, and the account is found again by its key', async () => {
    const first = await order(['turn.example.com', 'turn2.example.com', 'a.open.test']);
    expect(alternativeNames(first.certificateChainPem).sort()).toEqual([
      'a.open.test',
      'turn.example.com',
      'turn2.example.com',
    ]);
    const second = await order(['a.open.test']);
    expect(second.accountUrl).toBe(first.accountUrl);
    expect(sentences).toContain(`Account ${first.accountUrl}.`);
  });

  test('holds a wildcard and its domain: two values at one name, beside those of others, which stay', async () => {
    await bench.record('open', '_acme-challenge.open.test.', 'TXT', ['"of somebody else"']);
    const issued = await order(['*.open.test', 'open.test']);
    expect(alternativeNames(issued.certificateChainPem).sort()).toEqual(['*.open.test', 'open.test']);
    expect(bench.txt()).toEqual({ '_acme-challenge.open.test.': ['of somebody else'] });
  });

  test('has an RSA key where that is wanted', async () => {
    const issued = await order(['rsa.open.test'], { keyType: 'rsa-2048' });
    expect(parseKey(issued.privateKeyPem).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  });

  test('is only ordered to be verified once the slowest name server serves the record', async () => {
    await bench.acme.setLag([0, 0, 3, 0, 0]);
    const real = lookup();
    const served = new Set<string>();
    const watching: typeof real = {
      ...real,
      async txtAt(address, name) {
        const values = await real.txtAt(address, name);
        if (values.length > 0) served.add(address);
        return values;
      },
    };
    await order(['slow.open.test'], { solver: solver({ lookup: watching }) });
    expect(served.size).toBe(4);
    expect([...served].at(-1)).toMatch(/\.3$/);
    expect(bench.txt()).toEqual({});
  });
});

describe('an order ends before it begins', () => {
  test.each<[string, string[], Partial<IssueOptions>, string, RegExp]>([
    [
      'a profile that is not offered',
      ['turn.example.com'],
      { profile: 'eternal' },
      'LK-ACME-004',
      /offers `classic`, `shortlived`, `tlsserver`/,
    ],
    [
      'a CAA record of another authority',
      ['closed.example.com'],
      {},
      'LK-ACME-011',
      /CAA record of closed\.example\.com lets only `pki\.goog` issue/,
    ],
    ['CNAMEs in a loop', ['loop.example.com'], {}, 'LK-ACME-016', /form a loop/],
    [
      'a name in no zone that is known',
      ['turn3.example.com'],
      {},
      'LK-ACME-013',
      /_acme-challenge\.turn3\.example\.com lies in none/,
    ],
    ['a name with a dot too many', ['turn..example.com'], {}, 'LK-ACME-023', /turn\.\.example\.com/],
  ])('at %s', async (_, names, more, code, says) => {
    const failed = await failure(order(names, more));
    expect(failed.code).toBe(code);
    expect(failed.message).toMatch(says);
    expect([bench.txt(), journal]).toEqual([{}, []]);
  });

  test('at a zone to which the DNS does not lead', async () => {
    const zones = [{ project: PROJECT, zone: 'stray' }];
    const failed = await failure(order(['stray.test'], { solver: solver({ zones }) }));
    expect(failed.code).toBe('LK-ACME-014');
    expect(failed.message).toMatch(/leads to ns1\.elsewhere\.test for stray\.test/);
  });

  test('at a clock that is wrong', async () => {
    const date = new Date(Date.now() - 3 * 3_600_000).toUTCString();
    await bench.acme.addFault({ path: '^/dir$', headers: { date } });
    const failed = await failure(order(['turn.example.com']));
    expect(failed.code).toBe('LK-ACME-012');
    expect(failed.message).toMatch(/is 3 h ahead of/);
  });

  test('at a zone that the identity may not change', async () => {
    const zones = [{ project: PROJECT, zone: 'livekit' }];
    const failed = await failure(order(['a.example.com'], { solver: solver({ zones }) }));
    expect(failed.code).toBe('LK-GOOGLE-006');
  });

  test('at a directory that nobody signed for', async () => {
    const failed = await failure(order(['turn.example.com'], { server: { directoryUrl: bench.acme.directoryUrl } }));
    expect(failed).toMatchObject({ code: 'LK-ACME-003' });
  });
});

describe('an authority that wants accounts of its own', () => {
  const hmacKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  let strict: Pebble;
  beforeAll(async () => {
    const { config } = bench.google;
    const dnsServer = `${bench.acme.resolvers[0] ?? ''}:53`;
    const command = join(config.directory, 'bin', 'pebble');
    const externalAccounts = { 'kid-1': hmacKey };
    strict = await startPebble(config.directory, command, { name: 'pebble-eab', dnsServer, externalAccounts });
  });
  afterAll(() => stopDaemons(bench.google.config.directory, [strict.daemon], 3));
  const there = (more: Partial<IssueOptions>) =>
    order(['bound.open.test'], {
      server: { directoryUrl: `${strict.address}/dir`, caBundle: bench.caBundle },
      ...more,
    });

  test('refuses who has none, and who has a wrong one', async () => {
    const none = await failure(there({}));
    expect(none).toMatchObject({ code: 'LK-ACME-005', message: expect.stringMatching(/no binding was given/) });
    const wrong = await failure(there({ externalAccount: { keyId: 'kid-2', hmacKey } }));
    expect(wrong).toMatchObject({ code: 'LK-ACME-005', message: expect.stringMatching(/refused the new account/) });
    expect(wrong.message).not.toContain(hmacKey);
  });

  test('takes one that is bound, and needs the binding only once', async () => {
    const first = await there({ externalAccount: { keyId: 'kid-1', hmacKey }, contact: ['ops@example.com'] });
    expect((await there({})).accountUrl).toBe(first.accountUrl);
  });
});

describe('an order fails with a sentence', () => {
  test('when the authority does not find the record, and nothing is left in the DNS', async () => {
    // Its resolver hears of nothing new, while all name servers do.
    await bench.acme.setLag([0, 0, 0, 0, 60]);
    const failed = await failure(order(['one.open.test', 'two.open.test']));
    expect(failed.code).toBe('LK-ACME-010');
    expect(failed.message).toMatch(
      /could not verify 2 names: one\.open\.test: Error .+\(unauthorized\); two\.open\.test: /,
    );
    expect([bench.txt(), journal]).toEqual([{}, []]);
  });

  test('when a name server does not get the record in time', async () => {
    await bench.acme.setLag([0, 60, 0, 0, 0]);
    const failed = await failure(order(['late.open.test'], { solver: solver({ propagationSeconds: 3 }) }));
    expect(failed.code).toBe('LK-ACME-015');
    expect(failed.message).toMatch(
      /_acme-challenge\.late\.open\.test was not yet on ns-cloud-b1\.googledomains\.com \(127\./,
    );
    expect([bench.txt(), journal]).toEqual([{}, []]);
  });

  test('when the authority does not issue for a name', async () => {
    const failed = await failure(
      order(['blocked.test'], { solver: solver({ zones: [{ project: PROJECT, zone: 'blocked' }] }) }),
    );
    expect(failed.code).toBe('LK-ACME-009');
    expect(failed.message).toMatch(/forbidden by policy.*\(rejectedIdentifier\)/);
  });

  test('when a rate limit is reached: when it may be tried again', async () => {
    const detail =
      'too many certificates (5) already issued for this exact set of identifiers, retry after 2030-01-02 03:04:05 UTC: see https://letsencrypt.org/docs/rate-limits/';
    const body = { type: 'urn:ietf:params:acme:error:rateLimited', detail, status: 429 };
    await bench.acme.addFault({ method: 'POST', path: '^/order-plz', status: 429, body });
    const failed = await failure(order(['turn.example.com']));
    expect(failed.code).toBe('LK-ACME-008');
    expect(failed.message).toContain('It may be tried again at 2030-01-02 03:05 UTC.');
    expect(tryAgainAt(failed)).toEqual(new Date('2030-01-02T03:04:05Z'));
  });

  test('when it is closed for longer than one waits: when it may be tried again', async () => {
    await bench.acme.addFault({ method: 'POST', path: '^/order-plz', status: 503, headers: { 'retry-after': '3600' } });
    const failed = await failure(order(['turn.example.com']));
    expect(failed.code).toBe('LK-ACME-002');
    expect(Math.round(((tryAgainAt(failed)?.getTime() ?? 0) - Date.now()) / 60_000)).toBe(60);
  });

  test('and goes on where an answer fails that may be asked for again', async () => {
    await bench.acme.addFault({ method: 'POST', path: '^/order-plz', status: 503, times: 2 });
    await bench.acme.addFault({ method: 'POST', path: '^/finalize-order', status: 500, times: 1 });
    await order(['again.open.test']);
    expect(bench.txt()).toEqual({});
  });
});

describe('a request that was signed', () => {
  test('is signed anew when its answer is an error: a used nonce would hide what the authority says', async () => {
    // The authority itself answers 500 for a certificate that it never issued.
    const [issuer] = certificateId((await order(['known.open.test'])).certificateChainPem).split('.');
    const replaces = `${issuer}.AIdlQyE`;
    const issued = await order(['stranger.open.test'], { replaces });
    expect(issued.isRenewal).toBe(false);
    expect(sentences.join(' ')).toMatch(/does not take the order as a renewal \(could not find an order/);
  });
});

describe('a run that is stopped', () => {
  test.each([
    ['while the record spreads', /written to the zone/],
    ['while the authority verifies', /name servers of open\.test serve/],
    ['before the record is written', /^Ordered/],
  ])('%s leaves no record', async (_, at) => {
    const cancel = new AbortController();
    await bench.acme.setLag([0, 0, 0, 1, 0]);
    const listen = (sentence: string) => {
      if (at.test(sentence)) cancel.abort();
    };
    const failed = await failure(
      order(['stopped.open.test'], { signal: cancel.signal, solver: solver({ progress: listen }), progress: listen }),
    );
    expect(cancel.signal.aborted).toBe(true);
    expect(failed.code).toBe('LK-ACME-019');
    expect([bench.txt(), journal]).toEqual([{}, []]);
  });

  test('by its own time says so', async () => {
    await bench.acme.setLag([60, 60, 60, 60, 60]);
    const failed = await failure(order(['stopped.open.test'], { timeoutSeconds: 4 }));
    expect(failed.code).toBe('LK-ACME-018');
    expect(bench.txt()).toEqual({});
  });

  test('by force leaves a note, by which the next run removes its records and nobody else’s', async () => {
    const name = '_acme-challenge.killed.open.test';
    await bench.record('open', `${name}.`, 'TXT', ['"ours"', '"of somebody else"']);
    journal = [{ project: PROJECT, zone: 'open', name, value: 'ours' }];
    await order(['next.open.test']);
    expect(sentences).toContain('Removed 1 records that an earlier run left behind.');
    expect(bench.txt()).toEqual({ [`${name}.`]: ['of somebody else'] });
    expect(journal).toEqual([]);
    await bench.removeRecord('open', `${name}.`, 'TXT');
  });
});

describe('renewal', () => {
  const server = () => ({ directoryUrl: bench.acme.directoryUrl, caBundle: bench.caBundle });
  const signal = new AbortController().signal;

  test('is suggested by the authority, and ordered as a renewal once', async () => {
    let first = await order(['renewed.open.test']);
    while (!isFoundByPebble(new X509Certificate(first.certificateChainPem))) first = await order(['renewed.open.test']);
    const info = await renewalInfo(server(), first.certificateChainPem, signal);
    const { validFromDate, validToDate } = new X509Certificate(first.certificateChainPem);
    expect(info?.start.getTime()).toBeGreaterThan(validFromDate.getTime());
    expect(info?.end.getTime()).toBeLessThan(validToDate.getTime());
    // Pebble asks to be asked again in six hours.
    expect(Math.round(((info?.checkAgainAt.getTime() ?? 0) - Date.now()) / 3_600_000)).toBe(6);

    const replaces = certificateId(first.certificateChainPem);
    const second = await order(['renewed.open.test'], { replaces });
    expect(second.isRenewal).toBe(true);
    const third = await order(['renewed.open.test'], { replaces });
    expect(third.isRenewal).toBe(false);
    expect(sentences.join(' ')).toMatch(/does not take the order as a renewal/);
  });

  test('of a certificate that was revoked is due at once', async () => {
    const { certificateChainPem, accountUrl } = await order(['revoked.open.test']);
    const { validFromDate, validToDate } = new X509Certificate(certificateChainPem);
    const wanted = {
      names: ['revoked.open.test'],
      keyType: 'ecdsa-p256',
      directoryUrl: bench.acme.directoryUrl,
    } as const;
    const id = certificateId(certificateChainPem);
    const current = { ...wanted, notBefore: validFromDate, notAfter: validToDate, certificateId: id };
    const look = async () => {
      const info = await renewalInfo(server(), certificateChainPem, signal);
      return decide({ current, wanted, stored: 'present', force: false, renewalInfo: info }, new Date());
    };
    expect((await look()).due).toBe(false);
    const connection = await connect(server(), signal);
    await connection.client(accountKey, { accountUrl }).revokeCertificate(certificateChainPem);
    connection.close();
    expect((await look()).due).toBe(true);
  });

  test('has no window where the authority’s answer is of no use', async () => {
    const { certificateChainPem } = await order(['window.open.test']);
    const answers = [
      '{"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-03T00:00:00Z"},"explanationURL":"https://ca.test/why"}',
      '{"suggestedWindow":{"start":"2026-01-03T00:00:00Z","end":"2026-01-02T00:00:00Z"}}',
      'nonsense',
    ];
    const found = [];
    for (const answer of answers) {
      await setRenewalInfo(bench.acme.pebble, certificateChainPem, answer);
      found.push(await renewalInfo(server(), certificateChainPem, signal));
    }
    expect(found[0]).toMatchObject({ start: new Date('2026-01-02'), explanationUrl: 'https://ca.test/why' });
    expect(found.slice(1)).toEqual([undefined, undefined]);
  });

  test('changes the account’s key, also when it was changed before', async () => {
    const [oldKey, newKey] = [await createPrivateKey('ecdsa-p256'), await createPrivateKey('rsa-2048')];
    const before = await order(['key.open.test'], { accountKey: oldKey });
    const change = { server: server(), accountKey: oldKey, newAccountKey: newKey, signal };
    expect(await rotateAccountKey(change)).toEqual({ accountUrl: before.accountUrl });
    expect(await rotateAccountKey(change)).toEqual({ accountUrl: before.accountUrl });
    const after = await order(['key.open.test'], { accountKey: newKey });
    expect(after.accountUrl).toBe(before.accountUrl);
  });
});
