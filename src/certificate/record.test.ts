import { jest } from '@jest/globals';

jest.unstable_mockModule('@actions/core', () => ({ setSecret: () => undefined }));
const { EMPTY_RECORD, withFailure, withoutFailures, withOrder } = await import('./record.ts');
const { FAILURES_FOR_ISSUE, failureEntry, tellTrouble, troubleBody } = await import('./trouble.ts');
const { certificateFailures } = await import('./failures.ts');

afterEach(() => {
  delete process.env['GITHUB_ACTION_REPOSITORY'];
  delete process.env['GITHUB_ACTION_REF'];
});

const at = (day: number) => new Date(Date.UTC(2026, 10, day));
const order = (day: number) => ({
  at: at(day).toISOString(),
  names: ['turn.nova.dev'],
  outcome: 'issued' as const,
  isRenewal: false,
  directoryUrl: 'https://acme.test/dir',
});

test('orders are kept for as long as an authority may count them', () => {
  const record = [1, 2, 40].reduce((present, day) => withOrder(present, order(day)), EMPTY_RECORD);
  expect(record.orders.map((each) => each.at)).toEqual([at(40).toISOString()]);
  expect(withOrder(withOrder(EMPTY_RECORD, order(20)), order(21)).orders).toHaveLength(2);
});

test('failures are counted for each certificate until one run is well, and the authority’s time is kept', () => {
  const entry = failureEntry(certificateFailures.failure('busy', { what: 'Busy.' }), at(3));
  let record = withFailure(EMPTY_RECORD, 'turn', { ...entry, tryAgainAt: at(5) });
  record = withFailure(withFailure(record, 'turn', entry), 'gateway', entry);
  expect(record.failures['turn']).toHaveLength(2);
  expect(record.failures['turn']?.[0]).toEqual({ at: at(3).toISOString(), code: 'LK-CERT-010', message: 'Busy.' });
  expect(record.notBefore).toEqual({ turn: at(5).toISOString() });
  const well = withoutFailures(record, 'turn');
  expect([Object.keys(well.failures), well.notBefore]).toEqual([['gateway'], {}]);
});

test('one failure is nobody’s news, a second one opens an issue that quotes it as plain text', async () => {
  const failures = [1, 2].map((day) => ({
    at: at(day).toISOString(),
    code: 'LK-ACME-010',
    message: 'No TXT for <b>x</b> @ada.',
  }));
  const trouble = {
    environment: 'prd',
    secretName: 'livekit-turn-tls-prd',
    key: 'livekit-turn-tls-prd',
    failures,
    runUrl: 'https://x/runs/7',
    notAfter: at(30),
  };
  expect(FAILURES_FOR_ISSUE).toBe(2);
  const github = { call: () => Promise.reject(new Error('was asked')) } as never;
  expect(await tellTrouble(github, { ...trouble, failures: failures.slice(1) })).toBeUndefined();
  await expect(tellTrouble(github, trouble)).rejects.toThrow('was asked');
  const body = troubleBody(trouble);
  expect(body).toContain('could not be renewed 2 times in a row. The present one serves until **2026-11-30**.');
  expect(body).toContain('&lt;b&gt;x&lt;/b&gt; @\u200bada');
  expect(body).toContain(' UTC: <code>LK-ACME-010</code> No TXT');
  process.env['GITHUB_ACTION_REPOSITORY'] = 'org/livekit-gke';
  process.env['GITHUB_ACTION_REF'] = 'v1';
  const docs = 'https://github.com/org/livekit-gke/blob/v1/docs';
  expect(troubleBody(trouble)).toContain(`[<code>LK-ACME-010</code>](${docs}/messages.md#lk-acme-010) No TXT`);
  expect(troubleBody(trouble)).toContain(`(${docs}/runbooks/turn-certificate.md) leads through it.`);
});
