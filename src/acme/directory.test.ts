import { describe, expect, test } from '@jest/globals';
import { checkClock, checkProfile, directorySchema, directoryUrl } from './directory.ts';

const directory = (meta: object) =>
  directorySchema.parse({
    newNonce: 'https://ca.test/n',
    newAccount: 'https://ca.test/a',
    newOrder: 'https://ca.test/o',
    meta,
  });

test('a directory is named, or given by its https address', () => {
  expect(directoryUrl('letsencrypt')).toBe('https://acme-v02.api.letsencrypt.org/directory');
  expect(directoryUrl(' https://ca.test/acme/dir ')).toBe('https://ca.test/acme/dir');
  for (const wrong of ['', 'lets-encrypt', 'http://ca.test/dir', 'https://user:pw@ca.test/dir', 'toString']) {
    expect(() => directoryUrl(wrong)).toThrow(/is neither letsencrypt, letsencrypt-staging, google nor/);
  }
});

test('a directory without meta has no profiles, no CAA identities and needs no account of its own', () => {
  const { meta } = directorySchema.parse({
    newNonce: 'https://ca.test/n',
    newAccount: 'https://ca.test/a',
    newOrder: 'https://ca.test/o',
  });
  expect(meta).toEqual({ caaIdentities: [], externalAccountRequired: false, profiles: {} });
});

describe('a profile', () => {
  test('that is offered, or none, is fine', () => {
    const offered = directory({ profiles: { classic: 'x' } });
    expect(() => checkProfile(offered, 'ca.test', 'classic')).not.toThrow();
    expect(() => checkProfile(directory({}), 'ca.test', undefined)).not.toThrow();
  });

  test('that is not offered is refused with those that are', () => {
    const offered = directory({ profiles: { classic: 'x', tlsserver: 'y' } });
    expect(() => checkProfile(offered, 'ca.test', 'short')).toThrow(
      'ca.test has no profile `short`; it offers `classic`, `tlsserver`.',
    );
    expect(() => checkProfile(directory({}), 'ca.test', 'short')).toThrow(
      'ca.test offers no profiles, so `short` cannot be ordered.',
    );
  });
});

describe('the clock', () => {
  const now = new Date('2026-06-15T12:00:00Z');
  test.each([
    ['2026-06-15T12:04:59Z', undefined],
    ['2026-06-15T12:10:00Z', /is 10 min behind that of ca\.test \(2026-06-15T12:10:00\.000Z\)/],
    ['2026-06-14T12:00:00Z', /is 24 h ahead of that of ca\.test/],
  ])('of the server at %s', (date, says) => {
    const check = () => checkClock('ca.test', new Date(date), now);
    if (says === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(says);
  });

  test('of a server that tells none is not compared', () => {
    expect(() => checkClock('ca.test', undefined, now)).not.toThrow();
  });
});
