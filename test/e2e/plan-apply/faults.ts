import assert from 'node:assert/strict';
import type { Check } from '../scenario.ts';
import { type Lab, providerFault, refused, succeeded } from './lab.ts';

const STORAGE = 'storage.googleapis.com';
const COMMENTS = '/issues/\\d+/comments|/issues/comments/';

type Part = 'network' | 'engine';

/** Each thing that breaks on the way, with the end that it must have. Redis has `applied` GB before. */
export async function faults(
  check: Check,
  lab: Lab,
  applied: number,
  parts: readonly Part[] = ['network', 'engine'],
): Promise<void> {
  if (parts.includes('network')) await network(check, lab, applied);
  if (parts.includes('engine')) await engine(check, lab, applied);
}

/** Google and GitHub do not answer, or answer otherwise than hoped. */
async function network(check: Check, lab: Lab, applied: number): Promise<void> {
  const during = async (work: () => Promise<void>) => {
    try {
      await work();
    } finally {
      await lab.clearFaults();
    }
  };
  const pull = await lab.memory(applied + 1);

  await check('storage answers 503 twice, GitHub 502 and a secondary limit: the plan is made and commented', () =>
    during(async () => {
      await lab.googleFault({ service: STORAGE, status: 503, times: 2 });
      await lab.githubFault({ path: COMMENTS, method: 'GET', status: 502, body: { message: 'Bad Gateway' } });
      await lab.githubFault({
        path: COMMENTS,
        method: 'POST',
        status: 403,
        headers: { 'retry-after': '1' },
        body: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
      });
      succeeded(await lab.plan(pull));
      assert.match(await lab.comment(pull), /memory_size_gb/);
    }),
  );

  await check('a comment that GitHub refuses (422) costs the comment, not the plan', () =>
    during(async () => {
      const another = await lab.memory(applied + 1);
      const body = { message: 'Validation Failed', errors: [{ code: 'too_long', field: 'body' }] };
      await lab.githubFault({ path: COMMENTS, method: 'POST', status: 422, body, times: 20 });
      const run = succeeded(await lab.plan(another));
      const warnings = run.jobs.flatMap(({ annotations }) => annotations).map(({ message }) => message);
      assert.ok(
        warnings.some((text) => /comment could not be posted/i.test(text)),
        `${warnings.join('\n')}\n${run.logFile}`,
      );
      assert.match(run.jobs.map(({ summary }) => summary).join('\n'), /memory_size_gb/);
    }),
  );

  await check('storage that stays away (503) is named', () =>
    during(async () => {
      await lab.googleFault({ service: STORAGE, method: 'GET', status: 503, times: 1000 });
      refused(await lab.plan(pull, {}, 'synchronize'), /LK-GOOGLE-008|did not answer/, /storage|gs:\/\//i);
    }),
  );

  await check('an object that changed meanwhile (412) stops the plan’s store, and nothing is stored over another', () =>
    during(async () => {
      await lab.googleFault({ service: STORAGE, method: 'POST', path: '/upload/', status: 412, times: 10 });
      refused(await lab.plan(pull, {}, 'synchronize'), /gs:\/\/.*\.tfplan/);
    }),
  );

  await check('a sign-in that Google refuses is told with Google’s words', () =>
    during(async () => {
      await lab.googleFault({
        service: 'sts.googleapis.com',
        status: 400,
        body: { error: 'invalid_grant', error_description: 'The token has expired.' },
      });
      refused(await lab.plan(pull, {}, 'synchronize'), /The token has expired/);
    }),
  );
}

/** What Terraform and the provider meet. */
async function engine(check: Check, lab: Lab, applied: number): Promise<void> {
  const pull = await lab.memory(applied + 1);
  succeeded(await lab.plan(pull));
  const before = await lab.merge(pull);

  await check('a lock that another holds is told with holder and time, and nothing changes', async () => {
    const lock = 'livekit/dev/default.tflock';
    const created = new Date(Date.now() - 12 * 60_000).toISOString();
    const info = { ID: 'x', Operation: 'OperationTypeApply', Who: 'ada@laptop', Version: '1.11.4', Created: created };
    await lab.writeObject(lock, JSON.stringify(info));
    const run = refused(await lab.apply(before), /locked by ada@laptop since .*1[23] min ago \(apply\)/);
    assert.match(run.jobs.map(({ summary }) => summary).join('\n'), /is locked by ada/);
    assert.ok((await lab.objects(lock)).includes(lock), 'another’s lock was removed');
    assert.equal(await lab.redisMemory(), applied);
    await lab.removeObject(lock);
  });

  const updating = (more: object) => providerFault({ resource: 'google_redis_instance', operation: 'update', ...more });

  await check('a provider that crashes during the apply is named', async () => {
    refused(await lab.apply(before, updating({ crash: true })), /a provider crashed/);
    assert.equal(await lab.redisMemory(), applied);
  });

  await check(
    'a change that fails is told in Terraform’s words; the rerun does what remains, one more does nothing',
    async () => {
      refused(await lab.apply(before, updating({ message: 'quota exceeded' })), /quota exceeded/);
      succeeded(await lab.apply(before));
      assert.equal(await lab.redisMemory(), applied + 1);
      succeeded(await lab.apply(before));
    },
  );
}
