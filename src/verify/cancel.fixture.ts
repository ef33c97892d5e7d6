/** A process that verifies as the action does, on the trial server that its argument names: `node cancel.fixture.ts '{…}'`. */
import { runAction } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { mediaChecks } from './checks/media.ts';
import { type Place, worldAt } from './livekit.fixture.ts';
import { verify } from './verify.ts';

const place = JSON.parse(process.argv[2] ?? '') as Place;

await runAction({
  name: 'verify',
  async main(signal) {
    const checks = mediaChecks.map((check) => ({ ...check, needs: [] }));
    const options = { world: await worldAt(place), checks, cluster: 'trial', runUrl: undefined, timeoutSeconds: 120 };
    const { verdict } = await verify({ ...options, signal, onOutcome: ({ id }) => log.info(id) });
    log.info(`The verdict is ${verdict}.`);
  },
});
