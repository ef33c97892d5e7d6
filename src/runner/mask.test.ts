import { jest } from '@jest/globals';

const setSecret = jest.fn<(secret: string) => void>();
jest.unstable_mockModule('@actions/core', () => ({ setSecret }));
const { forgetSecrets, mask, redact } = await import('./mask.ts');

beforeEach(() => {
  setSecret.mockClear();
  forgetSecrets();
});

const SECRET = 'pa$$w.rd+[x]/ü"\\q';

describe('redact', () => {
  const forms: [string, string][] = [
    ['raw', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['in JSON', JSON.stringify({ key: SECRET })],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64url', Buffer.from(SECRET).toString('base64url')],
    ['hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['base64 behind one byte', Buffer.from(`k${SECRET}`).toString('base64')],
    ['base64 behind two bytes', Buffer.from(`k:${SECRET}`).toString('base64')],
    ['base64 within more', Buffer.from(`key: ${SECRET}\nother: 1\n`).toString('base64')],
    ['base64url behind one byte', Buffer.from(`k${SECRET}`).toString('base64url')],
    ['base64url behind two bytes', Buffer.from(`k:${SECRET}`).toString('base64url')],
    ['base64 without padding', Buffer.from(SECRET).toString('base64').replace(/=+$/, '')],
    ['hexadecimal in capitals', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['URL-encoded with small digits', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ key: SECRET }))],
  ];
  test.each(forms)('removes a secret %s', (_name, text) => {
    mask(SECRET);
    const shown = redact(`before ${text} after`);
    expect(shown).toContain('***');
    expect(shown).not.toContain(text);
    expect(shown).toMatch(/^before .* after$/s);
  });

  test.each([
    ['the signs that encodeURIComponent leaves', "it's (a) *secret*!", 'it%27s%20%28a%29%20%2Asecret%2A%21'],
    ['a blank in a form', 'sword fish 1', 'sword+fish+1'],
    ['what Go escapes in JSON', 'a<b>&c-secret', '"a\\u003cb\\u003e\\u0026c-secret"'],
    ['half of a surrogate pair, which no URL can hold', 'sword\ud83dfish', 'sword\ud83dfish'],
  ])('knows %s', (_name, secret, text) => {
    mask(secret);
    expect(redact(text).replace(/["]/g, '')).toBe('***');
  });

  test('leaves only the edges of a secret of more bytes than characters, whichever its alignment', () => {
    mask('ключ-секрет');
    for (const before of ['', 'a', 'ab'])
      expect(
        redact(Buffer.from(`${before}ключ-секрет`).toString('base64'))
          .replace('***', '')
          .replace(/=+$/, '').length,
      ).toBeLessThan(5);
  });

  test('removes base64 that is broken into lines', () => {
    const secret = 'correct horse battery staple, '.repeat(6);
    mask(secret);
    const text = Buffer.from(secret.trim()).toString('base64');
    for (const length of [64, 76]) {
      const lines = text.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
      expect(redact(lines.join('\n'))).toBe(lines.map(() => '***').join('\n'));
    }
  });

  test('removes what two secrets cover together', () => {
    mask('overlap-one');
    mask('one-of-two');
    expect(redact('x overlap-one-of-two x')).toBe('x *** x');
  });

  test('removes each line of a secret of several lines', () => {
    mask('-----BEGIN-----\nabcdefgh\n-----END-----\n');
    expect(redact('line abcdefgh')).toBe('line ***');
  });

  test('leaves everything else alone', () => {
    mask(SECRET);
    expect(redact('nothing to see')).toBe('nothing to see');
  });

  test('does not blank the log for parts shorter than four characters', () => {
    mask('abc');
    expect(redact('abc abc')).toBe('abc abc');
    expect(setSecret).not.toHaveBeenCalled();
  });
});

test('mask tells the runner every form that fits on a line, once', () => {
  mask(SECRET);
  const first = setSecret.mock.calls.map(([form]) => form);
  expect(first).toEqual(
    expect.arrayContaining([SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')]),
  );
  expect(new Set(first).size).toBe(first.length);
  mask(SECRET);
  expect(setSecret).toHaveBeenCalledTimes(first.length);
});
