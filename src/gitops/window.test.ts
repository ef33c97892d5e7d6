import { application } from './application.fixture.ts';
import { appProjects } from './application.ts';
import { closedWindow, isActive } from './window.ts';

function windows(...given: object[]) {
  return appProjects.schema.parse({ metadata: { name: 'x' }, spec: { syncWindows: given } }).spec.syncWindows;
}
const active = (schedule: string, duration: string, at: string, timeZone = '') =>
  windows({ kind: 'allow', schedule, duration, timeZone }).map((window) => isActive(window, new Date(at)))[0];

test.each([
  // 2026-11-21 is a Saturday.
  ['0 22 * * *', '1h', '2026-11-21T22:00:00Z', true],
  ['0 22 * * *', '1h', '2026-11-21T22:59:59Z', true],
  ['0 22 * * *', '1h', '2026-11-21T23:00:00Z', false],
  ['0 22 * * *', '1h', '2026-11-21T21:59:59Z', false],
  ['0 22 * * *', '8h30m', '2026-11-22T06:29:00Z', true],
  ['0 8 * * 1-5', '10h', '2026-11-21T09:00:00Z', false],
  ['0 8 * * MON-FRI', '10h', '2026-11-20T09:00:00Z', true],
  ['0 0 * * 5', '48h', '2026-11-21T12:00:00Z', true],
  ['*/15 * * * *', '5m', '2026-11-21T10:31:00Z', true],
  ['*/15 * * * *', '5m', '2026-11-21T10:36:00Z', false],
  ['0 0 21 11 *', '24h', '2026-11-21T10:00:00Z', true],
  ['0 0 1 * 6', '24h', '2026-11-21T10:00:00Z', true],
  ['0 0 1 jan,nov ?', '24h', '2026-11-21T10:00:00Z', false],
  ['@daily', '1h', '2026-11-21T00:30:00Z', true],
  ['nonsense', '1h', '2026-11-21T00:30:00Z', false],
  ['0 0 * * 9', '24h', '2026-11-21T00:30:00Z', false],
])('%s for %s at %s: %s', (schedule, duration, at, expected) => {
  expect(active(schedule, duration, at)).toBe(expected);
});

test('a window is of its time zone', () => {
  expect(active('0 9 * * *', '1h', '2026-11-21T00:30:00Z', 'Asia/Tokyo')).toBe(true);
  expect(active('0 9 * * *', '1h', '2026-11-21T09:30:00Z', 'Asia/Tokyo')).toBe(false);
});

describe('syncs', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  const day = { schedule: '0 0 * * *', duration: '24h', applications: ['*'] };
  const night = { schedule: '0 22 * * *', duration: '1h', applications: ['*'] };
  const closed = (...given: object[]) => closedWindow(windows(...given), application(), now);

  test('are free without a window, or with one of another application', () => {
    expect(closed()).toBeUndefined();
    expect(closed({ ...day, kind: 'deny', applications: ['livekit-*'] })).toBeUndefined();
    expect(closed({ ...day, kind: 'deny', applications: [] })).toBeUndefined();
  });
  test('are free in an open window, and closed outside of all', () => {
    expect(closed({ ...day, kind: 'allow' })).toBeUndefined();
    expect(closed({ ...night, kind: 'allow' })).toMatch(/allowed in `0 22 \* \* \*` for 1h \(UTC\) only/);
    expect(closed({ ...night, kind: 'allow' }, { ...day, kind: 'allow' })).toBeUndefined();
  });
  test('are closed by a denial, whatever else is open', () => {
    expect(
      closed({ ...day, kind: 'allow' }, { ...day, kind: 'deny', namespaces: ['nova-*'], applications: [] }),
    ).toMatch(/denies/);
    expect(closed({ ...night, kind: 'deny' })).toBeUndefined();
  });
  test('are found by all of a window’s lists where it says so', () => {
    const both = { ...day, kind: 'deny', namespaces: ['other'] };
    expect(closed(both)).toMatch(/denies/);
    expect(closed({ ...both, andOperator: true })).toBeUndefined();
  });
});
