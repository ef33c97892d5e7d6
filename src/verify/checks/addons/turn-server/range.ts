import type { Check, Result } from '../../../check.ts';
import { ADDON, configuration, target } from './server.ts';

export const range: Check = {
  id: 'turn-server-range',
  title: 'The relay range is the firewall’s',
  proves: 'coturn relays at just those ports that Terraform opened for it.',
  tags: [ADDON],
  needs: [],
  timeoutSeconds: 20,
  async run(world): Promise<Result> {
    const { namespace, release } = target(world);
    const settings = await configuration(world);
    if (settings === undefined) {
      return {
        verdict: 'fail',
        evidence: `There is no configuration of the release ${release} in the namespace ${namespace}.`,
        cause: 'The add-on was not deployed, or it is elsewhere.',
        fix: 'Deploy the chart helm/addons/turn-server, or name `namespace/release` in the input addons.',
      };
    }
    const open = world.outputs.turn_server?.relay_ports;
    const own = { min: Number(settings.get('min-port')), max: Number(settings.get('max-port')) };
    if (open === undefined) {
      return {
        verdict: 'warn',
        evidence: `coturn relays at ${own.min}-${own.max}; the environment’s outputs name no open ports.`,
        cause: 'Terraform’s switch `addons.turn_server` is off: the firewall is someone else’s.',
        fix: 'Switch it on and apply, or see that just these ports are open.',
      };
    }
    if (own.min === open.min && own.max === open.max) {
      return { verdict: 'pass', evidence: `Both are ${own.min}-${own.max}.` };
    }
    return {
      verdict: 'fail',
      evidence: `coturn relays at ${own.min}-${own.max}, and the firewall is open at ${open.min}-${open.max}.`,
      cause: 'Terraform was applied after the last deploy, or the chart was deployed by other means.',
      fix: 'Run helm-deploy, which takes the range from Terraform.',
    };
  },
};
