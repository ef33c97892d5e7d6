import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import { forgetSecrets, mask } from '../../runner/mask.ts';
import type { PlanReport } from './report.ts';
import { parsePlan } from '../plan-json.ts';
import { planModel } from '../plan-model.ts';
import { commentHead, commentSection, summaryText } from './comment.ts';
import { renderApply, renderFailure, renderPlan } from './plan.ts';
import { DEPTHS } from './resources.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
/** All plans that the real Terraform and OpenTofu made. */
const NAMES = readdirSync(FIXTURES).flatMap((file) => (file.endsWith('.json') ? [file.replace(/\.json$/, '')] : []));
const read = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');

function reportOf(name: string, change: (plan: Record<string, unknown>) => void = () => undefined): PlanReport {
  const plan = JSON.parse(read(`${name}.json`)) as Record<string, unknown>;
  change(plan);
  return {
    environment: 'dev',
    model: planModel(parsePlan(JSON.stringify(plan)), (text) => text.replaceAll(/known-secret-value-\w+/g, '***')),
    warnings: [],
    repositoryPath: 'terraform/environments/dev',
    origin: {
      commit: 'a1b2c3d4e5'.repeat(4),
      commitUrl: 'https://github.example/nova/livekit/commit/a1b2c3d',
      engine: 'Terraform 1.11.4',
      stateSerial: 7,
      digest: '0f'.repeat(32),
      planUri: 'gs://nova-livekit-dev-terraform-state/livekit/dev/plans/a1b2c3d/42-1.tfplan',
      runUrl: 'https://github.example/nova/livekit/actions/runs/42',
    },
  };
}

/** A plan with `count` resources, the fixture's own again and again. */
const large = (count: number) =>
  reportOf('google', (plan) => {
    const few = plan['resource_changes'] as { address: string }[];
    plan['resource_changes'] = Array.from({ length: count }, (_, index) => {
      const one = few[index % few.length];
      return { ...one, address: `${one?.address ?? ''}["${index}"]` };
    });
  });

/** Fences and details that are open at the end of a text, as GitHub reads it. */
function leftOpen(markdown: string): string[] {
  const open: string[] = [];
  for (const line of markdown.split('\n')) {
    const fence = /^(`{3,})(\w*)$/.exec(line);
    const top = open.at(-1);
    if (top?.startsWith('`')) {
      if (fence?.[2] === '' && (fence[1]?.length ?? 0) >= top.length) open.pop();
      continue;
    }
    if (fence?.[1] !== undefined) open.push(fence[1]);
    for (const [tag] of line.matchAll(/<\/?details/g)) {
      if (tag === '<details') open.push('details');
      else if (open.pop() !== 'details') return ['a tag closed that was not open'];
    }
  }
  return open;
}

describe('the comment of', () => {
  test.each(NAMES)('the plan %s is as reviewed', (name) => {
    const golden = join(FIXTURES, `${name}.md`);
    const text = `${renderPlan(reportOf(name), 'full')}\n`;
    // UPDATE_GOLDEN=1 writes them anew; the diff is for review.
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  test('a plan without a single mark left open, whatever is in it and how much is told', () => {
    for (const name of NAMES)
      for (const depth of DEPTHS)
        expect([name, depth, leftOpen(renderPlan(reportOf(name), depth))]).toEqual([name, depth, []]);
  });
});

describe('a warning', () => {
  const at = (line: number) => ({
    severity: 'warning' as const,
    summary: 'Argument is deprecated',
    detail: 'Use `labels` instead.',
    range: { filename: 'main.tf', start: { line } },
    snippet: { context: 'resource "x" "y"', code: '  password = "swordfish-in-code"' },
  });
  const warned = (...lines: number[]) => renderPlan({ ...reportOf('nothing'), warnings: lines.map(at) }, 'full');

  test('links to its line at the planned commit', () => {
    expect(warned(12)).toContain(
      '- ⚠️ **Argument is deprecated** in [<code>terraform/environments/dev/main.tf:12</code>](https://github.example/nova/livekit/blob/a1b2c3d/terraform/environments/dev/main.tf#L12): Use <code>labels</code> instead.',
    );
  });

  test('about many lines is said once', () => {
    const text = warned(1, 2, 3, 4, 5, 6, 7);
    expect(text.match(/is deprecated/g)).toHaveLength(1);
    expect(text).toContain('main.tf#L5) and 2 more places: Use');
  });

  test('shows the lines without what looks like a secret', () => {
    expect(warned(12)).toContain('  password = (hidden)');
    expect(warned(12)).not.toContain('swordfish');
  });

  test('stands before the changes, after what the guards found', () => {
    const guards = [{ kind: 'policy', address: 'a.b', message: 'No.', level: 'block' }] as const;
    const text = renderPlan({ ...reportOf('google'), warnings: [at(1)], guards }, 'full');
    const places = ['[!CAUTION]', 'is deprecated', '**Destroyed**'].map((part) => text.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });
});

describe('a plan that is not of everything', () => {
  test('says why', () => {
    const text = renderPlan({ ...reportOf('google'), exception: 'The *disk* is full.' }, 'counts');
    expect(text).toContain('> [!IMPORTANT]\n> **An exception:** The \\*disk\\* is full.');
  });

  test('counts what is deferred, and tells it folded', () => {
    const text = renderPlan(
      reportOf('nothing', (plan) => {
        const change = { actions: ['create'], after: {} };
        plan['complete'] = false;
        plan['deferred_changes'] = [{ reason: 'absent_prereq', resource_change: { address: 'a.b', change } }];
      }),
      'full',
    );
    expect(text).toContain('dev: 1 deferred');
    expect(text).toContain('+   a.b  # something that it needs is not there yet');
    expect(text).toContain('plan again');
    expect(leftOpen(text)).toEqual([]);
  });
});

test('a plan to destroy and one for drift say so in their title', () => {
  expect(renderPlan({ ...reportOf('google'), mode: 'destroy' }, 'full')).toMatch(
    /^### 🔴 dev: destroy everything: 1 to/,
  );
  expect(renderPlan({ ...reportOf('google'), mode: 'drift' }, 'full')).toMatch(/^### 🔴 dev: drift: 1 to/);
});

describe('the order', () => {
  test('is destroyed, replaced, changed, created', () => {
    const text = renderPlan(reportOf('google'), 'full');
    const places = ['**Destroyed**', '**Replaced**', '**Changed in place**', '<b>Created</b>'].map((title) =>
      text.indexOf(title),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });
});

describe('the size', () => {
  test('of a large plan stays within what is left, with the gravest still told', () => {
    const report = { kind: 'plan', report: large(2_000) } as const;
    for (const space of [65_000, 21_000, 6_000, 700]) {
      const { body } = commentSection(report)(space);
      expect(body.length).toBeLessThanOrEqual(space);
      expect(leftOpen(body)).toEqual([]);
      expect(body).toContain('334 to destroy, 333 to replace');
    }
  });

  test('is never made less than the room allows', () => {
    for (const name of NAMES) {
      const texts = DEPTHS.map((depth) => renderPlan(reportOf(name), depth));
      for (const text of texts) {
        const fullest = texts.find(({ length }) => length <= text.length);
        const { body } = commentSection({ kind: 'plan', report: reportOf(name) })(text.length);
        expect([name, body]).toEqual([name, fullest]);
      }
    }
  });

  test('falls away altogether rather than over the limit, and the row in the table stays', () => {
    const { body, cells } = commentSection({ kind: 'plan', report: large(10) })(50);
    expect(body).toBe('');
    expect(cells[0]).toBe('🔴');
  });

  test('of the summary stays under 1 MiB', () => {
    expect(Buffer.byteLength(summaryText({ kind: 'plan', report: large(10_000) }))).toBeLessThan(1024 * 1024);
  });
});

test('the head has a row for each environment', () => {
  const { cells } = commentSection({ kind: 'plan', report: reportOf('google') })(65_000);
  const text = commentHead([{ key: 'dev', cells, body: '' }]);
  expect(text).toContain('| 🔴 | **dev** | **1** | **1** | **2** | **1** | [planned](');
});

describe('a known secret with signs of markdown in it', () => {
  const SECRET = 'pass_word*in|text';
  beforeAll(() => mask(SECRET));
  afterAll(() => forgetSecrets());

  test('is not shown by a warning, wherever it is cut', () => {
    const warnings = [580, 10].map((length) => ({
      severity: 'warning' as const,
      summary: 'Odd',
      detail: `${'x'.repeat(length)} ${SECRET}`,
    }));
    const text = renderPlan({ ...reportOf('nothing'), warnings }, 'full');
    expect(text).toContain('x \\*\\*\\*');
    expect(text).not.toMatch(/pass/);
  });

  test('nor by a failure, whose message may have lines', () => {
    const failure = new Failure('LK-TF-004', { what: `It broke:\n${SECRET}`, why: 'Quota.', fix: 'Ask.' });
    const text = renderFailure({ environment: 'dev', doing: 'plan', failure, runUrl: 'u' });
    expect(text).toContain('It broke: \\*\\*\\*\n\nWhy: Quota.  \nFix: Ask.');
    expect(text).not.toContain('pass');
  });
});

describe('after the apply', () => {
  const apply = {
    plan: reportOf('google'),
    runUrl: 'https://x/run',
    durationSeconds: 192.4,
    outputsUri: 'gs://b/outputs.json',
  };

  test('the comment says what was done and how long it took', () => {
    const text = renderApply({ ...apply, result: { kind: 'applied' } }, 'full');
    expect(text).toContain('### ✅ dev: applied');
    expect(text).toContain('1 destroyed, 1 replaced, 2 changed, 1 created in 3 min 12 s');
    expect(leftOpen(text)).toEqual([]);
  });

  test('a failure is told with code, cause and fix', () => {
    const failure = new Failure('LK-TF-004', {
      what: 'It *broke*.',
      why: 'Quota.',
      fix: 'Ask for more.',
      evidence: '```\n</details>',
    });
    const text = renderApply({ ...apply, result: { kind: 'failed', failure } }, 'full');
    for (const part of ['### ❌ dev: apply failed', '**LK-TF-004** It \\*broke\\*.', 'Quota.', 'Ask for more.'])
      expect(text).toContain(part);
    expect(leftOpen(text)).toEqual([]);
    expect(leftOpen(renderFailure({ environment: 'dev', doing: 'plan', failure, runUrl: 'u' }))).toEqual([]);
  });

  test('the lines that a failed plan names are links', () => {
    const failure = new Failure('LK-TF-002', {
      what: 'terraform plan failed: dev/main.tf:3: Bad (and 1 more)',
      why: 'Why.',
      fix: 'Fix.',
      evidence: 'dev/main.tf:3: Bad\ndev/other.tf:9: Worse',
    });
    const commitUrl = 'https://github.example/nova/livekit/commit/a1b2c3d';
    const text = renderFailure({ environment: 'dev', doing: 'plan', failure, runUrl: 'u', commitUrl });
    const blob = 'https://github.example/nova/livekit/blob/a1b2c3d';
    expect(text).toContain(`failed: [<code>dev/main.tf:3</code>](${blob}/dev/main.tf#L3): Bad`);
    expect(text).toContain(`Also at [<code>dev/other.tf:9</code>](${blob}/dev/other.tf#L9).`);
  });
});
