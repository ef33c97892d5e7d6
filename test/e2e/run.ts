/** `npm run e2e -- [name …]`: runs the scenarios that are named (`deploy` is `deploy-operate`, too), or all; ends with one line `N passed, N failed`. */
import { Progress } from '../../sandbox/progress.ts';
import { fetchTools } from '../../sandbox/tools/fetch.ts';
import { fetchLateTools, runBeside } from './beside.ts';
import { emptyTally, type Scenario, runScenario, type Tally } from './scenario.ts';

/**
 * Which of the three that run side by side a scenario belongs to. `cloud` has no nodes. `nodes` and `second` have some, each on a
 * network of its own; the longest are spread over these two, so that they take about the same time.
 */
type Lane = 'cloud' | 'nodes' | 'second';

const scenarios: Record<string, [Lane, () => Promise<{ scenario: Scenario }>]> = {
  parts: ['cloud', () => import('./parts.ts')],
  terraform: ['cloud', () => import('./terraform.ts')],
  main: ['nodes', () => import('./main.ts')],
  world: ['nodes', () => import('./world.ts')],
  'load-balancer': ['nodes', () => import('./load-balancer.ts')],
  'plan-apply': ['cloud', () => import('./plan-apply.ts')],
  'certificate-faults': ['cloud', () => import('./certificate-faults.ts')],
  workflows: ['cloud', () => import('./workflows.ts')],
  deploy: ['nodes', () => import('./deploy.ts')],
  'deploy-operate': ['second', () => import('./deploy-operate.ts')],
  certificate: ['nodes', () => import('./turn-cert.ts')],
  calls: ['nodes', () => import('./calls.ts')],
  verify: ['second', () => import('./verify.ts')],
  addons: ['nodes', () => import('./addons.ts')],
};

const asked = process.argv.slice(2).filter((argument) => argument !== '--');
const unknown = asked.filter((name) => !(name in scenarios));
const names = Object.keys(scenarios).filter((name) => asked.some((one) => name === one || name.startsWith(`${one}-`)));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}.`);
  process.exit(2);
}

const total = emptyTally();
function add({ passed, failed, failures }: Tally): void {
  total.passed += passed;
  total.failed += failed;
  total.failures.push(...failures);
}

async function inTurn(wanted: readonly string[]): Promise<void> {
  for (const [name, [, load]] of Object.entries(scenarios)) {
    if (wanted.includes(name)) add(await runScenario(name, (await load()).scenario));
  }
}

const those = (lane: Lane) => Object.keys(scenarios).filter((name) => scenarios[name]?.[0] === lane);

if (names.length > 0) await inTurn(names);
else {
  // The second machine has no way out: what it needs is fetched before.
  await fetchTools(new Progress(), 'first');
  fetchLateTools();
  const lanes = [
    { names: those('cloud'), kind: 'idle' as const },
    { names: those('second'), kind: 'own-machine' as const },
  ].filter((lane) => lane.names.length > 0);
  const beside = lanes.map((lane) => {
    console.log(`Beside the others, and told after them: ${lane.names.join(', ')}`);
    return runBeside(lane.names, lane.kind);
  });
  await inTurn(those('nodes'));
  for (const lane of beside) add(await lane.join());
}
// Whoever reads only the end reads what failed.
if (total.failures.length > 0) console.log(`\nFailed:\n${total.failures.map((line) => `  ${line}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
