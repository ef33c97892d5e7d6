import { describe, expect, test } from '@jest/globals';
import { challengeName, followAliases } from './alias.ts';

const lookup = (aliases: Record<string, string>) => ({ cname: (name: string) => Promise.resolve(aliases[name]) });

test('a wildcard’s challenge is that of the name below it', () => {
  expect([challengeName('*.a.test'), challengeName('a.test')]).toEqual([
    '_acme-challenge.a.test',
    '_acme-challenge.a.test',
  ]);
});

describe('a challenge’s CNAMEs', () => {
  test('are followed to their end, into whatever zone', async () => {
    const aliases = { '_acme-challenge.a.test': 'a.keys.example', 'a.keys.example': 'b.other.example' };
    expect(await followAliases('_acme-challenge.a.test', lookup(aliases))).toBe('b.other.example');
    expect(await followAliases('_acme-challenge.b.test', lookup(aliases))).toBe('_acme-challenge.b.test');
  });

  test('that form a loop are told one by one', async () => {
    await expect(followAliases('a.test', lookup({ 'a.test': 'b.test', 'b.test': 'a.test' }))).rejects.toMatchObject({
      code: 'LK-ACME-016',
      message: 'The CNAME records of a.test form a loop: a.test -> b.test -> a.test.',
    });
  });

  test('that do not end are given up', async () => {
    const endless = { cname: (name: string) => Promise.resolve(`x.${name}`) };
    await expect(followAliases('a.test', endless)).rejects.toThrow(/are more than 10/);
  });
});
