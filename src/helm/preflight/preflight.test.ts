import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type Layer, parseLayer } from '../values/layer.ts';
import { parseSet } from '../values/set.ts';
import type { Values } from '../values/tree.ts';
import { inspect, reportFindings } from './preflight.ts';
import type { PreflightFacts } from './rule.ts';

const root = join(fileURLToPath(import.meta.url), '../../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** The chart's defaults that the rules look at, as upstream documents them. */
const defaults: Values = {
  replicaCount: 1,
  podHostNetwork: true,
  resources: {},
  livekit: {
    port: 7880,
    rtc: { port_range_start: 50000, port_range_end: 60000 },
    redis: {},
    keys: {},
    turn: { enabled: false },
  },
  storeKeysInSecret: { enabled: false, existingSecret: '', keys: {} },
  loadBalancer: { type: 'disable' },
  autoscaling: { enabled: false, maxReplicas: 5, targetCPUUtilizationPercentage: 60 },
};
const facts: Layer = {
  name: 'the environment’s outputs',
  values: parse(
    'livekit: {redis: {address: "10.0.0.3:6379"}}\nloadBalancer: {tls: [{hosts: [livekit.nova.dev]}]}',
  ) as Values,
};
const outputs = { node_pool_max_nodes: 3, node_pool_name: 'livekit', redis_host: '10.0.0.3', redis_port: 6379 };

const findingsWith = (...set: string[]) => findingsIn('dev', outputs, ...set);

async function findingsIn(environment: string, outputs: PreflightFacts, ...set: string[]) {
  const layers = [
    await parseLayer('helm/values/common.yaml', read('helm/values/common.yaml')),
    await parseLayer(`helm/values/${environment}.yaml`, read(`helm/values/${environment}.yaml`)),
    facts,
    { name: 'the input `set`', values: parseSet(set) },
  ];
  return { layers, findings: inspect(defaults, layers, outputs) };
}

test.each([
  ['dev', 3],
  ['stg', 5],
  ['prd', 10],
])('the values of %s that ship have no finding', async (environment, nodes) => {
  expect((await findingsIn(environment, { ...outputs, node_pool_max_nodes: nodes })).findings).toEqual([]);
});

test.each([
  ['a placeholder', 'placeholder', 'error', ['livekit.region=TODO: region'], 'livekit.region'],
  ['a sample’s domain', 'placeholder', 'error', ['livekit.turn.domain=turn.example.com'], 'example.com'],
  ['empty pod annotations', 'podAnnotations', 'error', ['podAnnotations=null'], 'podAnnotations'],
  ['an API key in the values', 'plainSecret', 'error', ['livekit.keys.devkey=secret'], 'livekit.keys'],
  ['a Redis password', 'plainSecret', 'error', ['livekit.redis.password=secret'], 'livekit.redis.password'],
  ['no key Secret', 'keyFile', 'error', ['storeKeysInSecret.enabled=false'], 'storeKeysInSecret.enabled'],
  ['no key file', 'keyFile', 'error', ['livekit.key_file=null'], 'livekit.key_file'],
  ['a key file with a path', 'keyFile', 'error', ['livekit.key_file=/etc/keys.yaml'], '/etc/keys.yaml'],
  ['two pods without Redis', 'noRedis', 'error', ['replicaCount=2', 'livekit.redis.address=null'], '2 pods'],
  ['more pods than nodes', 'nodePool', 'error', ['replicaCount=4'], '3 nodes at most'],
  ['as many pods as nodes', 'nodePool', 'warning', ['replicaCount=3'], 'additional pod'],
  [
    'an autoscaler beyond the pool',
    'nodePool',
    'error',
    ['autoscaling={"enabled":true,"maxReplicas":9}'],
    'maxReplicas',
  ],
  [
    'autoscaling without a request',
    'hpaRequests',
    'error',
    ['autoscaling={"enabled":true,"maxReplicas":2}', 'resources=null'],
    'cpu',
  ],
  [
    'the sample’s load balancer type',
    'loadBalancerType',
    'error',
    ['loadBalancer.type=gke-native-vpc'],
    'gke-vpc-native',
  ],
  ['an Ingress without hosts', 'loadBalancerHosts', 'error', ['loadBalancer.tls=[]'], 'names no host'],
  ['TURN/TLS without a certificate', 'turnCertificate', 'error', ['livekit.turn.secretName=null'], 'secretName'],
  [
    'the newer metrics port alone',
    'prometheusPort',
    'warning',
    ['livekit.prometheus_port=null', 'livekit.prometheus.port=6789'],
    'prometheus.port',
  ],
  ['a UDP port beside a range', 'udpPort', 'error', ['livekit.rtc.udp_port=7882'], 'ignored'],
  ['a range as UDP port', 'udpPort', 'error', ['livekit.rtc.udp_port=7882-7892'], '7882-7892'],
  [
    'a key with a typing error',
    'configurationKey',
    'error',
    ['livekit.rtc.port_range_strat=50000'],
    'port_range_start',
  ],
  [
    'a key in another way of writing',
    'configurationKey',
    'error',
    ['livekit.rtc.useExternalIp=true'],
    'use_external_ip',
  ],
  ['a key that nobody knows', 'configurationKey', 'warning', ['livekit.rtc.quantum_codec=true'], 'rtc.quantum_codec'],
  [
    'a key in a list',
    'configurationKey',
    'error',
    ['livekit.rtc.turn_servers=[{"hosts":"x"}]'],
    'turn_servers[0].hosts',
  ],
  [
    'a TURN server’s password',
    'plainSecret',
    'error',
    ['livekit.rtc.turn_servers=[{"credential":"x"}]'],
    '[0].credential',
  ],
  ['a Sentinel’s password', 'plainSecret', 'error', ['livekit.redis.sentinel_password=x'], 'sentinel_password'],
  ['a private key', 'plainSecret', 'error', ['podAnnotations.x=-----BEGIN EC PRIVATE KEY-----'], 'podAnnotations.x'],
  ['a Redis without a port', 'redisAddress', 'error', ['livekit.redis.address=10.0.0.3'], 'host:port'],
  ['another Redis', 'redisAddress', 'warning', ['livekit.redis.address=10.9.9.9:6379'], 'is at 10.0.0.3:6379'],
  ['a TLS block without a Secret', 'ingressTls', 'error', ['loadBalancer.type=gke-managed-cert'], 'names no Secret'],
  ['a short life of WebSockets', 'webSocketLife', 'warning', ['gcp.backendConfig.timeoutSec=30'], 'after 30 s'],
  [
    'the chart’s own draining',
    'webSocketLife',
    'warning',
    ['gcp.backendConfig.connectionDraining.drainingTimeoutSec=60'],
    'after 60 s',
  ],
  ['a short grace', 'grace', 'warning', ['terminationGracePeriodSeconds=30'], 'is 30'],
  [
    'pods that may be evicted',
    'grace',
    'warning',
    ['podAnnotations.cluster-autoscaler\\.kubernetes\\.io/safe-to-evict=null'],
    'safe-to-evict',
  ],
  ['no surge', 'surge', 'warning', ['deploymentStrategy.rollingUpdate.maxSurge=0'], 'maxSurge'],
  ['a budget that lets none go', 'budget', 'warning', ['companion.podDisruptionBudget.minAvailable=1'], 'as few as 1'],
  ['a port that is text', 'malformed', 'error', ['livekit.port=http'], 'livekit.port'],
] as const)('%s is a finding', async (_name, kind, level, set, words) => {
  const { findings } = await findingsWith(...set);
  expect(findings).toEqual([expect.objectContaining({ kind, level, what: expect.stringContaining(words) as string })]);
});

test.each([
  ['webhook.api_key=mykey', 'the name of a key'],
  ['redis.tls.client_key_file=/x.pem', 'the name of a file'],
  ['rtc.turn_servers=[{"host":"t","username":"u"}]', 'a user’s name'],
])('livekit.%s is no secret: %s', async (set) => {
  const { findings } = await findingsWith(`livekit.${set}`);
  expect(findings.filter(({ kind }) => kind === 'plainSecret')).toEqual([]);
});

test('as many pods as nodes is fine where a deploy runs no additional pod', async () => {
  const { findings } = await findingsWith('replicaCount=3', 'deploymentStrategy.rollingUpdate.maxSurge=0');
  expect(findings.map(({ kind }) => kind)).toEqual(['surge']);
});

test('a placeholder that came from Terraform’s outputs only warns', async () => {
  const layers = [{ name: 'the environment’s outputs', values: { livekit: { turn: { domain: 'turn.example.com' } } } }];
  const found = inspect(defaults, layers, outputs).filter(({ kind }) => kind === 'placeholder');
  expect(found).toEqual([expect.objectContaining({ level: 'warning' })]);
});

test('one error stops the deploy, with its own cause and fix', async () => {
  const { findings, layers } = await findingsWith('loadBalancer.type=gke-native-vpc', 'replicaCount=4');
  expect(reportFindings(findings, layers)).toMatchObject({
    code: 'LK-HELM-004',
    message: expect.stringContaining('and 1 more') as string,
    fix: expect.stringContaining('replicas') as string,
  });
});

test('warnings alone do not', async () => {
  const { findings, layers } = await findingsWith('replicaCount=3');
  expect(reportFindings(findings, layers)).toBeUndefined();
});
