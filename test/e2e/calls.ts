import { Progress } from '../../sandbox/progress.ts';
import { installPackages } from '../../sandbox/tools/packages.ts';
import { down } from '../../sandbox/down.ts';
import { up } from '../../sandbox/up.ts';
import { integrationTests } from './integration-tests.ts';
import type { Scenario } from './scenario.ts';

/** They count packets: they get no sandbox with nodes beside them on their own machine, and no idle share of the processors. */
export const scenario: Scenario = {
  title: 'calls through real LiveKit servers, old ones too, held to the official SDK, to coturn, and to bad networks',
  async run(check) {
    const { bin } = await up({ only: 'cloud' });
    // Its clients and its server tell whether verify's own TURN client is right.
    await installPackages(new Progress(), [{ name: 'coturn', proof: 'turnutils_uclient', service: 'coturn' }]);
    await check(
      'verify against LiveKit',
      async () => void (await integrationTests('**/src/verify/**/*.itg.test.ts', bin)),
    );
    await check('verify against LiveKit 1.8, 1.9 and 1.11', async () => {
      await integrationTests('**/test/livekit-versions.itg.test.ts', bin);
    });
    await down({ removeState: true });
  },
};
