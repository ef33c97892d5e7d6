import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { merge, type Values } from '../values/tree.ts';
import type { AddonContext } from './addon.ts';
import { firstToLast, turnServer } from './turn-server.ts';

const outputs = {
  turn_server: {
    domain: 'turn.nova.example',
    address_name: 'livekit-dev-turn-server',
    address: '203.0.113.130',
    node_pool_name: 'turn-server-dev',
    max_nodes: 2,
    relay_ports: { min: 49152, max: 49407 },
    tls: false,
    denied_ranges: ['10.0.0.0/20', '33.4.0.0/16'],
    secret_id: 'projects/nova-livekit-dev/secrets/livekit-dev-turn-server',
  },
} as unknown as EnvironmentOutputs;

const DEFAULTS: Values = {
  replicaCount: 1,
  auth: { mode: 'ephemeral', secretName: 'turn-server-secret' },
  nodeSelector: { 'livekit-gke/pool': 'turn-server' },
};

function findings(values: Values, more: Partial<AddonContext> = {}): string[] {
  const facts = turnServer.facts?.(outputs) ?? {};
  const context: AddonContext = {
    values: merge(merge(DEFAULTS, facts), values),
    layers: [],
    outputs,
    release: 'turn-server',
    namespace: 'nova-turn',
    secrets: new Map([['turn-server-secret', ['TURN_AUTH_SECRET', 'REALM']]]),
    ...more,
  };
  return (turnServer.rules ?? []).flatMap((rule) => rule(context)).map(({ kind, what }) => `${kind}: ${what}`);
}

test('with what Terraform made nothing is wrong, and one number is the relay range', () => {
  expect(findings({})).toEqual([]);
  expect(turnServer.facts?.(outputs)).toMatchObject({
    relay: { minPort: 49152, maxPort: 49407 },
    limits: { totalQuota: 256 },
    clusterRanges: ['10.0.0.0-10.0.15.255', '33.4.0.0-33.4.255.255'],
    service: { addressName: 'livekit-dev-turn-server' },
  });
});

test.each<[string, Values, Partial<AddonContext>, RegExp]>([
  ['another relay range', { relay: { maxPort: 50000 } }, {}, /relayRange: .*49152-50000.*49152-49407/],
  ['no pool', {}, { outputs: {} as EnvironmentOutputs }, /turnPool: .*no node pool/],
  ['LiveKit’s pool', { nodeSelector: { 'livekit-gke/pool': 'livekit' } }, {}, /turnPool: .*LiveKit’s nodes/],
  ['more pods than nodes', { replicaCount: 3 }, {}, /turnPool: .*is 3.*2 nodes/],
  ['a static user without its password', { auth: { mode: 'static' } }, {}, /turnCredentials: .*no TURN_USER/],
  [
    'a static user beside ephemeral credentials',
    {},
    { secrets: new Map([['turn-server-secret', ['TURN_AUTH_SECRET', 'TURN_PASSWORD']]]) },
    /turnCredentials: .*has TURN_PASSWORD beside it/,
  ],
])('%s is refused', (_what, values, more, words) => {
  expect(findings(values, more).join('\n')).toMatch(words);
});

test('a Secret that others make is not judged', () => {
  expect(findings({ auth: { mode: 'static' } }, { secrets: new Map() })).toEqual([]);
});

test.each([
  ['10.4.0.0/16', '10.4.0.0-10.4.255.255'],
  ['10.0.3.7/20', '10.0.0.0-10.0.15.255'],
  ['192.0.2.1', '192.0.2.1-192.0.2.1'],
  ['0.0.0.0/0', '0.0.0.0-255.255.255.255'],
  ['fd00::/8', undefined],
  ['10.0.0.0/33', undefined],
])('%s is %s', (range, written) => {
  expect(firstToLast(range)).toBe(written);
});
