import { behaviourOf } from './behaviour.ts';
import type { ProviderContext } from './computed.ts';
import { plan, type Plan } from './plan.ts';
import { conform, resourceSchema } from './schema.ts';
import { UNKNOWN, type ObjectValue } from './value.ts';

const CONTEXT: ProviderContext = {
  project: 'p',
  projectNumber: '1',
  region: 'r',
  zone: null,
  defaultLabels: { component: 'livekit' },
  attributionLabel: true,
};

/** Plans as Terraform would ask for it: what the configuration leaves out and Google computes is proposed as it was. */
function planned(type: string, given: ObjectValue, was: ObjectValue | null = null): Plan {
  const { block } = resourceSchema(type);
  const config = { ...conform(block, given), ...given };
  const prior = was === null ? null : conform(block, was);
  const proposed: ObjectValue = { ...config };
  for (const [name, { computed }] of Object.entries(block.attributes ?? {}))
    if (computed && config[name] === null && prior) proposed[name] = prior[name] ?? null;
  return plan({ type, block, behaviour: behaviourOf(type), context: CONTEXT, prior, proposed, config });
}

const NETWORK = { name: 'n', project: 'p', id: 'projects/p/global/networks/n', self_link: 'https://n', mtu: 1460 };
const NETWORK_DEFAULTS = {
  auto_create_subnetworks: true,
  delete_default_routes_on_create: false,
  delete_bgp_always_compare_med: false,
  network_firewall_policy_enforcement_order: 'AFTER_CLASSIC_FIREWALL',
  deletion_policy: 'DELETE',
};

describe('a plan to create', () => {
  test('has the defaults of the real provider, its project and region, and leaves the rest to Google', () => {
    const { planned: subnet } = planned('google_compute_subnetwork', { name: 's', network: 'n' });
    expect(subnet).toMatchObject({
      name: 's',
      project: 'p',
      region: 'r',
      deletion_policy: 'DELETE',
      id: UNKNOWN,
      gateway_address: UNKNOWN,
      secondary_ip_range: UNKNOWN,
      log_config: [],
      description: null,
    });
  });

  test('has the defaults of nested blocks', () => {
    const { planned: subnet } = planned('google_compute_subnetwork', {
      name: 's',
      network: 'n',
      log_config: [{ flow_sampling: 0.1 }],
    });
    expect(subnet['log_config']).toEqual([
      expect.objectContaining({
        flow_sampling: 0.1,
        aggregation_interval: 'INTERVAL_5_SEC',
        metadata: 'INCLUDE_ALL_METADATA',
      }),
    ]);
  });

  test('needs no replacement', () => {
    expect(planned('google_compute_network', { name: 'n' }).requiresReplace).toEqual([]);
  });

  test('holds no write-only value', () => {
    const version = { secret: 's', secret_data_wo: 'canary', secret_data_wo_version: '1' };
    const { planned: result } = planned('google_secret_manager_secret_version', version);
    expect(result['secret_data_wo']).toBeNull();
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  test('knows the e-mail address of a service account', () => {
    expect(planned('google_service_account', { account_id: 'nodes' }).planned).toMatchObject({
      email: 'nodes@p.iam.gserviceaccount.com',
      member: 'serviceAccount:nodes@p.iam.gserviceaccount.com',
    });
    expect(planned('google_service_account', { account_id: UNKNOWN }).planned).toMatchObject({ email: UNKNOWN });
  });

  test("carries the provider's labels and Terraform's mark", () => {
    const { planned: secret } = planned('google_secret_manager_secret', { secret_id: 's', labels: { a: 'b' } });
    expect(secret['labels']).toEqual({ a: 'b' });
    expect(secret['effective_labels']).toEqual({ 'goog-terraform-provisioned': 'true', component: 'livekit', a: 'b' });
  });
});

describe('a plan to change', () => {
  test('keeps what Google computed', () => {
    const { planned: network, requiresReplace } = planned(
      'google_compute_network',
      { name: 'n', mtu: 1500 },
      { ...NETWORK, ...NETWORK_DEFAULTS },
    );
    expect(network).toMatchObject({ id: NETWORK.id, self_link: NETWORK.self_link, mtu: 1500 });
    expect(requiresReplace).toEqual([]);
  });

  test('is empty when nothing was changed', () => {
    const was = conform(resourceSchema('google_compute_network').block, { ...NETWORK, ...NETWORK_DEFAULTS });
    expect(planned('google_compute_network', { name: 'n' }, was).planned).toEqual(was);
  });

  test('replaces where the real provider does, and says for which attribute', () => {
    const { requiresReplace } = planned(
      'google_compute_network',
      { name: 'm', description: 'new' },
      { ...NETWORK, ...NETWORK_DEFAULTS },
    );
    expect(requiresReplace).toEqual(expect.arrayContaining([['name'], ['description']]));
    expect(requiresReplace).toHaveLength(2);
  });

  test('replaces for a value that is not known yet', () => {
    const was = { name: 's', network: 'n', project: 'p', region: 'r', deletion_policy: 'DELETE' };
    const { requiresReplace } = planned('google_compute_subnetwork', { name: 's', network: UNKNOWN }, was);
    expect(requiresReplace).toEqual([['network']]);
  });

  test('takes two ways to write a network for the same', () => {
    const network = 'https://www.googleapis.com/compute/v1/projects/p/global/networks/n';
    const was = { name: 's', network, project: 'p', region: 'r', deletion_policy: 'DELETE' };
    for (const written of ['projects/p/global/networks/n', 'n']) {
      const same = planned('google_compute_subnetwork', { name: 's', network: written }, was);
      expect(same.planned['network']).toBe(network);
      expect(same.requiresReplace).toEqual([]);
    }
    const other = planned('google_compute_subnetwork', { name: 's', network: 'projects/q/global/networks/n' }, was);
    expect(other.requiresReplace).toEqual([['network']]);
  });

  test('counts a set in another order as the same', () => {
    const rule = {
      name: 'f',
      network: 'n',
      project: 'p',
      direction: 'INGRESS',
      priority: 1000,
      deletion_policy: 'DELETE',
    };
    const { requiresReplace } = planned(
      'google_compute_firewall',
      { ...rule, source_ranges: ['b', 'a'] },
      { ...rule, source_ranges: ['a', 'b'] },
    );
    expect(requiresReplace).toEqual([]);
  });

  test('changes the machine type of a running node pool, but replaces it for another service account', () => {
    const pool = { name: 'p', cluster: 'c', location: 'l', project: 'p', deletion_policy: 'DELETE' };
    const was = {
      ...pool,
      node_config: [{ machine_type: 'c2-standard-4', service_account: 'a', spot: false, preemptible: false }],
    };
    const bigger = { ...pool, node_config: [{ machine_type: 'c2-standard-8', service_account: 'a' }] };
    expect(planned('google_container_node_pool', bigger, was).requiresReplace).toEqual([]);
    const other = { ...pool, node_config: [{ machine_type: 'c2-standard-4', service_account: 'b' }] };
    expect(planned('google_container_node_pool', other, was).requiresReplace).toEqual([
      ['node_config', 0, 'service_account'],
    ]);
  });

  test('leaves a block alone that Google filled and the configuration does not mention', () => {
    const was = { name: 'c', deletion_policy: 'DELETE', release_channel: [{ channel: 'REGULAR' }] };
    const { planned: cluster } = planned('google_container_cluster', { name: 'c' }, was);
    expect(cluster['release_channel']).toEqual([{ channel: 'REGULAR' }]);
  });

  test("keeps Terraform's mark only where it was at creation", () => {
    const was = { secret_id: 's', project: 'p', effective_labels: { a: 'b' } };
    const { planned: secret } = planned('google_secret_manager_secret', { secret_id: 's', labels: { a: 'c' } }, was);
    expect(secret['terraform_labels']).toEqual({ component: 'livekit', a: 'c' });
  });
});
