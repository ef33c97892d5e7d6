/** Renders the plan in the file that is named, and prints what it took as JSON. A process of its own, for `rendering.ts`. */
import { readFile } from 'node:fs/promises';
import { redact } from '../../src/runner/mask.ts';
import { estimateCost } from '../../src/terraform/cost/estimate.ts';
import { unitPrices } from '../../src/terraform/cost/unit-prices.ts';
import { parsePlan } from '../../src/terraform/plan-json.ts';
import { planModel } from '../../src/terraform/plan-model.ts';
import { commentSection, type Report, summaryText } from '../../src/terraform/render/comment.ts';
import { withSensitiveValues } from '../../src/terraform/sensitive-values.ts';

const text = await readFile(process.argv[2] ?? '', 'utf8');
const started = performance.now();
const before = process.cpuUsage();
const plan = parsePlan(text);
const report: Report = {
  kind: 'plan',
  report: {
    environment: 'prd',
    model: planModel(plan, redact),
    cost: estimateCost(plan, unitPrices, withSensitiveValues(plan, redact)),
    warnings: [],
    repositoryPath: 'terraform/environments/prd',
    origin: {
      commit: 'c'.repeat(40),
      commitUrl: 'https://github.example/c',
      engine: 'Terraform 1.11.4',
      stateSerial: 7,
      digest: '0'.repeat(64),
      planUri: 'gs://b/p',
      runUrl: 'https://github.example/r',
    },
  },
};
const characters = summaryText(report).length + commentSection(report)(60_000).body.length;
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
const mebibytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, mebibytes, characters }));
