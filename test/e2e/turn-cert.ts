import assert from 'node:assert/strict';
import { searchEverywhere } from '../../sandbox/demo/canary.ts';
import { down } from '../../sandbox/down.ts';
import { eventually, NAMESPACE } from './deploy/lab.ts';
import type { Scenario } from './scenario.ts';
import { acrossPods } from './turn-cert/crossing.ts';
import { CertificateLab, SECRET } from './turn-cert/lab.ts';
import { type RelayedCall, RelayedCalls } from './turn-cert/relayed.ts';
import { giveByNamespace, inTheCluster } from './turn-cert/rights.ts';
import { failedRoll, helmAfter } from './turn-cert/rolls.ts';
import { run } from '../../sandbox/command.ts';

/** `CERTIFICATE=crossing,rolls` runs these parts only, after the first certificate. */
const wanted = (process.env['CERTIFICATE'] ?? '').split(',').filter((name) => name !== '');

const parts: readonly [string, string, (world: CertificateLab) => Promise<void>][] = [
  ['looked-at', 'what is not due is only looked at', notDue],
  [
    'calls',
    'a forced renewal rolls the pods under calls, straight and by a relay, which go on without loss',
    underCalls,
  ],
  ['deploy', 'the next deploy finds nothing to change', nextDeploy],
  ['trouble', 'two failures in a row open an issue, and the first good run closes it', trouble],
  ['refused', 'a certificate of the inputs that does not fit is refused, and the old one serves', refused],
  ['gone', 'a Secret that is gone is installed again, without an order and without a roll', gone],
  ['at-once', 'two runs at once, both forced, order once', atOnce],
  [
    'cancelled',
    'a run that is cancelled amid its order leaves the old one, and the next one ends what it left',
    cancelled,
  ],
  ['crossing', 'a call whose relay is another pod’s than its room recovers by an ICE restart, counted', acrossPods],
  ['failed-roll', 'a roll that fails puts the old certificate back, and the next run installs the new one', failedRoll],
  ['helm', 'a deploy by Helm 3 and a rollback after a renewal leave the new certificate in place', helmAfter],
  ['canaries', 'its private key is in Secret Manager and in the Secret, and nowhere else', canaries],
  ['rights', 'with rights by Kubernetes’ own roles a renewal rolls the pods and sees what they serve', byNamespace],
];

export const scenario: Scenario = {
  title: 'the TURN certificate on real nodes: ordered from Pebble, installed, rolled under a call, seen by clients',
  async run(check) {
    const world = await CertificateLab.open();
    try {
      const begun = await check(
        'the first one is ordered, kept and installed, and the next deploy turns TURN/TLS on',
        () => first(world),
      );
      if (!begun) return;
      const chosen = parts.filter(([name]) => wanted.length === 0 || wanted.includes(name));
      for (const [, title, work] of chosen) await check(title, () => work(world));
    } finally {
      await world.close();
    }
    await check('down leaves nothing behind', () => down({ removeState: true }));
  },
};

async function first(world: CertificateLab): Promise<void> {
  const { lab } = world;
  const { warnings } = await lab.deploy();
  assert.match(warnings.join('\n'), /TURN over TLS is left out of this deploy/);
  const { outputs, summary } = await world.renew();
  assert.equal(outputs['status'], 'renewed');
  assert.equal(outputs['renewed'], 'true');
  assert.match(outputs['issuer'] ?? '', /^Pebble Intermediate/);
  assert.match(summary, /\| dev \| <code>livekit-turn-tls-dev<\/code> \| ✅ renewed \| turn-dev\.nova\.example /);
  assert.equal((await world.installed()).serial, outputs['serial']);
  assert.deepEqual(await world.versions(), [{ number: 1, state: 'ENABLED' }]);
  assert.deepEqual(await world.challenges(), []);
  await lab.deploy();
  await eventually(async () => assert.equal(await world.shown(), outputs['serial']), 60);
}

async function notDue(world: CertificateLab): Promise<void> {
  const [pods, orders] = [await world.lab.stillPods(), await world.orders()];
  const { outputs } = await world.renew();
  assert.equal(outputs['status'], 'not-due');
  assert.equal(outputs['renewed'], 'false');
  assert.ok(Number(outputs['days-left']) > 30, outputs['days-left']);
  assert.ok(Date.parse(outputs['next-check'] ?? '') > Date.now(), outputs['next-check']);
  assert.deepEqual(await world.lab.pods(), pods);
  assert.deepEqual(await world.orders(), orders);
  assert.equal((await world.versions()).length, 1);
}

async function underCalls(world: CertificateLab): Promise<void> {
  const { lab } = world;
  await lab.untilServed();
  await lab.stillPods();
  const relays = await RelayedCalls.open(world);
  try {
    const relayed = await relays.call('renewal-relayed');
    try {
      // The only pod has room and relay.
      assert.deepEqual(relayed.crossing, []);
      await underCall(world, relayed);
    } finally {
      await relayed.call.leave();
    }
  } finally {
    relays.close();
  }
}

async function underCall(world: CertificateLab, relayed: RelayedCall): Promise<void> {
  const { lab } = world;
  const before = await world.installed();
  const call = await lab.call('renewal');
  const calls = { straight: call, relayed: relayed.call };
  const from = { straight: call.now(), relayed: relayed.call.now() };
  const { outputs } = await world.renew({ inputs: { force: 'true' } });
  assert.equal(outputs['status'], 'draining');
  assert.equal(outputs['renewed'], 'true');
  assert.notEqual(outputs['serial'], before.serial);
  assert.equal((await world.installed()).serial, outputs['serial']);
  // Clients that come now are led to the new pod; those that are in a call stay.
  await eventually(async () => assert.equal(await world.shown(), outputs['serial']), 30);
  for (const way of ['straight', 'relayed'] as const) {
    const stretch = calls[way].since(from[way]);
    const { rejoined, disconnected, dataLost, dataReceived, audioReceived } = stretch;
    const words = `${way}: ${JSON.stringify(stretch)}`;
    console.log(`· ${words}`);
    assert.deepEqual({ rejoined, disconnected, dataLost }, { rejoined: 0, disconnected: 0, dataLost: 0 }, words);
    assert.ok(dataReceived > 0 && audioReceived > 0, words);
  }
  assert.equal((await lab.pods()).filter(({ ending }) => ending).length, 1);
  assert.equal((await world.orders()).at(-1)?.isRenewal, true);
  await Promise.all([call.leave(), relayed.call.leave()]);
  await eventually(async () => assert.equal((await lab.pods()).length, 1), 60);
}

async function nextDeploy(world: CertificateLab): Promise<void> {
  const pods = await world.lab.pods();
  const preview = await world.lab.deploy({ inputs: { mode: 'diff' } });
  assert.equal(preview.outputs['changed'], 'false', preview.summary);
  const { outputs } = await world.lab.deploy();
  assert.deepEqual([outputs['status'], outputs['changed']], ['deployed', 'false']);
  assert.deepEqual(await world.lab.pods(), pods);
}

async function refused(world: CertificateLab): Promise<void> {
  const before = await world.installed();
  const versions = await world.versions();
  const shared = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '30',
    '-subj',
    '/CN=x',
  ];
  const certificate = await run('openssl', [
    ...shared,
    '-keyout',
    '/dev/null',
    '-addext',
    'subjectAltName=DNS:x.nova.example',
  ]);
  const wrong = await world.run({ inputs: { source: 'pem', certificate, 'private-key': before.key } });
  assert.equal(wrong.conclusion, 'failure');
  assert.match(wrong.errors.join('\n'), /^LK-CERT-005: .* has a private key that does not belong to its certificate/);
  const alone = await world.run({
    inputs: {
      source: 'pem',
      certificate: before.certificate.split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? '',
      'private-key': before.key,
    },
  });
  assert.match(alone.errors.join('\n'), /^LK-CERT-004: .* lacks the certificate’s issuer, Pebble/);
  assert.deepEqual([await world.shown(), await world.versions()], [before.serial, versions]);
}

async function trouble(world: CertificateLab): Promise<void> {
  const before = await world.installed();
  const failing = async () => {
    const result = await world.run({ inputs: { profile: 'nowhere' } });
    assert.match(result.errors.join('\n'), /^LK-ACME-004: /);
    assert.equal(result.outputs['status'], 'failed');
    return result.log;
  };
  assert.doesNotMatch(await failing(), /^Issue: /m);
  assert.match(await failing(), /^Issue: http/m);
  assert.equal((await world.installed()).serial, before.serial);
  assert.match((await world.renew()).log, /^Issue closed: http/m);
  assert.doesNotMatch((await world.renew()).log, /^Issue/m);
}

async function gone(world: CertificateLab): Promise<void> {
  const [before, orders, pods] = [await world.installed(), await world.orders(), await world.lab.stillPods()];
  await world.lab.kubectl('delete', 'secret', SECRET, '-n', NAMESPACE);
  const { outputs } = await world.renew();
  assert.deepEqual([outputs['status'], outputs['renewed']], ['installed', 'false']);
  assert.deepEqual([await world.installed(), await world.orders(), await world.lab.pods()], [before, orders, pods]);
}

async function atOnce(world: CertificateLab): Promise<void> {
  const before = (await world.orders()).length;
  const results = await Promise.all([0, 1].map(() => world.renew({ inputs: { force: 'true' } })));
  assert.deepEqual(results.map(({ outputs }) => outputs['renewed']).sort(), ['false', 'true']);
  assert.equal((await world.orders()).length, before + 1);
  const { serial } = await world.installed();
  assert.ok(results.every(({ outputs }) => outputs['serial'] === serial));
  await eventually(async () => assert.equal(await world.shown(), serial), 30);
  await eventually(async () => assert.equal((await world.lab.pods()).length, 1), 60);
}

async function cancelled(world: CertificateLab): Promise<void> {
  const before = await world.installed();
  const cancel = new AbortController();
  const onLine = (line: string) => {
    if (/Ordered turn-dev/.test(line)) cancel.abort();
  };
  const { conclusion } = await world.run({ inputs: { force: 'true' }, signal: cancel.signal, onLine });
  assert.equal(conclusion, 'cancelled');
  assert.deepEqual([await world.shown(), (await world.installed()).serial], [before.serial, before.serial]);
  assert.equal((await world.renew()).outputs['status'], 'not-due');
  const { outputs } = await world.renew({ inputs: { force: 'true' } });
  assert.equal(outputs['renewed'], 'true');
  assert.deepEqual(await world.challenges(), []);
  await eventually(async () => assert.equal(await world.shown(), outputs['serial']), 30);
  // Three certificates stay enabled.
  const states = (await world.versions()).map(({ state }) => state);
  const expected = states.map((_, index) => (index < states.length - 3 ? 'DISABLED' : 'ENABLED'));
  assert.ok(states.length > 1);
  assert.deepEqual(states, expected);
}

async function byNamespace(world: CertificateLab): Promise<void> {
  await giveByNamespace(world.lab.config);
  await inTheCluster(world.lab.config, 'rbac');
  const { outputs, warnings } = await world.renew({ inputs: { force: 'true', 'drain-minutes': '3' } });
  assert.deepEqual([outputs['status'], outputs['renewed']], ['renewed', 'true']);
  assert.deepEqual(warnings, []);
  await eventually(async () => assert.equal(await world.shown(), outputs['serial']), 30);
}

async function canaries(world: CertificateLab): Promise<void> {
  const { key } = await world.installed();
  const body = key.split('\n').filter((line) => line !== '' && !line.startsWith('---'));
  for (const secret of body.slice(0, 2)) {
    const { clean, expected } = await searchEverywhere(world.lab.config, { key: 'TURN', secret }, [
      world.lab.repository.directory,
    ]);
    assert.deepEqual(
      clean.filter(({ found }) => found).map(({ place }) => place),
      [],
    );
    assert.deepEqual(
      expected.map(({ found }) => found),
      [true, true],
    );
  }
}
