import { parseAddons } from './addons.ts';

test('a line is a name, and where it lies if that is elsewhere', () => {
  const targets = parseAddons(['turn-server', 'gitops tools/argo application=chat revision=abc']);
  expect(targets).toEqual([
    { name: 'turn-server', namespace: 'nova-turn', release: 'turn-server', options: new Map() },
    {
      name: 'gitops',
      namespace: 'tools',
      release: 'argo',
      options: new Map([
        ['application', 'chat'],
        ['revision', 'abc'],
      ]),
    },
  ]);
});

test.each([
  ['turn', /there is no add-on turn; there are: turn-server/],
  ['constructor', /there is no add-on/],
  ['turn-server nova-turn', /neither namespace\/release/],
  ['turn-server a/b/c', /neither namespace\/release/],
  ['turn-server Nova/turn', /neither namespace\/release/],
])('%s is refused', (line, words) => {
  expect(() => parseAddons([line])).toThrow(words);
});

test('an add-on has one line', () => {
  expect(() => parseAddons(['monitoring', 'monitoring a/b'])).toThrow(/twice/);
});
