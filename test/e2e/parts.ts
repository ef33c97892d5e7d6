import { up } from '../../sandbox/up.ts';
import { integrationTests } from './integration-tests.ts';
import type { Scenario } from './scenario.ts';

/** Each part of the suite and of the sandbox against the real programs that it talks to; the payload has a scenario of its own. */
export const scenario: Scenario = {
  title: 'the parts against real programs: act, fake-gcs-server, LiveKit, Terraform, Helm',
  async run(check) {
    const { bin } = await up();
    for (const [name, folder] of [
      ['verify against LiveKit', 'src/verify'],
      ['the Google stand-in in front of fake-gcs-server', 'sandbox/google'],
      ['workflow files run by act', 'sandbox/workflow'],
      ['what an apply accepts, with the real Terraform', 'test'],
      ['a fork’s pull request, with the real Terraform', 'src/terraform'],
      ['the values of dev, stg and prd, rendered by Helm', 'src/helm'],
    ] as const) {
      await check(name, async () => {
        await integrationTests(`**/${folder}/**/*.itg.test.ts`, bin);
      });
    }
  },
};
