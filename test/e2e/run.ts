/** `npm run e2e -- [name …]`: runs the scenarios that are named, or all; ends with one line `N passed, N failed`. */
import { type Scenario, runScenario } from './scenario.ts';

const scenarios: Record<string, () => Promise<{ scenario: Scenario }>> = {
  parts: () => import('./parts.ts'),
  terraform: () => import('./terraform.ts'),
  main: () => import('./main.ts'),
  world: () => import('./world.ts'),
  'load-balancer': () => import('./load-balancer.ts'),
  'plan-apply': () => import('./plan-apply.ts'),
  deploy: () => import('./deploy.ts'),
  certificate: () => import('./turn-cert.ts'),
};

const names = process.argv.slice(2).filter((argument) => argument !== '--');
const unknown = names.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}.`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const [name, load] of Object.entries(scenarios)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const tally = await runScenario(name, (await load()).scenario);
  passed += tally.passed;
  failed += tally.failed;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
