import { putFirewall, readFirewall, ruleset, rulesOf, statements } from './firewall.ts';
import { emptyRecord, type Firewall, type Pool, type WorldRecord } from './record.ts';

const anywhere = { name: 'rule', network: 'projects/p/global/networks/livekit', source_ranges: ['0.0.0.0/0'] };
const tcp = (...ports: string[]) => [{ protocol: 'tcp', ports }];
const pool = (more: Partial<Pool> = {}): Pool => ({
  ...{ name: 'livekit', minimum: 1, wanted: 1, machineType: 'e2-medium', labels: {}, taints: [] },
  ...{ cluster: 'cluster', tags: ['livekit-dev'], serviceAccount: 'nodes@p.iam.gserviceaccount.com' },
  ...more,
});

/** A cluster in the network `livekit` and these rules. */
function world(...rules: object[]): WorldRecord {
  const record = emptyRecord();
  record.clusters['c'] = { name: 'cluster', network: 'livekit' };
  rules.forEach((rule, index) =>
    putFirewall({ record }, String(index), { ...anywhere, name: `rule-${index}`, ...rule }),
  );
  return record;
}

/** Names of the rules before a node of the pool, GKE's own left out. */
const before = (record: WorldRecord, node = pool()): string[] =>
  rulesOf(node, record)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('gke-'));

describe('a rule that was applied', () => {
  it('stands before nodes with its tag or its service account, or before all when it names none', () => {
    const record = world(
      { allow: tcp('1'), target_tags: ['livekit-dev'] },
      { allow: tcp('2'), target_tags: ['livekit-prd'] },
      { allow: tcp('3'), target_service_accounts: ['nodes@p.iam.gserviceaccount.com'] },
      { allow: tcp('4'), target_service_accounts: ['other@p.iam.gserviceaccount.com'] },
      { allow: tcp('5') },
    );
    expect(before(record)).toEqual(['rule-0', 'rule-2', 'rule-4']);
    expect(before(record, pool({ tags: [], serviceAccount: 'default' }))).toEqual(['rule-4']);
  });

  it('is of one network', () => {
    const record = world({ allow: tcp('1') }, { allow: tcp('2'), network: 'default' });
    expect(before(record)).toEqual(['rule-0']);
    expect(before(record, pool({ cluster: 'another' }))).toEqual([]);
  });

  it('decides by its priority, and denies before another allows', () => {
    const record = world(
      { allow: tcp('1') },
      { deny: tcp('1') },
      { allow: tcp('1'), priority: 10 },
      { deny: tcp('1'), priority: 2000 },
    );
    expect(before(record)).toEqual(['rule-2', 'rule-1', 'rule-0', 'rule-3']);
  });

  it('counts neither when it is disabled, nor for what goes out', () => {
    const record = world({ allow: tcp('1'), disabled: true }, { allow: tcp('2'), direction: 'EGRESS' });
    expect(before(record)).toEqual([]);
    putFirewall({ record }, 'x', { ...anywhere, allow: tcp('3') });
    putFirewall({ record }, 'x', { ...anywhere, allow: tcp('3'), disabled: true });
    expect(record.firewalls).toEqual({});
  });

  it('is refused at once when nftables could not be told', () => {
    const record = emptyRecord();
    const put = (more: object) => () => putFirewall({ record }, 'x', { ...anywhere, ...more });
    expect(put({ allow: [{ protocol: 'quic' }] })).toThrow('quic');
    expect(put({ allow: tcp('1 accept; tcp dport 2') })).toThrow();
    expect(put({ allow: tcp('1'), source_ranges: ['0.0.0.0/0 accept'] })).toThrow();
    expect(record.firewalls).toEqual({});
  });

  it('may not name destinations', () => {
    expect(() => readFirewall({ ...anywhere, allow: tcp('1'), destination_ranges: ['10.0.0.0/8'] })).toThrow(
      'destination_ranges',
    );
  });
});

describe('the statements of a rule', () => {
  const rule = (more: object): Firewall => {
    const read = readFirewall({ ...anywhere, ...more });
    if (!read) throw new Error('no rule');
    return read;
  };

  it('are one for each source and port', () => {
    const source_ranges = ['35.191.0.0/16', '130.211.0.0/22'];
    expect(statements(rule({ allow: tcp('7880', '50000-60000'), source_ranges }))).toEqual([
      'ip saddr 35.191.0.0/16 tcp dport 7880 counter accept comment "rule"',
      'ip saddr 35.191.0.0/16 tcp dport 50000-60000 counter accept comment "rule"',
      'ip saddr 130.211.0.0/22 tcp dport 7880 counter accept comment "rule"',
      'ip saddr 130.211.0.0/22 tcp dport 50000-60000 counter accept comment "rule"',
    ]);
  });

  it('are of the protocol alone when there is no port', () => {
    const protocols = ['udp', 'ICMP', 'esp', '47'].map((protocol) => ({ protocol, ports: null }));
    expect(statements(rule({ deny: protocols }))).toEqual(
      ['udp', 'icmp', '50', '47'].map((name) => `meta l4proto ${name} counter drop comment "rule"`),
    );
    expect(statements(rule({ allow: [{ protocol: 'all' }] }))).toEqual(['counter accept comment "rule"']);
  });

  it('are none for a rule between machines, or for IPv6', () => {
    expect(statements(rule({ allow: tcp('1'), source_ranges: [], source_tags: ['x'] }))).toEqual([]);
    expect(statements(rule({ allow: tcp('1'), source_ranges: ['::/0'] }))).toEqual([]);
  });

  it('cannot be had for a protocol that does not exist, or ports of one without', () => {
    expect(() => statements(rule({ allow: [{ protocol: 'quic' }] }))).toThrow('quic');
    expect(() => statements(rule({ allow: [{ protocol: 'icmp', ports: ['1'] }] }))).toThrow('has no ports');
  });
});

describe('the rules of the whole world', () => {
  const chain = (text: string, name: string): string[] =>
    (new RegExp(`chain ${name} {\n([^}]*)}`).exec(text)?.[1] ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim());

  it('let nothing in to a machine of no pool', () => {
    expect(chain(ruleset('t', world({ allow: tcp('7881') }), []), 'to_lk_node1')).toEqual(['counter drop']);
  });

  it("let in to a pool's node what its rules allow, and drop the rest", () => {
    const record = world({ allow: tcp('7881') });
    record.pools['p'] = pool();
    record.assigned['gke-livekit-dev-2'] = 'p';
    const text = ruleset('t', record, []);
    expect(chain(text, 'to_lk_node2')).toEqual([
      'tcp dport 10255 counter drop comment "gke-cluster-exkubelet"',
      'tcp dport 7881 counter accept comment "rule-0"',
      'counter drop',
    ]);
    expect(chain(text, 'to_lk_node1')).toEqual(['counter drop']);
  });
});
