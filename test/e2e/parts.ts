import { cacheDirectory } from '../../sandbox/config.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { up } from '../../sandbox/up.ts';
import { integrationTests } from './integration-tests.ts';
import type { Scenario } from './scenario.ts';

/** Each part of the suite and of the sandbox against the real programs that it talks to; the payload has a scenario of its own. */
export const scenario: Scenario = {
  title: 'the parts against real programs: act, fake-gcs-server, Pebble, CoreDNS, Terraform, Helm',
  async run(check) {
    const { bin } = await up({ only: 'cloud' });
    const tools = new ToolProvider(cacheDirectory(), bin, new Progress());
    await tools.all(['tofu', 'helm3', 'pebble', 'promtool', 'amtool']);
    for (const [name, files] of [
      ['the Google stand-in in front of fake-gcs-server', 'sandbox/google/**/*'],
      ['the GitHub stand-in on real repositories, called by its real clients', 'sandbox/github/**/*'],
      ['orders at a real authority, with real name servers', 'sandbox/acme/**/*'],
      ['workflow files run by act', 'sandbox/workflow/run'],
      [
        'the provider’s stand-in, and the payload’s dev with its bad values, run by Terraform',
        'sandbox/provider/{payload,terraform}',
      ],
      ['what an apply accepts, with the real Terraform', 'test/apply-plan'],
      ['a fork’s pull request, and declarations, with the real engines', 'src/terraform/**/*'],
      ['what the charts of dev, stg and prd render, held to a real API server', 'src/helm/**/*'],
    ] as const) {
      await check(name, async () => {
        await integrationTests(`**/${files}.itg.test.ts`, bin);
      });
    }
  },
};
