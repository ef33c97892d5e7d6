import { describe, expect, test } from '@jest/globals';
import { acmeFailures } from './failures.ts';
import { checkCaa, findCaa, forbidden } from './caa.ts';
import type { CaaProperty } from './dns01/lookup.ts';

const property = (tag: string, value: string, isCritical = false): CaaProperty => ({ tag, value, isCritical });
const ask = (properties: CaaProperty[], isWildcard = false) =>
  forbidden(properties, { identities: ['letsencrypt.org'], isWildcard, accountUrl: 'https://ca.test/acct/1' });

describe('a CAA record set', () => {
  test.each<[string, CaaProperty[], boolean]>([
    ['that names the authority', [property('issue', 'letsencrypt.org')], false],
    ['that names it in capitals and with a parameter', [property('issue', 'LetsEncrypt.org ; x=y')], false],
    ['that names it beside others', [property('issue', 'pki.goog'), property('issue', 'letsencrypt.org')], false],
    ['that only says whom to tell', [property('iodef', 'mailto:a@b.test', true)], false],
    ['that only speaks of wildcards', [property('issuewild', 'pki.goog')], false],
    ['of issue, for a wildcard', [property('issue', 'letsencrypt.org')], true],
    [
      'of issuewild beside issue, for a wildcard',
      [property('issue', ';'), property('issuewild', 'letsencrypt.org')],
      true,
    ],
    ['that names the account', [property('issue', 'letsencrypt.org; accounturi=https://ca.test/acct/1')], false],
    ['that names the method', [property('issue', 'letsencrypt.org; validationmethods=http-01,dns-01')], false],
    [
      'with an unknown property that is not critical',
      [property('tbs', 'x'), property('issue', 'letsencrypt.org')],
      false,
    ],
  ])('%s lets it issue', (_, properties, isWildcard) => {
    expect(ask(properties, isWildcard)).toBeUndefined();
  });

  test.each<[string, CaaProperty[], boolean, RegExp]>([
    ['that names another one', [property('issue', 'pki.goog')], false, /lets only `pki\.goog` issue/],
    ['that names nobody', [property('issue', ';')], false, /lets only `;` issue/],
    [
      'that keeps wildcards from it',
      [property('issue', 'letsencrypt.org'), property('issuewild', ';')],
      true,
      /`issuewild`/,
    ],
    [
      'with an unknown critical property',
      [property('tbs', 'x', true), property('issue', 'letsencrypt.org')],
      false,
      /critical property `tbs`/,
    ],
    [
      'of another account',
      [property('issue', 'letsencrypt.org; accounturi=https://ca.test/acct/2')],
      false,
      /acct\/2 order/,
    ],
    ['of another method', [property('issue', 'letsencrypt.org;validationmethods=http-01')], false, /by http-01 only/],
  ])('%s forbids it', (_, properties, isWildcard, why) => {
    expect(ask(properties, isWildcard)).toMatch(why);
  });
});

test('the nearest name above that has records decides, and none above it is asked', async () => {
  const asked: string[] = [];
  const caa = (name: string) => {
    asked.push(name);
    return Promise.resolve(name === 'example.com' ? [property('issue', 'pki.goog')] : []);
  };
  expect(await findCaa('*.turn.example.com', { caa })).toMatchObject({ at: 'example.com' });
  expect(asked).toEqual(['turn.example.com', 'example.com']);
});

test('what the resolver does not answer is told, and forbids nothing', async () => {
  const caa = () => Promise.reject(acmeFailures.failure('dns', { what: 'The DNS did not answer.' }));
  const options = { identities: ['letsencrypt.org'], accountUrl: undefined, host: 'ca.test', lookup: { caa } };
  expect(await checkCaa(['a.test'], options)).toEqual(['CAA was not checked for a.test: The DNS did not answer.']);
});

test('a refusal says which record would help', async () => {
  const caa = () => Promise.resolve([property('issuewild', 'pki.goog')]);
  const options = { identities: ['letsencrypt.org'], accountUrl: undefined, host: 'ca.test', lookup: { caa } };
  await expect(checkCaa(['*.a.test'], options)).rejects.toMatchObject({
    code: 'LK-ACME-011',
    fix: expect.stringMatching(/Add `0 issuewild "letsencrypt\.org"` to the CAA records of a\.test/),
  });
});
