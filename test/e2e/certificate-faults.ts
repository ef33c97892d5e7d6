import assert from 'node:assert/strict';
import { down } from '../../sandbox/down.ts';
import type { Check, Scenario } from './scenario.ts';
import { allCases, type Case, sample } from './turn-cert/cases.ts';
import { CloudLab } from './turn-cert/cloud-lab.ts';
import { addOn } from './turn-cert/add-on.ts';
import { authority } from './turn-cert/authority.ts';
import { nameOf, type Point } from './turn-cert/gate.ts';
import { giveByNamespace, inGoogleCloud, inTheCluster } from './turn-cert/rights.ts';
import { attempt, type Story } from './turn-cert/trial.ts';

/**
 * `CERTIFICATE_FAULTS=all` tries every fault at every request, `all 2/3` the second third of them, a number so many, chosen by
 * `CERTIFICATE_FAULTS_SEED`; with `none` only what comes after the faults is tried.
 */
const { CERTIFICATE_FAULTS: wanted = '18', CERTIFICATE_FAULTS_SEED: seed = '1' } = process.env;

/** The account's nonces are asked for again and again: it is one step. */
const NONCES = 2;

export const scenario: Scenario = {
  title:
    'a renewal through every fault and cancel at every request, with a real authority, name servers and API server',
  async run(check) {
    const lab = await CloudLab.open();
    try {
      if (wanted === 'none') await lab.renew();
      else {
        const trials = await learn(check, lab);
        if (trials === undefined) return;
        await faults(check, lab, trials);
      }
      await authority(check, lab, Number(seed));
      await addOn(check, lab);
      await rights(check, lab);
    } finally {
      await lab.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};

/** All that is tried; `undefined` when even a run without a fault fails. */
async function learn(check: Check, lab: CloudLab): Promise<[Story, Case][] | undefined> {
  const trials: [Story, Case][] = [];
  const learnt = await check('which requests a first run makes, and a renewal', async () => {
    lab.gate.begin();
    assert.equal((await lab.renew()).outputs['status'], 'renewed');
    // What only asks is asked by a renewal, too.
    const changing = lab.gate.seen.filter(({ method }) => !['GET', 'HEAD'].includes(method));
    trials.push(...chosen(changing).map((each): [Story, Case] => ['first', each]));
    // From the fifth on each renewal disables a version of before.
    for (let count = 0; count < 4; count++) {
      lab.gate.begin();
      await lab.renew({ inputs: { force: 'true' } });
    }
    trials.push(...chosen(lab.gate.seen).map((each): [Story, Case] => ['renewal', each]));
    assert.deepEqual(lab.gate.leaks, []);
  });
  return learnt ? trials : undefined;
}

/** What the identity of the runs may do, and what it may not, in both ways in which bootstrap gives it its rights. */
async function rights(check: Check, lab: CloudLab): Promise<void> {
  await check('in Google Cloud its identity changes its zone, its secrets and its folder, and nothing else', () =>
    inGoogleCloud(lab.config),
  );
  await check('in the cluster it does what a renewal needs and nothing else, by a role of the project', () =>
    inTheCluster(lab.config, 'iam'),
  );
  await check('and by Kubernetes’ own roles, which reach one namespace and one Secret of it', async () => {
    await giveByNamespace(lab.config);
    lab.gate.begin();
    assert.equal((await lab.renew({ inputs: { force: 'true' } })).outputs['status'], 'renewed');
    await inTheCluster(lab.config, 'rbac');
  });
}

/** Of all faults at the requests of a run those that are tried. */
function chosen(seen: readonly Point[]): Case[] {
  const cases = allCases(seen.filter(({ method, nth }) => method !== 'HEAD' || nth <= NONCES));
  const [, part, parts] = /^all(?: (\d+)\/(\d+))?$/.exec(wanted) ?? [];
  if (part !== undefined && parts !== undefined) {
    const mixed = sample(cases, cases.length, Number(seed));
    return mixed.filter((_, index) => index % Number(parts) === Number(part) - 1);
  }
  return wanted === 'all' ? cases : sample(cases, Math.ceil(Number(wanted) / 2), Number(seed));
}

async function faults(check: Check, lab: CloudLab, trials: readonly [Story, Case][]): Promise<void> {
  let met = 0;
  const groups = Map.groupBy(trials, ([story, { kind }]) => `${story}, ${kind}`);
  for (const [name, group] of groups) {
    await check(
      `${name}: at ${group.length} requests a valid certificate serves, and the next run ends it`,
      async () => {
        const problems: string[] = [];
        for (const [story, trial] of group) {
          const outcome = await attempt(lab, story, trial);
          if (outcome.wasMet) met += 1;
          if (wanted.startsWith('all')) {
            const how = outcome.wasMet ? outcome.conclusion : 'not met';
            console.log(`· ${name} at ${nameOf(trial.point)}: ${how}`);
          }
          problems.push(...outcome.problems);
        }
        assert.deepEqual(problems, [], problems.join('\n'));
      },
    );
  }
  await check(`${met} of ${trials.length} runs came to the request that was disturbed (seed ${seed})`, async () => {
    assert.ok(met >= trials.length * 0.8);
    return Promise.resolve();
  });
}
