import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { dashboards } from '../../../../scripts/dashboards/index.ts';
import { KNOWN_SERIES, seriesIn } from './known-series.fixture.ts';

const FOLDER = 'helm/addons/monitoring/files/rules';
const groupSchema = z.object({ rules: z.array(z.object({ record: z.string().optional(), expr: z.string() })) });
const rules = readdirSync(FOLDER).flatMap(
  (file) => groupSchema.parse(parse(readFileSync(join(FOLDER, file), 'utf8').replaceAll(/\$\{\w+\}/g, '1'))).rules,
);
const known = new Set([...Object.values(KNOWN_SERIES).flat(), ...rules.flatMap(({ record }) => record ?? [])]);

describe('the series in an expression', () => {
  test.each([
    ['sum by (pod, le) (rate(a_total{b="c_d",e=~"f|g"}[5m])) / 2', ['a_total']],
    ['a:b:c > 1 unless on (x) max_over_time(d[10m]) > 0', ['a:b:c', 'd']],
    ['label_replace(min by (cn) (e), "target", "$1", "cn", "(.*)") - time()', ['e']],
    ['histogram_quantile(0.95, f_bucket)', ['f_bucket']],
    ['vector(1)', []],
  ])('%s', (expression, names) => expect(seriesIn(expression)).toEqual(names));
});

test('every rule asks for series that some target serves', () => {
  for (const { expr } of rules) expect([expr, seriesIn(expr).filter((name) => !known.has(name))]).toEqual([expr, []]);
});

test('so does every panel of every dashboard', () => {
  const panels = dashboards.flatMap(({ title, panels: all }) =>
    all.flatMap((panel) => ('targets' in panel ? panel.targets.map(({ expr }) => ({ title, expr })) : [])),
  );
  expect(panels.length).toBeGreaterThan(40);
  for (const { title, expr } of panels) {
    const names = seriesIn(expr);
    expect([title, expr, names.length > 0, names.filter((name) => !known.has(name))]).toEqual([title, expr, true, []]);
  }
});

test('the scrape configuration keeps what of the nodes is asked for', () => {
  const template = readFileSync('helm/addons/monitoring/templates/_prometheus.tpl', 'utf8');
  const kept = [...template.matchAll(/source_labels: \[__name__\], regex: '([^']+)', action: keep/g)].map(
    ([, pattern = '']) => new RegExp(`^(${pattern})$`),
  );
  expect(kept).toHaveLength(2);
  for (const name of KNOWN_SERIES['nodes'] ?? []) {
    expect([name, kept.some((pattern) => pattern.test(name))]).toEqual([name, true]);
  }
});
