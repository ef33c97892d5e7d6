import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { judgeSeries, RULE_SERIES } from './alert-series.ts';

const RULES = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../../helm/charts/livekit-gke/files/rules/livekit.yaml',
);
const page = RULE_SERIES.flatMap(({ name, label, values = [''] }) =>
  values.map((value) => `${name}{node_id="ND_1"${label === undefined ? '' : `,${label}="${value}"`}} 1`),
);

describe('alert-series', () => {
  test('the list has every series that a rule of the chart uses, and no other', () => {
    const rules = readFileSync(RULES, 'utf8').replace(/^#.*$/gm, '');
    const used = new Set([...rules.matchAll(/\b(livekit_\w+)\{/g)].map(([, name]) => name));
    expect(new Set(RULE_SERIES.map(({ name }) => name))).toEqual(used);
  });

  test('every label value that it looks for is one that a rule chooses by', () => {
    const rules = readFileSync(RULES, 'utf8');
    const chosen = [...rules.matchAll(/state=(~?)"([^"]+)"/g)].map(
      ([, like, text = '']) => new RegExp(`^(${like === '~' ? text : text.replace(/\W/g, '\\$&')})$`),
    );
    for (const value of RULE_SERIES.flatMap(({ values = [] }) => values)) {
      expect(chosen.some((one) => one.test(value))).toBe(true);
    }
  });

  test('passes when each pod has all of them', () =>
    expect(judgeSeries([{ pod: 'a', body: page.join('\n') }])).toMatchObject({ verdict: 'pass' }));

  test.each(RULE_SERIES.filter(({ comesWithLoss }) => comesWithLoss === undefined).map(({ name }) => name))(
    'fails by name without %s',
    (name) => {
      const body = page.filter((line) => !line.startsWith(`${name}{`)).join('\n');
      expect(
        judgeSeries([
          { pod: 'a', body: page.join('\n') },
          { pod: 'b', body },
        ]),
      ).toMatchObject({
        verdict: 'fail',
        evidence: `b serves no ${name} after a call on it.`,
      });
    },
  );

  test('fails by name without a label value that a rule chooses by', () =>
    expect(
      judgeSeries([{ pod: 'a', body: page.filter((line) => !line.includes('rtc_init')).join('\n') }]),
    ).toMatchObject({
      evidence: 'a serves no livekit_participant_join_total with state rtc_init after a call on it.',
    }));
});
