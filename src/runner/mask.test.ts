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
  ];
  test.each(forms)('removes a secret %s', (_name, text) => {
    mask(SECRET);
    const shown = redact(`before ${text} after`);
    expect(shown).toContain('***');
    expect(shown).not.toContain(text);
    expect(shown).toMatch(/^before .* after$/s);
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
