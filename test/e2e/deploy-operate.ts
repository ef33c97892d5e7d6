import { down } from '../../sandbox/down.ts';
import { canary } from './deploy/canary.ts';
import { environments } from './deploy/environments.ts';
import { handOver } from './deploy/hand-over.ts';
import { helmVersions } from './deploy/helm-versions.ts';
import { Lab } from './deploy/lab.ts';
import { nodes } from './deploy/nodes.ts';
import { preview } from './deploy/preview.ts';
import { rotation } from './deploy/rotation.ts';
import type { Scenario } from './scenario.ts';

export const scenario: Scenario = {
  title: 'what comes after the first deploy: keys, long drains, previews, nodes, and the other environments',
  async run(check) {
    const lab = await Lab.open();
    try {
      const installed = await check('install', async () => {
        await lab.deploy();
        await lab.untilServed();
      });
      if (!installed) return;
      for (const part of [rotation, handOver, preview, helmVersions, canary, nodes]) await part(check, lab);
      // It takes dev away.
      await environments(check, lab);
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};
