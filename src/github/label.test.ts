import { labelState } from './label.ts';
import { parseTimeline } from './timeline.ts';

const HEAD = 'a'.repeat(40);
const NEXT = 'b'.repeat(40);
const PLANNED = '2026-11-20T10:00:00.000Z';
const plan = { label: 'allow-destroy', headSha: HEAD, plannedAt: PLANNED };

const minute = (minutes: number) =>
  new Date(Date.parse(PLANNED) + minutes * 60_000).toISOString().replace('.000Z', 'Z');
const person = { login: 'mika', type: 'User' };
/** As GitHub's API has them; what is not used is there, too. */
const labeled = (minutes: number, more: object = {}) => ({
  id: 1,
  event: 'labeled',
  actor: person,
  commit_id: null,
  created_at: minute(minutes),
  performed_via_github_app: null,
  label: { name: 'allow-destroy', color: 'ff0000' },
  ...more,
});
const unlabeled = (minutes: number, more: object = {}) => ({ ...labeled(minutes, more), event: 'unlabeled' });
const committed = (sha: string) => ({
  event: 'committed',
  sha,
  author: { name: 'mika', date: '2020-01-01T00:00:00Z' },
  committer: { name: 'mika', date: '2020-01-01T00:00:00Z' },
});
const forced = (minutes: number) => ({
  event: 'head_ref_force_pushed',
  actor: person,
  commit_id: NEXT,
  created_at: minute(minutes),
});
const other = (event: string) => ({ event, actor: person, created_at: minute(3) });

describe('the label of a pull request', () => {
  test.each<[situation: string, events: object[], expected: object]>([
    ['never put on', [committed(HEAD)], { kind: 'missing' }],
    ['put on after the plan by a person', [committed(HEAD), labeled(5)], { kind: 'put', by: 'mika', at: minute(5) }],
    ['in other capitals', [committed(HEAD), labeled(5, { label: { name: 'Allow-Destroy' } })], { kind: 'put' }],
    ['another label', [committed(HEAD), labeled(5, { label: { name: 'allow-destroy-all' } })], { kind: 'missing' }],
    ['taken off again', [committed(HEAD), labeled(5), unlabeled(6)], { kind: 'missing' }],
    [
      'put on before the plan, taken off and put on after it',
      [committed(HEAD), labeled(-5), unlabeled(5), labeled(6)],
      { kind: 'put', at: minute(6) },
    ],
    [
      'another label taken off',
      [committed(HEAD), labeled(5), unlabeled(6, { label: { name: 'bug' } })],
      { kind: 'put' },
    ],
    [
      'put on before the plan was made',
      [committed(HEAD), labeled(-5)],
      { kind: 'void', why: /before the plan was made/ },
    ],
    [
      'put on in the second of the plan',
      [committed(HEAD), labeled(0)],
      { kind: 'void', why: /before the plan was made/ },
    ],
    [
      'put on by a bot',
      [committed(HEAD), labeled(5, { actor: { login: 'github-actions[bot]', type: 'Bot' } })],
      { kind: 'void', why: /github-actions\[bot\], which is no person/ },
    ],
    [
      'put on by what only its name gives away as a bot',
      [committed(HEAD), labeled(5, { actor: { login: 'ours[bot]', type: 'User' } })],
      { kind: 'void', why: /no person/ },
    ],
    [
      'put on by an app in a person’s name',
      [committed(HEAD), labeled(5, { performed_via_github_app: { slug: 'labeler', name: 'Labeler' } })],
      { kind: 'void', why: /the app labeler put it on in the name of mika/ },
    ],
    [
      'put on by an account that is gone',
      [committed(HEAD), labeled(5, { actor: null })],
      { kind: 'void', why: /account that put it on is gone/ },
    ],
    [
      'followed by another commit',
      [committed(HEAD), labeled(5), committed(NEXT)],
      { kind: 'void', why: /commit bbbbbbb was pushed after it was put on/ },
    ],
    ['followed by a force push', [committed(HEAD), labeled(5), forced(6)], { kind: 'void', why: /force-pushed after/ }],
    [
      'followed by a force push away from and back to the planned commit',
      [committed(HEAD), labeled(5), forced(6), forced(7)],
      { kind: 'void', why: /force-pushed after/ },
    ],
    ['after a force push', [committed(HEAD), forced(-6), labeled(5)], { kind: 'put' }],
    [
      'followed by a force push that the list has before it',
      [committed(HEAD), forced(6), labeled(5)],
      { kind: 'void', why: /force-pushed after/ },
    ],
    [
      'with the planned commit behind it, whose author’s clock is ahead',
      [labeled(5), committed(HEAD)],
      { kind: 'put', by: 'mika' },
    ],
    [
      'of a branch that does not have the planned commit',
      [committed(NEXT), labeled(5)],
      { kind: 'void', why: /planned commit aaaaaaa is not on the branch/ },
    ],
    [
      'among events of a merge queue, reviews and comments',
      [
        committed(HEAD),
        labeled(5),
        other('reviewed'),
        other('commented'),
        other('added_to_merge_queue'),
        other('merged'),
        other('closed'),
        { message: 'an item that has no event' },
      ],
      { kind: 'put', by: 'mika' },
    ],
    ['put on after the merge', [committed(HEAD), other('merged'), labeled(60)], { kind: 'put' }],
  ])('%s', (_situation, events, expected) => {
    const why = 'why' in expected ? { why: expect.stringMatching(expected.why as RegExp) as unknown } : {};
    expect(labelState(parseTimeline(events, 7), plan)).toMatchObject({ ...expected, ...why });
  });
});

describe('a timeline', () => {
  test.each<[string, unknown]>([
    ['a label event without its time', [{ ...labeled(5), created_at: undefined }]],
    ['a label event without its label', [{ ...labeled(5), label: undefined }]],
    ['a commit without its hash', [{ event: 'committed' }]],
    ['no list', { message: 'Not Found' }],
  ])('that has %s is not concluded from', (_what, events) => {
    expect(() => parseTimeline(events, 7)).toThrow(expect.objectContaining({ code: 'LK-GITHUB-011' }) as Error);
  });
});
