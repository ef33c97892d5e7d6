/** Runs an action from its sources, before there is a bundle: `node scripts/action.ts helm-deploy`. */
import { start } from '../actions/index.ts';

await start(process.argv[2] ?? '');
