import { describe, expect, test } from '@jest/globals';
import { checks } from './checks/index.ts';
import type { Check } from './check.ts';
import { select } from './select.ts';

const named = (id: string, tags: string[] = [], needs: string[] = []): Check => ({
  id,
  title: id,
  proves: id,
  tags,
  needs,
  timeoutSeconds: 1,
  run: async () => ({ verdict: 'pass', evidence: '' }),
});
const list = [
  named('cluster', ['base']),
  named('pods', ['base'], ['cluster']),
  named('call', ['media'], ['pods']),
  named('dns'),
];
const ids = (chosen: readonly Check[]) => chosen.map(({ id }) => id);

describe('selection', () => {
  test('nothing wanted means all', () => expect(ids(select(list, []))).toEqual(['cluster', 'pods', 'call', 'dns']));
  test('an id brings all that it needs, in the list’s order', () =>
    expect(ids(select(list, ['call']))).toEqual(['cluster', 'pods', 'call']));
  test('a tag brings all that have it', () =>
    expect(ids(select(list, ['base', 'dns']))).toEqual(['cluster', 'pods', 'dns']));
  test('a word that names nothing is refused with what there is', () =>
    expect(() => select(list, ['pod'])).toThrow(
      expect.objectContaining({ code: 'LK-VERIFY-002', fix: expect.stringContaining('cluster, pods, call, dns') }),
    ));
});

describe('the registered checks', () => {
  test('have unique ids of lower-case words', () => {
    const all = ids(checks);
    expect(new Set(all).size).toBe(all.length);
    for (const id of all) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test('have no tag that is also an id: a word would mean one check and several', () => {
    const all = ids(checks);
    expect(checks.flatMap(({ tags }) => tags).filter((tag) => all.includes(tag))).toEqual([]);
  });

  test('need only checks that are listed before them, so there is no cycle', () => {
    checks.forEach((check, index) => {
      for (const id of check.needs) expect(ids(checks.slice(0, index))).toContain(id);
    });
  });
});
