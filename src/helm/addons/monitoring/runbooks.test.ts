import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { monitoringFiles } from '../../../../scripts/monitoring.ts';

const FOLDER = 'helm/addons/monitoring/files/rules';
const groupSchema = z.object({ rules: z.array(z.object({ alert: z.string().optional(), expr: z.string() })) });
/** The one that the template writes, since absent() takes no list. */
const alerts = [
  'TargetAbsent',
  ...readdirSync(FOLDER).flatMap((file) =>
    groupSchema.parse(parse(readFileSync(join(FOLDER, file), 'utf8'))).rules.flatMap(({ alert }) => alert ?? []),
  ),
];

test('each alert has a section of the runbook, and no section is of an alert that is not there', () => {
  const page = readFileSync('docs/runbooks/alerts.md', 'utf8');
  const sections = page.split(/^## /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual([...alerts].sort());
  for (const section of sections) {
    expect(section).toMatch(/^\*\*Meaning\.\*\* \S/m);
    expect(section).toMatch(/^\*\*Cause\.\*\* \S/m);
    expect(section).toMatch(/^\*\*What to do\.\*\* \S/m);
  }
});

test('LiveKit’s gauges that are named like counters are given to no rate', () => {
  const gauges =
    /(rate|increase|irate)\(\s*(livekit_(room|participant|track_(published|subscribed))_total|turn_total_allocations)\b/;
  const texts = [
    ...readdirSync(FOLDER).map((file) => readFileSync(join(FOLDER, file), 'utf8')),
    ...monitoringFiles().values(),
  ];
  for (const text of texts) expect(text).not.toMatch(gauges);
  expect('rate(livekit_room_total[5m])').toMatch(gauges);
});

test('what is made from one source is fresh', () => {
  for (const [path, text] of monitoringFiles())
    expect([path, readFileSync(path, 'utf8') === text]).toEqual([path, true]);
});
