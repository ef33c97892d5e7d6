import { jest } from '@jest/globals';
import { encodings, forgetSecrets, mask, redact } from '../runner/mask.ts';
import { estimateCost } from './cost/estimate.ts';
import { unitPrices } from './cost/unit-prices.ts';
import { annotate } from './annotate.ts';
import { type Json, type Marks, parsePlan, type PlanJson } from './plan-json.ts';
import { planModel } from './plan-model.ts';
import { type Report, summaryText } from './render/comment.ts';
import { renderPlan } from './render/plan.ts';
import type { PlanReport } from './render/report.ts';
import { DEPTHS } from './render/resources.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A secret of each shape, and how short it is: below six characters a marked value is only known where it stands alone. */
const SHAPES: Record<string, string> = {
  short: 'k7#Q',
  'of several lines': '-----BEGIN CANARY-----\ncanary-line-1-Zq8\ncanary-line-2-Wv3\n-----END CANARY-----\n',
  'with signs of regular expressions': 'can.*ary[$1](x|y)+\\d{2}^$&',
  'of base64': base64('canary \u0000\u0001\u0002 of bytes, not of a text \u00ff'),
  'URL-encoded': 'can%2Fary%20pass%3Dwörd%26x',
  'escaped for JSON': 'can"ary\\n\\u0041\t</script>\u2028end',
  'inside of a heredoc': 'canary in words of a heredoc',
  'like a number': '90071992547409931',
};

interface Spot {
  readonly after: Json;
  readonly marks?: Marks;
}

/** Where a secret may turn up, by nature of the place. `marked` is the one place that Terraform marks, if any. */
function planWith(secret: string, marked: boolean, within: boolean): PlanJson {
  const whole: Record<string, Spot> = {
    marked: {
      after: { input: secret, nested: [{ deep: { value: secret } }], other: 'x' },
      marks: marked ? markedAt() : {},
    },
    whole: {
      after: { output: secret, list: ['a', secret], map: { key: secret }, json: JSON.stringify({ a: secret }) },
    },
  };
  const longer: Record<string, Spot> = {
    text: {
      after: {
        script: `#!/bin/sh\ncat <<EOT\n  user: nova ${secret} end\nEOT\n`,
        address: `https://nova.example.com/?q=${encodeURIComponent(secret)}&r=1`,
        user_data: base64(`#cloud-config\n# ${secret}\n`),
        alone: base64(secret),
        hex: Buffer.from(secret).toString('hex'),
        document: JSON.stringify({ deep: [{ command: `run --with ${secret}` }] }),
        twice: JSON.stringify(JSON.stringify(secret)),
        [`label ${secret}`]: 'a key',
      },
    },
  };
  const resources = Object.entries(within ? { ...whole, ...longer } : whole);
  const text = JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: resources.flatMap(([name, { after, marks }]) => [
      change(`terraform_data.${name}`, ['create'], null, after, marks),
      change(`terraform_data.${name}_gone`, ['delete'], after, null, marks),
      change(`terraform_data.${name}_new`, ['delete', 'create'], { input: 'was' }, after, marks),
      change(
        within ? `terraform_data.keyed["${secret}"]` : 'terraform_data.keyed',
        ['update'],
        { a: 1 },
        { a: secret },
      ),
    ]),
    resource_drift: [change('terraform_data.drift', ['update'], { input: 'was' }, { input: secret })],
    output_changes: {
      unmarked: { actions: ['update'], before: 'was', after: secret },
      marked: { actions: ['create'], before: null, after: secret, after_sensitive: marked },
    },
    checks: [
      {
        address: { to_display: 'check.nova' },
        status: 'fail',
        instances: [{ status: 'fail', problems: [{ message: within ? `It was ${secret}.` : 'It was.' }] }],
      },
    ],
  });
  return parsePlan(text);
}

const markedAt = (): Marks => ({ input: true, nested: [{ deep: { value: true } }] });

const change = (address: string, actions: string[], before: Json, after: Json, marks: Marks = {}) => ({
  address,
  mode: 'managed',
  type: 'terraform_data',
  name: 'x',
  change: { actions, before, after, after_unknown: {}, before_sensitive: marks, after_sensitive: marks },
});

/** Everything that anyone gets to see: comment, summary and log. */
function everything(plan: PlanJson, secret: string, inWarnings: boolean): string {
  const warning = (detail: string) => ({ severity: 'warning' as const, summary: 'Odd', detail });
  const report: PlanReport = {
    environment: 'dev',
    model: planModel(plan, redact),
    cost: estimateCost(plan, unitPrices, redact),
    warnings: inWarnings ? [warning(`Argument ${secret} is odd`), warning(`${'x'.repeat(590)} ${secret}`)] : [],
    repositoryPath: 'terraform/environments/dev',
    origin: {
      commit: 'c'.repeat(40),
      commitUrl: 'https://github.example/c',
      engine: 'Terraform 1.11.4',
      stateSerial: 7,
      digest: '0'.repeat(64),
      planUri: 'gs://b/p',
      runUrl: 'https://github.example/r',
    },
  };
  const logged: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    logged.push(String(chunk));
    return true;
  });
  annotate(report.warnings, report.repositoryPath);
  write.mockRestore();
  const log = logged.join('').replaceAll('%25', '%').replaceAll('%0A', '\n').replaceAll('%0D', '\r');
  const told: Report = { kind: 'plan', report };
  const shown = [...DEPTHS.map((depth) => renderPlan(report, depth)), summaryText(told)].join('\n');
  return `${shown}\n${unescaped(shown)}\n${log}`;
}

/** As a browser shows it: escapes of markdown and entities of HTML taken off. */
function unescaped(markdown: string): string {
  return markdown
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll('\u200b', '');
}

/** The forms of the secret, its lines among them, that are in the text. */
const seen = (text: string, secret: string, shortest: number) =>
  encodings(secret).filter((form) => form.length >= shortest && text.includes(form));

describe.each(Object.entries(SHAPES))('a secret %s', (_shape, secret) => {
  afterEach(() => forgetSecrets());

  test('that is known is nowhere in comment, summary and log', () => {
    const write = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    mask(secret);
    write.mockRestore();
    const text = everything(planWith(secret, false, true), secret, true);
    expect(seen(text, secret, 4)).toEqual([]);
    expect(text).toContain('***');
  });

  test('that Terraform marks is nowhere in comment and summary, marked or not', () => {
    const isShort = secret.length < 6;
    const text = everything(planWith(secret, true, !isShort), secret, false);
    expect(seen(text, secret, isShort ? 4 : 6)).toEqual([]);
    expect(text).toContain('(sensitive)');
  });

  test('would be seen by this test', () => {
    const isShort = secret.length < 6;
    const text = everything(planWith(secret, false, !isShort), secret, false);
    // What looks random is hidden even when nobody knows of it.
    if (/^canary|^can/.test(secret) || isShort) expect(seen(text, secret, 4)).not.toEqual([]);
  });
});

test('a marked value of four or five characters is hidden where it stands alone, not inside of words', () => {
  const text = everything(
    parsePlan(
      JSON.stringify({
        format_version: '1.2',
        resource_changes: [
          change(
            'terraform_data.a',
            ['create'],
            null,
            { input: 'nova', alone: 'nova', name: 'nova-livekit' },
            { input: true },
          ),
          change('terraform_data.b', ['create'], null, { input: 'dev', alone: 'dev' }, { input: true }),
        ],
      }),
    ),
    'x',
    false,
  );
  expect(text).toContain('+ alone = "(sensitive)"');
  expect(text).toContain('"nova-livekit"');
  expect(text).toContain('+ alone = "dev"');
});
