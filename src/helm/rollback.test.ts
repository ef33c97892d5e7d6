import { Failure } from '../failure/failure.ts';
import type { ReleaseHistory, Revision } from './release.ts';
import { target } from './rollback.ts';

const revision = (number: number, status: string): Revision => ({
  revision: number,
  updated: '2026-11-21T09:00:00Z',
  status,
  chart: 'livekit-server-1.9.0',
  description: '',
});
const history = (...statuses: string[]): ReleaseHistory => {
  const revisions = statuses.map((status, index) => revision(index + 1, status));
  return { revisions, latest: revisions.at(-1), deployed: revisions.findLast(({ status }) => status === 'deployed') };
};
const good = (number: number) => revision(number, 'superseded');

test.each([
  ['the last good one, when the present one is not', history('superseded', 'superseded', 'deployed'), good(1), 1],
  ['the one before, when the present one is good', history('superseded', 'superseded', 'deployed'), good(3), 2],
  ['one that failed is passed over', history('superseded', 'failed', 'deployed'), good(3), 1],
  ['what Helm calls deployed, when nothing is known', history('deployed', 'failed'), undefined, 1],
])('%s', (_what, known, lastGood, to) => {
  expect(target('livekit-server', known, lastGood, undefined).revision).toBe(to);
});

test('a revision that is asked for may be any earlier one', () => {
  expect(target('livekit-server', history('failed', 'deployed', 'deployed'), good(3), 1).revision).toBe(1);
});

test.each([
  [3, 'Revision 3 of livekit-server is the present one.'],
  [9, 'Revision 9 of livekit-server is not there.'],
])('revision %d is refused, and the history is shown', (wanted, words) => {
  const attempt = () => target('livekit-server', history('superseded', 'failed', 'deployed'), good(3), wanted);
  expect(attempt).toThrow(Failure);
  expect(attempt).toThrow(`${words} The history of livekit-server has 1 (superseded), 2 (failed), 3 (deployed).`);
});

test.each([history('deployed'), history('failed', 'deployed')])(
  'without an earlier good one it is refused',
  (known) => {
    const attempt = () => target('livekit-server', known, known.latest, undefined);
    expect(attempt).toThrow('No earlier revision of livekit-server has worked.');
  },
);
