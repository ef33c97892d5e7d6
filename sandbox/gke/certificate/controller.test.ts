import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { FakeApi } from '../api.fixture.ts';
import { Events } from '../events.ts';
import { certificate } from '../objects.fixture.ts';
import type { ManagedCertificate } from '../objects.ts';
import { createAuthority, issue } from './authority.ts';
import { CertificateController } from './controller.ts';
import { CertificateStore } from './store.ts';

const DAY = 24 * 3_600_000;
const KEY = 'livekit/livekit-dev';
let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gke-certificates-'));
  await createAuthority(directory);
});
afterEach(() => rmSync(join(directory, 'gke', 'certificates.json'), { force: true }));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A cluster with one ManagedCertificate, attached to an Ingress at 198.51.100.1, and a clock of its own. */
function setup() {
  const api = new FakeApi();
  const addresses = ['198.51.100.1'];
  let now = Date.now();
  const start = () =>
    new CertificateController({
      ...{ api, events: new Events(api, () => undefined), store: new CertificateStore(directory) },
      questions: {
        resolve4: () => Promise.resolve(addresses),
        resolve6: () => Promise.resolve([]),
        resolveCaa: () => Promise.resolve([]),
      },
      issue: (domains) => issue(directory, domains),
      now: () => new Date(now),
    });
  const state = { controller: start(), object: certificate(['a.example']) };
  const round = async (): Promise<ManagedCertificate['status']> => {
    await state.controller.round([state.object], () => ['198.51.100.1']);
    const [, patch] = api.patches.at(-1) ?? [];
    const { expireTime, ...status } = (patch as { status: { expireTime: string | null } }).status;
    state.object = { ...state.object, status: { ...status, ...(expireTime === null ? {} : { expireTime }) } };
    return state.object.status;
  };
  return { ...{ api, state, addresses, round, start }, pass: (milliseconds: number) => (now += milliseconds) };
}

const serialOf = (controller: CertificateController): string =>
  new X509Certificate(controller.get(KEY)?.certificate ?? '').serialNumber;

describe('a ManagedCertificate', () => {
  it('is provisioned, then active, and serves its domains', async () => {
    const { round, state, api } = setup();
    const first = await round();
    expect(first).toMatchObject({
      certificateName: expect.stringMatching(/^mcrt-/) as string,
      certificateStatus: 'Provisioning',
      domainStatus: [{ domain: 'a.example', status: 'Provisioning' }],
    });
    expect(state.controller.get(KEY)).toBeUndefined();
    const second = await round();
    expect(second).toMatchObject({
      ...{ certificateName: first.certificateName, certificateStatus: 'Active' },
      domainStatus: [{ domain: 'a.example', status: 'Active' }],
    });
    const made = new X509Certificate(state.controller.get(KEY)?.certificate ?? '');
    expect(made.checkHost('a.example')).toBe('a.example');
    expect(new Date(second.expireTime ?? '').getTime()).toBe(made.validToDate.getTime());
    const before = api.patches.length;
    await round();
    expect(api.patches).toHaveLength(before);
    expect(api.reasons()).toEqual(['Create']);
  });

  it('waits while the domain leads elsewhere, and asks again', async () => {
    const { round, addresses, pass } = setup();
    addresses[0] = '192.0.2.1';
    await round();
    expect(await round()).toMatchObject({
      certificateStatus: 'Provisioning',
      domainStatus: [{ domain: 'a.example', status: 'FailedNotVisible' }],
    });
    addresses[0] = '198.51.100.1';
    expect(await round()).toMatchObject({ certificateStatus: 'Provisioning' });
    pass(2000);
    expect(await round()).toMatchObject({ certificateStatus: 'Active' });
  });

  it('begins anew with other domains; nothing serves until then', async () => {
    const { round, state } = setup();
    await round();
    const { certificateName } = await round();
    state.object = { ...state.object, spec: { domains: ['b.example'] } };
    const pending = await round();
    expect(pending).toMatchObject({ certificateStatus: 'Provisioning', domainStatus: [{ domain: 'b.example' }] });
    expect(pending.certificateName).not.toBe(certificateName);
    expect(pending.expireTime).toBeUndefined();
    expect(state.controller.get(KEY)).toBeUndefined();
    expect(await round()).toMatchObject({ certificateStatus: 'Active' });
  });

  it('is renewed 30 days before its end, under its name; when it cannot be, it serves on and says so', async () => {
    const { round, state, addresses, pass } = setup();
    await round();
    const { certificateName } = await round();
    const serial = serialOf(state.controller);
    pass(61 * DAY);
    addresses[0] = '192.0.2.1';
    await round();
    expect(await round()).toMatchObject({ certificateName, certificateStatus: 'RenewalFailed' });
    expect(serialOf(state.controller)).toBe(serial);
    addresses[0] = '198.51.100.1';
    pass(2000);
    expect(await round()).toMatchObject({ certificateName, certificateStatus: 'Active' });
    expect(serialOf(state.controller)).not.toBe(serial);
  });

  it('outlives a restart of the controller, and not its object', async () => {
    const { round, state, start } = setup();
    await round();
    const { certificateName } = await round();
    const serial = serialOf(state.controller);
    state.controller = start();
    expect(await round()).toMatchObject({ certificateName, certificateStatus: 'Active' });
    expect(serialOf(state.controller)).toBe(serial);
    await state.controller.round([], () => []);
    expect(state.controller.get(KEY)).toBeUndefined();
  });
});
