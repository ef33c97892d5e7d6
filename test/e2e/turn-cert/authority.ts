import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFoundByPebble, setRenewalInfo, startPebble } from '../../../sandbox/acme/pebble.ts';
import { stopDaemons } from '../../../sandbox/process.ts';
import { openAccount } from '../../../src/acme/account.ts';
import { connect } from '../../../src/acme/server.ts';
import { isSame, type Pair, serialOf } from '../../../src/certificate/pair.ts';
import type { StepResult } from '../deploy/job.ts';
import type { Check } from '../scenario.ts';
import { generator } from './cases.ts';
import type { CloudLab } from './cloud-lab.ts';

const NEVER = 600;

/** What the certificate authority asks for, suggests and refuses, through the action. A certificate is there before. */
export async function authority(check: Check, lab: CloudLab, seed: number): Promise<void> {
  lab.gate.begin();
  await check('name servers that are late, each by another time, are waited for', async () => {
    const lags = [
      [0, 2, 0, 1, 0],
      [3, 0, 0, 0, 1],
    ];
    for (const lag of lags) {
      await lab.acme.setLag(lag);
      await renewed(lab, { force: 'true' });
    }
    await lab.acme.setLag([]);
  });

  await check(
    'an authority that fails to verify at random: the old certificate stays, what failed is said',
    async () => {
      const random = generator(seed);
      for (let count = 0; count < 5; count++) {
        // Its own resolver hears of nothing, while the zone's name servers have the answer.
        const fails = count === 0 || random() < 0.5;
        await lab.acme.setLag([random(), 0, random(), 0, fails ? NEVER : 0]);
        if (!fails) await renewed(lab, { force: 'true' });
        else
          await unchanged(lab, { force: 'true' }, /^LK-ACME-010: .*could not verify a name: turn-dev\.nova\.example: /);
      }
      await lab.acme.setLag([]);
      await renewed(lab, { force: 'true' });
    },
  );

  await check(
    'the authority’s window decides: not due before it, due in it, and then ordered as a renewal',
    async () => {
      const day = 86_400_000;
      const window = async (from: number, to: number) => {
        const [start, end] = [from, to].map((days) => new Date(Date.now() + days * day).toISOString());
        const answer = JSON.stringify({ suggestedWindow: { start, end } });
        await setRenewalInfo(lab.acme.pebble, (await installed(lab)).certificate.toString(), answer);
      };
      while (!isFoundByPebble((await installed(lab)).certificate)) await renewed(lab, { force: 'true' });
      await window(10, 11);
      const early = await lab.renew();
      assert.equal(early.outputs['status'], 'not-due');
      assert.match(early.log, /Not due: the certificate is to be renewed at .*window from/);
      await window(-2, -1);
      const { log } = await renewed(lab);
      assert.match(log, /Due: the certificate was to be renewed at .*window from/);
      assert.match(log, /^Ordered turn-dev\.nova\.example as a renewal/m);
      assert.equal((await lab.renew()).outputs['status'], 'not-due');
    },
  );

  await check('a certificate that was revoked is renewed at once', async () => {
    const { directoryUrl, certificateAuthority } = lab.acme;
    const server = { directoryUrl, caBundle: readFileSync(certificateAuthority, 'utf8') };
    const connection = await connect(server, new AbortController().signal);
    try {
      const { client } = await openAccount(connection, await lab.accountKey(), {});
      await client.revokeCertificate((await installed(lab)).certificate.toString());
    } finally {
      connection.close();
    }
    assert.match((await renewed(lab)).log, /Due: the certificate was to be renewed at/);
  });

  await check('with a clock that is wrong nothing is ordered', async () => {
    const date = new Date(Date.now() - 3 * 3_600_000).toUTCString();
    await lab.acme.addFault({ path: '^/dir$', headers: { date }, times: 20 });
    await unchanged(lab, { force: 'true' }, /^LK-ACME-012: .*3 h ahead/);
    await lab.acme.clearFaults();
  });

  await check(
    'another profile is a reason to order; one that is not offered is named; days only where no pod rolls',
    async () => {
      const days = ({ outputs }: StepResult) => Number(outputs['days-left']);
      assert.equal(days(await renewed(lab, { profile: 'classic' })), 89);
      await unchanged(lab, { profile: 'nowhere' }, /^LK-ACME-004: .*`classic`/);
      await unchanged(lab, { profile: 'shortlived' }, /^LK-CERT-017: /);
      assert.equal(days(await renewed(lab, { profile: 'shortlived', 'external-tls': 'true' })), 6);
      assert.equal(days(await renewed(lab)), 44);
    },
  );

  await check('an authority that wants accounts it knows gets the binding, once, and nobody sees its key', () =>
    bound(lab),
  );
}

async function bound(lab: CloudLab): Promise<void> {
  const hmacKey = randomBytes(48).toString('base64url');
  const { directory, bin } = lab.config;
  const strict = await startPebble(directory, join(bin, 'pebble'), {
    name: 'pebble-eab',
    dnsServer: `${lab.acme.resolvers[0] ?? ''}:53`,
    nonceRejectPercent: 50,
    retryAfterSeconds: 0,
    externalAccounts: { 'kid-1': hmacKey },
  });
  try {
    const there = { directory: `${strict.address}/dir` };
    await unchanged(lab, there, /^LK-ACME-005: .*no binding was given/);
    const wrong = { ...there, 'eab-key-id': 'kid-2', 'eab-hmac-key': hmacKey };
    const refused = await unchanged(lab, wrong, /^LK-ACME-005: /);
    const first = await renewed(lab, { ...there, 'eab-key-id': 'kid-1', 'eab-hmac-key': hmacKey });
    assert.match(first.log, /Due: the certificate authority changed from /);
    for (const { log, summary } of [refused, first]) assert.ok(!`${log}${summary}`.includes(hmacKey));
    await renewed(lab, { ...there, force: 'true' });
  } finally {
    await stopDaemons(directory, [strict.daemon], 3);
  }
  await renewed(lab);
}

/** The run ends well with a new certificate, kept and installed, and nothing of it is in the DNS. */
async function renewed(lab: CloudLab, inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const before = await installed(lab);
  const result = await lab.renew({ inputs });
  const { installed: now, stored, challenges } = await lab.find();
  assert.ok(now !== undefined && stored !== undefined);
  assert.ok(!isSame(now, before), `no new certificate: ${result.log}`);
  assert.ok(isSame(now, stored));
  assert.deepEqual([result.outputs['renewed'], result.outputs['serial']], ['true', serialOf(now.certificate)]);
  assert.deepEqual(challenges, []);
  return result;
}

/** The run fails with these words, and everything is as before. */
async function unchanged(lab: CloudLab, inputs: Readonly<Record<string, string>>, words: RegExp): Promise<StepResult> {
  const before = await lab.find();
  const result = await lab.run({ inputs });
  assert.equal(result.conclusion, 'failure', result.log);
  assert.match(result.errors.join('\n'), words);
  const after = await lab.find();
  for (const part of ['installed', 'stored'] as const) {
    const [one, other] = [before[part], after[part]];
    assert.ok(one !== undefined && other !== undefined && isSame(one, other), `${part} changed`);
  }
  assert.deepEqual(after.challenges, []);
  return result;
}

async function installed(lab: CloudLab): Promise<Pair> {
  const { installed: pair } = await lab.find();
  assert.ok(pair !== undefined);
  return pair;
}
