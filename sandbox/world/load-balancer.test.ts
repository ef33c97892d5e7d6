import { spawnSync } from 'node:child_process';
import { ruleset } from './firewall.ts';
import { openings, translations } from './load-balancer.ts';
import { emptyRecord, type LoadBalancer, type WorldRecord } from './record.ts';

function world(more: Partial<LoadBalancer> = {}): WorldRecord {
  const record = emptyRecord();
  record.loadBalancers['livekit/turn'] = {
    ...{ uid: 'u', kind: 'backend-service', rule: 'k8s2-turn', address: '203.0.113.129', addressName: 'turn' },
    ports: [{ protocol: 'tcp', port: 443, nodePort: 30_443 }],
    nodes: ['10.77.0.11', '10.77.0.12'],
    sourceRanges: ['0.0.0.0/0'],
    ...more,
  };
  return record;
}

describe('a load balancer before the nodes', () => {
  it('spreads connections over the nodes, by their source', () => {
    expect(translations(world())).toEqual([
      'ip daddr 203.0.113.129 tcp dport 443 dnat ip to jhash ip saddr . tcp sport mod 2 seed 0x6c6b map { 0 : 10.77.0.11, 1 : 10.77.0.12 } : 30443',
    ]);
    expect(translations(world({ nodes: ['10.77.0.11'] }))).toEqual([
      'ip daddr 203.0.113.129 tcp dport 443 dnat ip to 10.77.0.11 : 30443',
    ]);
  });

  it('leads nowhere without a node', () => {
    expect(translations(world({ nodes: [] }))).toEqual([]);
  });

  it('opens its own address and port and nothing else, from its source ranges', () => {
    expect(openings(world())).toEqual([
      'meta l4proto tcp ct status dnat ct original ip daddr 203.0.113.129 ct original proto-dst 443 counter accept comment "k8s2-turn"',
    ]);
    expect(openings(world({ sourceRanges: ['198.18.0.0/24', '192.0.2.7/32'] }))[0]).toContain(
      'ip saddr { 198.18.0.0/24, 192.0.2.7/32 } counter accept',
    );
  });

  it('lives in the one table of the world, its opening before what shuts', () => {
    const text = ruleset('t', world(), []);
    expect(text.indexOf('comment "k8s2-turn"')).toBeGreaterThan(text.indexOf('chain incoming'));
    expect(text.indexOf('comment "k8s2-turn"')).toBeLessThan(text.indexOf('vmap'));
    expect(text.indexOf(': 30443')).toBeLessThan(text.indexOf('chain internal_to_external'));
    expect(ruleset('t', emptyRecord(), [])).not.toContain('k8s2');
  });

  it('is text that nftables takes', () => {
    const hasPrograms = spawnSync('unshare', ['-n', 'nft', 'list', 'tables']).status === 0;
    // Without the program or root there is nothing to ask; the end-to-end run has both.
    if (!hasPrograms) return;
    const udp = { ports: [{ protocol: 'udp' as const, port: 3478, nodePort: 30_478 }], sourceRanges: ['192.0.2.0/24'] };
    for (const record of [world(), world(udp), world({ nodes: ['10.77.0.11'] })]) {
      const checked = spawnSync('unshare', ['-n', 'nft', '-c', '-f', '-'], { input: ruleset('t', record, []) });
      expect(String(checked.stderr)).toBe('');
      expect(checked.status).toBe(0);
    }
  });
});
