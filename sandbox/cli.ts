import { down } from './down.ts';
import { Progress } from './progress.ts';
import { whatIsMissing } from './state.ts';
import { status } from './status.ts';
import { fetchTools } from './tools/fetch.ts';
import { up } from './up.ts';

const USAGE = `usage: npm run sandbox -- COMMAND
  up [--only=cluster|cloud]  starts what does not run (a second time: says so)
  down                       ends everything; the state is kept
  status                     the parts, their addresses and logs
  reset                      down, state removed, up
  tools [--first]            fetches or builds every tool beforehand, and starts nothing; --first leaves out
                             those that are built while scenarios run`;

async function main(args: readonly string[]): Promise<void> {
  const [command, ...options] = args;
  const wanted = (['cluster', 'cloud'] as const).find((name) => options.includes(`--only=${name}`));
  const only = wanted === undefined ? {} : { only: wanted };
  switch (command) {
    case 'up':
      await up(only);
      return console.log(status());
    case 'down':
      return down();
    case 'status': {
      const missing = whatIsMissing();
      if (missing) throw new Error(missing);
      return console.log(status());
    }
    case 'reset':
      await down({ removeState: true });
      await up(only);
      return console.log(status());
    case 'tools':
      return fetchTools(new Progress(), options.includes('--first') ? 'first' : 'all');
    default:
      throw new Error(USAGE);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
