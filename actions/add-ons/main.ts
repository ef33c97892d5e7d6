import { dirname, join } from 'node:path';
import { jobEnvironment } from '../../src/exec/environment.ts';
import { bringUp, type Outcome } from './bring-up.ts';

const MODES = ['deploy', 'diff', 'status', 'uninstall'];
/** A drain may take hours; whoever waits in front of it may end it. */
const LONGEST_SECONDS = 24 * 3600;

/**
 * Brings up the add-ons that helm/addons/add-ons.json lists, or of these and `core` the named ones, each by helm-deploy. Not an action;
 * helm/scripts/add-ons.sh starts it.
 */
export async function main(): Promise<void> {
  const [environment = '', mode = 'deploy', ...names] = process.argv.slice(2);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(environment) || !MODES.includes(mode)) {
    process.stderr.write(
      `Give the name of an environment, then one of: ${MODES.join(', ')}; then names, or none for all.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { Failure } = await import('../../src/failure/failure.ts');
  const { explain } = await import('../../src/runner/log.ts');
  const { run } = await import('../../src/exec/run.ts');
  const program = join(dirname(process.argv[1] ?? ''), 'helm-deploy.js');
  try {
    const outcomes = await bringUp(
      { workspace: process.env['GITHUB_WORKSPACE'] ?? process.cwd(), environment, mode, names },
      (inputs) =>
        run(process.execPath, [program], {
          env: { ...jobEnvironment(process.env), ...asVariables(inputs), INPUT_BUCKET: process.env['INPUT_BUCKET'] },
          timeoutSeconds: LONGEST_SECONDS,
          onLine: (line, stream) => void process[stream].write(`${line}\n`),
        }),
    );
    process.stdout.write(`\n${outcomes.map(sentence).join('\n')}\n`);
    if (outcomes.some(({ status }) => status !== 'done')) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.code} ${explain(error)}\n`);
    process.exitCode = 1;
  }
}

const asVariables = (inputs: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));

const sentence = ({ name, status, because }: Outcome) =>
  status === 'left-out'
    ? `✗ ${name}: left alone, because it needs ${because}`
    : `${status === 'done' ? '✓' : '✗'} ${name}`;
