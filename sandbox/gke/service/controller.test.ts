import type { LoadBalancer } from '../../world/record.ts';
import { FakeApi } from '../api.fixture.ts';
import { Events } from '../events.ts';
import { node, turn } from '../objects.fixture.ts';
import type { Service } from '../objects.ts';
import { ServiceController } from './controller.ts';

const STATUS = '/api/v1/namespaces/livekit/services/livekit-server-turn/status';

function setup() {
  const api = new FakeApi();
  const puts: Readonly<Record<string, LoadBalancer>>[] = [];
  const put = (all: Readonly<Record<string, LoadBalancer>>): Promise<void> => {
    puts.push(all);
    return Promise.resolve();
  };
  const controller = new ServiceController({ api, events: new Events(api, () => undefined), put });
  const round = (services: readonly Service[], others: readonly Service[] = []): Promise<void> =>
    controller.round(services, others, {
      ...{ nodes: [node('a', '10.77.0.11')], slices: [], addresses: new Map() },
      present: puts.at(-1) ?? {},
      ephemeral: () => '203.0.113.254',
    });
  return { api, puts, round };
}

const withAddress = (service: Service): Service => ({ ...service, status: ['203.0.113.254'] });

describe('Services of type LoadBalancer', () => {
  it('change the world once, and get their address', async () => {
    const { api, puts, round } = setup();
    await round([turn()]);
    expect(puts).toEqual([
      { 'livekit/livekit-server-turn': expect.objectContaining({ address: '203.0.113.254' }) as LoadBalancer },
    ]);
    expect(api.patches).toEqual([
      [STATUS, { status: { loadBalancer: { ingress: [{ ip: '203.0.113.254', ipMode: 'VIP' }] } } }],
    ]);
    await round([withAddress(turn())]);
    expect(puts).toHaveLength(1);
    expect(api.patches).toHaveLength(1);
    expect(api.reasons()).toEqual(['EnsuredLoadBalancer']);
  });

  it('leave nothing when they are gone, or are of another type', async () => {
    const { api, puts, round } = setup();
    await round([turn()]);
    await round([], [withAddress(turn({}, { type: 'ClusterIP' }))]);
    expect(puts.at(-1)).toEqual({});
    expect(api.patches.at(-1)).toEqual([STATUS, { status: { loadBalancer: { ingress: [] } } }]);
  });

  it('tell a change that is refused once, by an event', async () => {
    const { api, puts, round } = setup();
    await round([turn()]);
    const changed = withAddress(turn({ 'cloud.google.com/l4-rbs': 'enabled' }));
    await round([changed]);
    await round([changed]);
    expect(puts).toHaveLength(1);
    expect(api.reasons()).toEqual(['EnsuredLoadBalancer', 'SyncLoadBalancerFailed']);
  });

  it('go on when one of them cannot be made', async () => {
    const { api, puts, round } = setup();
    const wrong = turn({}, { loadBalancerIP: '203.0.113.200' });
    await round([{ ...wrong, metadata: { ...wrong.metadata, name: 'wrong', uid: 'wrong' } }, turn()]);
    expect(Object.keys(puts.at(-1) ?? {})).toEqual(['livekit/livekit-server-turn']);
    expect(api.reasons()).toEqual(['SyncLoadBalancerFailed', 'EnsuredLoadBalancer']);
  });
});
