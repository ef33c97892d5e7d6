import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { down } from '../../sandbox/down.ts';
import { AddonLab, type Part } from './addons/lab.ts';
import type { Scenario } from './scenario.ts';

/** In the order of deployment. */
const PARTS = ['ingress-tls', 'turn-server', 'monitoring', 'gitops'] as const;

/** All add-ons that Terraform has something for. */
const VARIABLES = {
  addons: {
    turn_server: { domain: 'turn.nova.example', max_nodes: 1, relay_ports: { min: 49152, max: 49407 } },
    ingress: { domains: ['api.nova.example'] },
  },
};

export const scenario: Scenario = {
  title: 'add-ons: each is deployed by helm-deploy, verified from outside, and its faults are named',
  async run(check) {
    // `ADDONS=turn-server,monitoring npm run e2e -- addons` runs these alone.
    const asked = (process.env['ADDONS'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
    const unknown = asked.filter((name) => !(PARTS as readonly string[]).includes(name));
    if (unknown.length > 0) throw new Error(`there is no add-on ${unknown.join(', ')}; there are: ${PARTS.join(', ')}`);
    const wanted = PARTS.filter((name) => asked.length === 0 || asked.includes(name));
    const parts = wanted.map((name) => [name, join(import.meta.dirname, 'addons', `${name}.ts`)] as const);
    const missing = parts.filter(([, file]) => !existsSync(file)).map(([name]) => name);
    if (missing.length > 0) throw new Error(`these have no part yet: ${missing.join(', ')}`);
    const lab = await AddonLab.open(VARIABLES);
    try {
      for (const [name, file] of parts) {
        const { part } = (await import(file)) as { part: Part };
        await part(lab, (what, work) => check(`${name}: ${what}`, work));
      }
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};
