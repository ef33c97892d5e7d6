/**
 * Takes the pictures in `docs/pictures/` of what the plan's comment and verify's summary look like: the plans of
 * `src/terraform/fixtures/` and the report in `src/verify/fixtures/`, which a run of the scenario verify wrote (with
 * `VERIFY_REPORTS=DIRECTORY`), rendered on the page of the sandbox's GitHub, in Chromium.
 *
 * Usage: node scripts/pictures.ts [DIRECTORY]
 * With a directory, a picture of every fixture goes there, for a review by eye; nothing else is written then.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderMarkdown } from '../sandbox/github/pages/markdown.ts';
import { compose, type Section } from '../src/github/comment-body.ts';
import { estimateCost } from '../src/terraform/cost/estimate.ts';
import { unitPrices } from '../src/terraform/cost/unit-prices.ts';
import { findings } from '../src/terraform/guards/findings.ts';
import { PROTECTED_TYPES } from '../src/terraform/guards/protected-types.ts';
import { parsePlan } from '../src/terraform/plan-json.ts';
import { planModel } from '../src/terraform/plan-model.ts';
import { COMMENT_KIND, commentHead, commentSection } from '../src/terraform/render/comment.ts';
import type { PlanReport } from '../src/terraform/render/report.ts';
import { renderSummary } from '../src/verify/render.ts';
import { reportSchema } from '../src/verify/report.ts';

const ROOT = join(import.meta.dirname, '..');
const FIXTURES = join(ROOT, 'src/terraform/fixtures');
const VERIFY_REPORT = join(ROOT, 'src/verify/fixtures/firewall-row.json');
const PAGES = join(ROOT, 'sandbox/github/pages');
const REPOSITORY = 'https://github.com/nova/livekit';
/** Longer than any section that is looked at. */
const ROOM = 60_000;

const [review] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'pictures-'));
try {
  if (review === undefined) {
    const pictures = join(ROOT, 'docs/pictures');
    const three = comment([section('dev', 'modules'), section('prd', 'nothing'), section('stg', 'drift')]);
    take(join(pictures, 'plan-comment.png'), three, { height: 1180 });
    take(join(pictures, 'plan-graph.png'), graphOf(comment([section('dev', 'modules')])), { height: 640, open: true });
    const report = reportSchema.parse(JSON.parse(readFileSync(VERIFY_REPORT, 'utf8')));
    take(join(pictures, 'verify-summary.png'), renderSummary(report), { height: 1180 });
  } else {
    mkdirSync(review, { recursive: true });
    for (const file of readdirSync(FIXTURES).filter((each) => each.endsWith('.json'))) {
      const name = file.replace(/\.json$/, '');
      take(join(review, `${name}.png`), comment([section('dev', name)]), { height: 1800, open: true });
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function section(environment: string, fixture: string): Section {
  const plan = parsePlan(readFileSync(join(FIXTURES, `${fixture}.json`), 'utf8'));
  const redact = (text: string) => text.replaceAll(/known-secret-value-\w+/g, '***');
  const model = planModel(plan, redact);
  const commit = 'a1b2c3d4e5'.repeat(4);
  const report: PlanReport = {
    environment,
    model,
    warnings: [],
    repositoryPath: `terraform/environments/${environment}`,
    cost: estimateCost(plan, unitPrices),
    guards: findings(
      { plan, model, redact },
      { protectedTypes: PROTECTED_TYPES, maxDestroy: undefined, policy: undefined },
    ),
    origin: {
      commit,
      commitUrl: `${REPOSITORY}/commit/${commit}`,
      engine: `Terraform ${model.engineVersion}`,
      stateSerial: 7,
      digest: '0f'.repeat(32),
      planUri: `gs://nova-livekit-${environment}-terraform-state/livekit/${environment}/plans/a1b2c3d/42-1.tfplan`,
      runUrl: `${REPOSITORY}/actions/runs/42`,
    },
  };
  return { key: environment, ...commentSection({ kind: 'plan', report })(ROOM) };
}

function comment(sections: readonly Section[]): string {
  return compose(COMMENT_KIND, commentHead, sections);
}

/** Only the drawing of a comment. */
function graphOf(markdown: string): string {
  const drawing = /```mermaid\n[\s\S]*?\n```/.exec(markdown)?.[0];
  if (drawing === undefined) throw new Error('the comment has no drawing');
  return drawing;
}

function take(file: string, markdown: string, { height, open = false }: { height: number; open?: boolean }): void {
  const page = join(work, 'page.html');
  const text = renderMarkdown(markdown, 'comment').text;
  const style = readFileSync(join(PAGES, 'style.css'), 'utf8');
  const mermaid = createRequire(import.meta.url).resolve('@mermaid-js/tiny');
  writeFileSync(
    page,
    `<!doctype html><html lang="en"><head><meta charset="utf-8" /><style>${style}</style>
<script src="file://${mermaid}" defer></script><script src="file://${join(PAGES, 'page.js')}" defer></script></head>
<body><main><article class="comment"><header><strong>github-actions</strong> <span class="bot">bot</span></header>
<div class="markdown">${open ? text.replaceAll('<details>', '<details open>') : text}</div></article></main></body></html>`,
  );
  const result = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--allow-file-access-from-files',
      `--user-data-dir=${join(work, 'profile')}`,
      `--window-size=1000,${height}`,
      '--virtual-time-budget=8000',
      `--screenshot=${file}`,
      `file://${page}`,
    ],
    { encoding: 'utf8', timeout: 90_000 },
  );
  if (result.status !== 0) throw new Error(`chromium: ${result.stderr}`);
  console.log(`${file}: ${(readFileSync(file).length / 1000).toFixed(0)} kB`);
}
