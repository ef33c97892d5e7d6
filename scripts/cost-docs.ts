/** Writes the table of what the environments cost into docs/cost.md, from the plans of the payload: `node scripts/cost-docs.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { estimateCost } from '../src/terraform/cost/estimate.ts';
import { unitPrices } from '../src/terraform/cost/unit-prices.ts';
import { parsePlan } from '../src/terraform/plan-json.ts';
import { between } from './action-docs.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const COST_PAGE = join(root, 'docs/cost.md');

const dollars = (amount: number) => `$${Math.round(amount).toLocaleString('en-US')}`;

/** The page with a fresh table between its markers. The plans are those that Terraform makes of dev, stg and prd as they ship. */
export function withCosts(page: string): string {
  const rows = ['dev', 'stg', 'prd'].map((environment) => {
    const plan = join(root, 'src/terraform/fixtures/payload', `${environment}.json`);
    const { after, parts } = estimateCost(parsePlan(readFileSync(plan, 'utf8')), unitPrices);
    const dearest = parts[0];
    const most = dearest?.after === undefined ? '' : `${dearest.what}: ${dollars(dearest.after.minimum)}`;
    return `| ${environment} | ${dollars(after.minimum)} | ${dollars(after.maximum)} | ${most} |`;
  });
  const head = ['| | fewest nodes | most nodes | dearest part, at its least |', '|---|---:|---:|---|'];
  return between(page, 'environments', [...head, ...rows]);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(COST_PAGE, withCosts(readFileSync(COST_PAGE, 'utf8')));
