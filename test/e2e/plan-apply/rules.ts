import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteDirectory } from '../../../sandbox/demo/repository.ts';
import { pushEvent } from '../../../sandbox/workflow/event.ts';
import type { Check } from '../scenario.ts';
import { type Files, type Lab, refused, succeeded } from './lab.ts';
import { Machine } from './step.ts';

const MESSAGE = 'Ask for more than 32 GB by a pull request of its own.';
const POLICY = `rules:
  - name: redis-size
    type: google_redis_instance
    attribute: memory_size_gb
    operator: less-than
    value: 33
    message: ${MESSAGE}
`;

/** The repository's own rules, and the GitHub environment that production needs. */
export async function rules(check: Check, lab: Lab): Promise<void> {
  await check(
    'a plan that breaks a rule of the policy is refused with its message, and not after the change',
    async () => {
      const before = await lab.redisMemory();
      const pull = await lab.memory(64, { 'terraform/policy.yaml': POLICY });
      refused(await lab.plan(pull), /LK-TF-037/, new RegExp(MESSAGE));
      const comment = await lab.comment(pull);
      assert.match(comment, /This plan will not be applied/);
      assert.ok(comment.includes(MESSAGE));
      // Merged all the same, nothing of it is applied.
      refused(await lab.apply(await lab.merge(pull)), /LK-TF-037/, new RegExp(MESSAGE));
      assert.equal(await lab.redisMemory(), before);

      const within = await lab.memory(32);
      succeeded(await lab.carryOut(within));
      assert.equal(await lab.redisMemory(), 32);
    },
  );

  await check('prd is applied only in the GitHub environment prd, whatever the workflow says', async () => {
    const workflow = '.github/workflows/terraform-apply.yml';
    const original = lab.job.repository.read(workflow);
    const unbound = original.replace(/^ {4}environment:\n(?: {6}.*\n)+/m, '');
    assert.notEqual(unbound, original, 'the template has no environment to be removed');
    const pull = await lab.open('Bring up prd', { ...payload('prd', lab), [workflow]: unbound });
    succeeded(await lab.plan(pull));
    const before = await lab.merge(pull);
    refused(await lab.apply(before), /LK-TF-039/, /no GitHub environment/, /environment: prd/);

    // A job that runs elsewhere, or that switches the action's own rule off.
    const event = await pushEvent(lab.person, 'main', before);
    const attempt = async (gitHubEnvironment: string | null, inputs: Readonly<Record<string, string>>) => {
      const machine = new Machine();
      try {
        const step = { action: 'terraform-apply', event, gitHubEnvironment } as const;
        const { conclusion, main } = await machine.run(lab, { ...step, inputs: { environment: 'prd', ...inputs } });
        return `${conclusion}: ${main.lines.join('\n')}`;
      } finally {
        machine.remove();
      }
    };
    const elsewhere = await attempt('dev', {});
    assert.match(elsewhere, /^failure: [\s\S]*LK-TF-039/);
    assert.match(elsewhere, /runs in the GitHub environment dev/);
    // Google's binding of the identity holds without it.
    assert.match(await attempt(null, { 'protected-environments': 'none' }), /^failure: [\s\S]*LK-GOOGLE-0(05|06)/);
    assert.deepEqual(await lab.objects('livekit/prd/default'), [], 'prd has a state');

    const bound = await lab.open('Apply prd in its environment', {
      [workflow]: original,
      'terraform/environments/prd/PURPOSE.md': 'Production.\n',
    });
    succeeded(await lab.carryOut(bound));
    assert.deepEqual(await lab.objects('livekit/prd/default'), ['livekit/prd/default.tfstate']);
  });
}

/** The files of an environment as the payload has them, with its values. */
function payload(environment: string, { config }: Lab): Files {
  const path = `terraform/environments/${environment}`;
  const directory = join(suiteDirectory, path);
  const names = readdirSync(directory).filter((name) => name.endsWith('.tf'));
  const values = [
    `project_id          = "${config.project.id}"`,
    `domain              = "livekit.nova.example"`,
    `turn_domain         = "turn.nova.example"`,
    '',
  ];
  return {
    ...Object.fromEntries(names.map((name) => [`${path}/${name}`, readFileSync(join(directory, name), 'utf8')])),
    [`${path}/${environment}.auto.tfvars`]: values.join('\n'),
  };
}
