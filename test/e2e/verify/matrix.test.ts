import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { checks } from '../../../src/verify/checks/index.ts';
import { FAULTS, ROUNDS } from './faults.ts';
import { expectedOf, renderMatrix } from './matrix.ts';

const page = join(dirname(fileURLToPath(import.meta.url)), '../../../docs/verify-faults.md');

describe('the matrix of faults and checks', () => {
  test('the page in docs is what the scenario expects of each fault', () => {
    const expected = FAULTS.map((fault) => expectedOf(fault, checks));
    expect(readFileSync(page, 'utf8')).toBe(renderMatrix(FAULTS, expected, checks));
  });

  test('what needs a check that fails is skipped, however far', () => {
    const down = FAULTS.find(({ id }) => id === 'balancer-down');
    if (down === undefined) throw new Error('no such fault');
    expect(expectedOf(down, checks).verdicts).toMatchObject({
      signal: 'fail',
      'signal-join': 'skip',
      'media-udp': 'skip',
      'alert-series': 'skip',
    });
  });

  test('every fault has its name once, and names checks that there are', () => {
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
    const ids = checks.map(({ id }) => id);
    for (const { expected } of FAULTS) for (const id of Object.keys(expected)) expect(ids).toContain(id);
  });

  test('faults of one round touch each other’s checks nowhere', () => {
    for (const round of ROUNDS) {
      const touched = round.flatMap((fault) => Object.keys(expectedOf(fault, checks).verdicts));
      expect(new Set(touched).size).toBe(touched.length);
    }
  });
});
