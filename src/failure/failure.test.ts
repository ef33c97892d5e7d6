import { catalogue, Failure, reason } from './failure.ts';

const failures = catalogue('TEST', {
  late: { number: 7, title: 'Late', why: 'The train was full.', fix: 'Take the next one.' },
});

describe('catalogue', () => {
  test('gives each failure a code of its area and number', () => {
    expect(failures.code('late')).toBe('LK-TEST-007');
    expect(failures.failure('late', { what: 'It came at nine.' }).code).toBe('LK-TEST-007');
  });

  test('takes why and fix from the catalogue unless the place knows better', () => {
    const general = failures.failure('late', { what: 'It came at nine.' });
    expect(general).toMatchObject({
      message: 'It came at nine.',
      why: 'The train was full.',
      fix: 'Take the next one.',
    });
    const exact = failures.failure('late', { what: 'It came at nine.', fix: 'Walk.' });
    expect(exact).toMatchObject({ why: 'The train was full.', fix: 'Walk.' });
  });

  test('keeps what caused it', () => {
    const cause = new Error('snow');
    expect(failures.failure('late', { what: 'It came at nine.', cause }).cause).toBe(cause);
  });
});

describe('reason', () => {
  test.each([
    ['an error', new Error('no such host'), 'no such host'],
    [
      'an error with a cause',
      new Error('fetch failed', { cause: new Error('ECONNREFUSED') }),
      'fetch failed: ECONNREFUSED',
    ],
    [
      'a cause that the message names already',
      new Error('fetch failed: timeout', { cause: new Error('timeout') }),
      'fetch failed: timeout',
    ],
    ['several errors', new AggregateError([new Error('first'), new Error('second')]), 'first'],
    ['a text over lines', new Error('one\n  two'), 'one two'],
    ['an error without words', new TypeError(''), 'TypeError'],
    ['no error at all', 'plain', 'plain'],
    ['a failure', new Failure('LK-X-001', { what: 'It broke.', why: '', fix: '' }), 'It broke.'],
  ])('says %s in one line', (_name, thrown, words) => {
    expect(reason(thrown)).toBe(words);
  });
});
