import assert from 'node:assert/strict';
import { isFoundByPebble } from '../../../sandbox/acme/pebble.ts';
import { isSame, namesOf, serialOf } from '../../../src/certificate/pair.ts';
import type { Check } from '../scenario.ts';
import type { CloudLab } from './cloud-lab.ts';

const NAME = 'messaging.nova.example';
const SECRET = 'nova-tls-cert';
const SPACE = 'nova-messaging';

/** Certificates for what runs beside LiveKit, where cert-manager is not wanted: in a Secret of its own, and LiveKit’s stays. */
export async function addOn(check: Check, lab: CloudLab): Promise<void> {
  const inputs = { 'secret-name': SECRET, namespace: SPACE, domains: NAME };
  lab.gate.begin();
  await check(
    'before an add-on’s namespace is there nothing is ordered for it, and what is missing is said',
    async () => {
      const { conclusion, errors } = await lab.run({ inputs });
      assert.equal(conclusion, 'failure');
      assert.match(
        errors.join('\n'),
        /^LK-CERT-019: There is no namespace nova-messaging for the Secret nova-tls-cert/,
      );
      assert.ok(lab.gate.seen.every(({ service, method }) => service !== 'acme' || method === 'GET'));
    },
  );

  await check(
    'an add-on’s certificate is ordered by a CNAME into the zone for challenges, and renewed from its Secret',
    async () => {
      await lab.kubectl('create', 'namespace', SPACE);
      const rrdatas = ['messaging.acme-dev.nova.example.'];
      await lab.setRecord({ name: `_acme-challenge.${NAME}.`, type: 'CNAME', ttl: 60, rrdatas });
      const before = await lab.find();
      const first = await lab.renew({ inputs });
      assert.deepEqual([first.outputs['status'], first.outputs['renewed']], ['renewed', 'true']);
      const pair = await lab.secret(SPACE, SECRET);
      assert.deepEqual([namesOf(pair.certificate), serialOf(pair.certificate)], [[NAME], first.outputs['serial']]);
      const again = await lab.renew({ inputs });
      assert.equal(again.outputs['status'], 'not-due');
      const force = () => lab.renew({ inputs: { ...inputs, force: 'true' } });
      while (!isFoundByPebble((await lab.secret(SPACE, SECRET)).certificate)) await force();
      const forced = await force();
      assert.equal(forced.outputs['renewed'], 'true');
      assert.match(forced.log, /^Ordered messaging\.nova\.example as a renewal/m);
      assert.ok(!isSame(await lab.secret(SPACE, SECRET), pair));
      const { installed, stored, challenges } = await lab.find();
      assert.ok(installed && stored && before.installed && before.stored);
      assert.ok(isSame(installed, before.installed) && isSame(stored, before.stored));
      assert.deepEqual(challenges, []);
    },
  );

  await check('the table of each run has the certificates of all environments', async () => {
    const { summary } = await lab.renew({ inputs: { environments: 'dev\nstg' } });
    const rows = summary.split('\n').filter((line) => /^\| (dev|stg) /.test(line));
    const cells = rows.map((line) => line.split(' | ').slice(0, 4).join(' | '));
    assert.equal(cells[0], '| dev | <code>livekit-turn-tls-dev</code> | ✅ not due | turn-dev.nova.example');
    assert.match(
      cells[1] ?? '',
      /^\| dev \| <code>nova-messaging\/nova-tls-cert<\/code> \| ✅ since .* \| messaging\.nova\.example$/,
    );
    assert.match(cells[2] ?? '', /^\| stg \| {2}\| nothing is written down in this bucket/);
    assert.equal(rows.length, 3, summary);
  });
}
