import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { type Canary, newCanary } from '../../../sandbox/demo/canary.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import type { Check } from '../scenario.ts';
import { ownerSignIn, post } from '../world/sign-in.ts';
import type { StepResult } from './job.ts';
import { eventually, type Lab } from './lab.ts';
import { validate } from './validate.ts';

const EVERY_MILLISECONDS = 250;

/** As docs/runbooks/rotate-api-key.md says it, with people who join all the time. */
export async function rotation(check: Check, lab: Lab): Promise<void> {
  const [old, next] = [lab.keys, newCanary()];
  await lab.deploy();
  await eventually(async () => assert.equal(await validate(lab, old), 200), 60);
  const both = { 'previous-keys-version': '1' };
  await check('while the earlier version of the keys is disabled, a deploy with it changes nothing', async () => {
    await lab.environment.apply(next, { livekit_keys_version: 2 });
    const before = await lab.pods();
    const refused = await lab.run({ inputs: both });
    assert.equal(refused.conclusion, 'failure');
    assert.match(refused.errors.join('\n'), /version 1\b.*disabled|disabled.*version 1\b/is);
    assert.deepEqual(await lab.pods(), before);
  });
  await check('old and new key are valid together after one deploy, and no join fails meanwhile', async () => {
    await enable(lab, '1');
    const { result, joins } = await whileJoining(lab, old, () => deployAndSettle(lab, both));
    assert.match(result.log, /2 API keys from version 2 and 1/);
    assert.equal(result.outputs['changed'], 'true');
    allJoined(joins);
    assert.deepEqual([await validate(lab, old), await validate(lab, next)], [200, 200]);
  });
  await check('the old key is gone after the next deploy, and no join by the new one fails meanwhile', async () => {
    const { result, joins } = await whileJoining(lab, next, () => deployAndSettle(lab));
    assert.match(result.log, /1 API key from version 2/);
    lab.keys = next;
    allJoined(joins);
    assert.deepEqual([await validate(lab, old), await validate(lab, next)], [401, 200]);
  });
}

/** A deploy ends while old pods without calls serve on until the load balancer knows; the rotation does when they are gone. */
async function deployAndSettle(lab: Lab, inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const result = await lab.deploy({ inputs });
  assert.equal(result.outputs['status'], 'deployed');
  await eventually(async () => assert.ok((await lab.pods()).every(({ ending }) => !ending)), 60);
  return result;
}

const joinOf = z.object({ at: z.number(), milliseconds: z.number(), outcome: z.string() });
type Join = z.infer<typeof joinOf>;

/** Does something while somebody joins a room every quarter of a second. */
async function whileJoining<T>(lab: Lab, keys: Canary, work: () => Promise<T>): Promise<{ result: T; joins: Join[] }> {
  const [command = '', ...prefix] = inWorld(lab.config.directory);
  const question = { url: `wss://${lab.environment.domain}`, everyMilliseconds: EVERY_MILLISECONDS };
  const client = [process.execPath, join(import.meta.dirname, 'join.ts'), JSON.stringify(question)];
  const child = spawn(command, [...prefix, ...client], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_EXTRA_CA_CERTS: webAuthority(lab.config.directory),
      API_KEY: keys.key,
      API_SECRET: keys.secret,
    },
  });
  const ended = once(child, 'exit');
  let lines = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (lines += text));
  try {
    await eventually(() => Promise.resolve(assert.match(lines, /joined/)));
    const result = await work();
    child.stdin.end();
    await ended;
    const all = lines.split('\n').filter((line) => line !== '');
    return { result, joins: all.map((line) => joinOf.parse(JSON.parse(line))) };
  } finally {
    child.kill('SIGKILL');
  }
}

function allJoined(joins: readonly Join[]): void {
  const failed = joins.filter(({ outcome }) => outcome !== 'joined');
  assert.deepEqual(failed, [], `${failed.length} of ${joins.length} joins failed`);
  assert.ok(joins.length >= 20, `only ${joins.length} joins were tried`);
}

/** As an operator does with gcloud. */
async function enable({ config, environment }: Lab, version: string): Promise<void> {
  const name = `projects/${config.project.id}/secrets/livekit-${environment.name}-keys/versions/${version}`;
  const url = `${config.addresses.google}/secretmanager.googleapis.com/v1/${name}:enable`;
  const { status, text } = await post(url, await ownerSignIn(config), {});
  assert.equal(status, 200, text);
}
