import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeApi } from '../api.fixture.ts';
import { Events } from '../events.ts';
import { ingress, service, slice, world } from '../objects.fixture.ts';
import type { Ingress } from '../objects.ts';
import { IngressController } from './controller.ts';
import { HealthMonitor } from './health.ts';

const PATH = '/apis/networking.k8s.io/v1/namespaces/livekit/ingresses/livekit-server';
const STATIC = { 'kubernetes.io/ingress.global-static-ip-name': 'livekit-dev' };
// The address of these load balancers is this machine's own.
const LOCAL = { addresses: new Map([['livekit-dev', '127.0.0.1']]), ephemeral: () => '127.0.0.1' };

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function setup() {
  const api = new FakeApi();
  const claims: string[] = [];
  const write = (): void => undefined;
  const controller = new IngressController({
    ...{ api, write, events: new Events(api, write), certificateOf: () => undefined, ports: { http: 0, https: 0 } },
    health: new HealthMonitor(write, () => Promise.resolve(true)),
    claim: (address) => Promise.resolve(void claims.push(`+${address}`)),
    release: (address) => Promise.resolve(void claims.push(`-${address}`)),
  });
  ends.push(() => controller.close());
  return { api, claims, controller };
}

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, headers: { host: 'livekit.example.com' }, agent: false }, (response) => {
      let text = `${response.statusCode} `;
      response.on('data', (part) => (text += String(part))).on('end', () => resolve(text));
    }).on('error', reject);
  });
}

const named = (object: Ingress, name: string): Ingress => ({
  ...object,
  metadata: { ...object.metadata, name, uid: name },
});

describe('an Ingress of the class gce', () => {
  it('serves its pods on its address, and says so', async () => {
    const pod = createServer((_, response) => response.end('pod'));
    await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
    ends.push(() => pod.close());
    const slices = [slice('livekit-server', { a: { host: '127.0.0.1', port: (pod.address() as AddressInfo).port } })];
    const { api, claims, controller } = setup();
    await controller.round([ingress(STATIC)], world({ ...LOCAL, slices }));
    expect(claims).toEqual(['+127.0.0.1']);
    expect(api.patches[0]).toEqual([
      `${PATH}/status`,
      { status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } } },
    ]);
    expect(api.reasons()).toEqual(['Sync', 'IPChanged']);

    await controller.round([{ ...ingress(STATIC), status: ['127.0.0.1'] }], world({ ...LOCAL, slices }));
    const usage = controller.usage()['livekit/livekit-server'];
    await expect(fetchText(usage?.http ?? 0)).resolves.toBe('200 pod');
    const annotation = api.patches.at(-1)?.[1] as { metadata: { annotations: Record<string, string> } };
    expect(annotation.metadata.annotations['ingress.kubernetes.io/backends']).toMatch(/^{"k8s1-.*":"HEALTHY"}$/);
    expect(api.reasons()).toEqual(['Sync', 'IPChanged']);

    await controller.round([], world(LOCAL));
    expect(claims).toEqual(['+127.0.0.1', '-127.0.0.1']);
    await expect(fetchText(usage?.http ?? 0)).rejects.toThrow('ECONNREFUSED');
  });

  it('stays as it was while it makes no sense, and tells why once', async () => {
    const { api, controller } = setup();
    await controller.round([ingress(STATIC)], world(LOCAL));
    const before = controller.plans();
    await controller.round([ingress(STATIC)], world({ ...LOCAL, services: [] }));
    await controller.round([ingress(STATIC)], world({ ...LOCAL, services: [] }));
    expect(controller.plans()).toEqual(before);
    expect(api.reasons().filter((reason) => reason === 'Translate')).toHaveLength(1);
    await controller.round([ingress(STATIC)], world({ ...LOCAL, addresses: new Map(), services: [service()] }));
    expect(api.reasons().at(-1)).toBe('Sync');
    expect(api.created.at(-1)?.[1]).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining(
        "the given static IP name livekit-dev doesn't translate to an existing static IP.",
      ) as string,
    });
  });

  it('does not take the address of another', async () => {
    const { api, controller } = setup();
    await controller.round([ingress(STATIC), named(ingress(STATIC), 'second')], world(LOCAL));
    expect(controller.plans().map(({ key }) => key)).toEqual(['livekit/livekit-server']);
    expect(api.created.map(([, body]) => body)).toContainEqual(
      expect.objectContaining({ type: 'Warning', message: expect.stringContaining('in-use') as string }),
    );
  });
});
