import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { newCanary } from '../../../sandbox/demo/canary.ts';
import { run } from '../../../sandbox/command.ts';
import { BRIDGE, GLOBAL_ADDRESSES, MACHINES, WORLD_DEVICE, WORLD_DNS } from '../../../sandbox/kubernetes/plan.ts';
import { eventually, NAMESPACE } from '../deploy/lab.ts';
import { bringBackNode, loseNode, machineOf } from '../deploy/machine.ts';
import type { VerifyLab, Wish } from './lab.ts';

/** A fault that is there. */
export interface Made {
  undo(): Promise<void>;
  /** How it is looked at, where all checks of livekit-verify but the longest are not it. */
  readonly wish?: Wish;
}
type Make = (lab: VerifyLab) => Promise<Made>;

/** A rule on the way between the outside and the nodes, or to what the machine itself serves. */
function onTheWay(name: string, hook: 'forward' | 'input', rule: string): Make {
  const table = `verify_fault_${name.replaceAll('-', '_')}`;
  const nft = (input: string) => run('nft', ['-f', '-'], { input, timeoutSeconds: 10 });
  return async () => {
    await nft(`table inet ${table} {
  chain fault {
    type filter hook ${hook} priority -10; policy accept;
    ${rule}
  }
}`);
    return { undo: async () => void (await nft(`delete table inet ${table}`)) };
  };
}

/**
 * Both ways, since a node that sends first opens a firewall for what comes back: the way to a client behind a network that
 * lets nothing in is like this.
 */
const datagrams = (ports: string, verdict: string) =>
  `iifname "${WORLD_DEVICE}" oifname "${BRIDGE}" udp dport ${ports} ${verdict}
    iifname "${BRIDGE}" oifname "${WORLD_DEVICE}" udp sport ${ports} ${verdict}`;
const connections = (ports: string) => `iifname "${WORLD_DEVICE}" oifname "${BRIDGE}" tcp dport ${ports} drop`;

/** The load balancer is told of changes within a second or two. */
const TOLD_MILLISECONDS = 4000;
const elsewhere = '203.0.113.200';
const record = 'dns/v1/projects/nova-livekit-dev/managedZones/nova-example/rrsets/turn-dev.nova.example./A';
const byHand = 'projects/nova-livekit-dev/global/firewalls/by-hand';

/** Asks the name servers of the outside. */
function publicDns(): Resolver {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([WORLD_DNS]);
  return resolver;
}

/** The inner address of a node with a pod on it. */
async function addressOf({ lab }: VerifyLab): Promise<string> {
  const [pod] = await lab.stillPods();
  return MACHINES.find(({ name }) => name === pod?.node)?.address ?? '';
}

/** How each fault comes about, and goes. */
export const MAKING: Readonly<Record<string, Make>> = {
  'media-dropped': onTheWay('media', 'forward', datagrams('50000-60000', 'drop')),
  '7881-dropped': onTheWay('7881', 'forward', connections('7881')),
  '3478-dropped': onTheWay('3478', 'forward', datagrams('3478', 'drop')),

  'balancer-down': onTheWay(
    'balancer',
    'input',
    `iifname "${WORLD_DEVICE}" ip daddr ${GLOBAL_ADDRESSES} tcp dport 443 drop`,
  ),

  'dns-elsewhere': async (lab) => {
    const name = `dns.googleapis.com/${record}`;
    const { rrdatas: before } = (await lab.google('GET', name, undefined)) as { rrdatas: string[] };
    const lead = async (addresses: readonly string[]) => {
      await lab.google('PATCH', name, { rrdatas: addresses });
      // The name servers take a change up a second or two later.
      await eventually(async () =>
        assert.deepEqual(await publicDns().resolve4(lab.lab.environment.turnDomain), addresses),
      );
    };
    await lead([elsewhere]);
    return { undo: () => lead(before) };
  },

  'third-pod': async ({ lab }) => {
    const scale = (replicas: number) =>
      lab.kubectl('scale', 'deployment/livekit-server', '-n', NAMESPACE, `--replicas=${replicas}`);
    const count = (wanted: number) => eventually(async () => assert.equal((await lab.pods()).length, wanted), 60);
    await scale(3);
    await count(3);
    return { undo: async () => void (await scale(2), await count(2)) };
  },

  'backend-config-lost': async ({ lab }) => {
    const [service, key] = [['service', 'livekit-server', '-n', NAMESPACE], 'cloud.google.com/backend-config'];
    const path = `jsonpath={.metadata.annotations.${key.replaceAll('.', String.raw`\.`)}}`;
    const saved = await lab.kubectl('get', ...service, '-o', path);
    await lab.kubectl('annotate', ...service, `${key}-`);
    await sleep(TOLD_MILLISECONDS);
    return {
      undo: async () => {
        await lab.kubectl('annotate', ...service, `${key}=${saved}`);
        await sleep(TOLD_MILLISECONDS);
      },
    };
  },

  'backend-config-gone': async ({ lab }) => {
    const saved = await lab.kubectl('get', 'backendconfig', 'livekit-server', '-n', NAMESPACE, '-o', 'json');
    await lab.kubectl('delete', 'backendconfig', 'livekit-server', '-n', NAMESPACE);
    return {
      undo: async () => {
        const { apiVersion, kind, metadata, spec } = JSON.parse(saved) as Record<string, Record<string, unknown>>;
        const { name, namespace, labels, annotations } = metadata ?? {};
        await lab.apply({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec });
      },
    };
  },

  'tight-budget': async ({ lab }) => {
    const selector = { matchLabels: { 'app.kubernetes.io/name': 'livekit-server' } };
    await lab.apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'verify-fault', namespace: NAMESPACE },
      spec: { minAvailable: 2, selector },
    });
    await eventually(async () => {
      const path = 'jsonpath={.status.currentHealthy}';
      assert.equal(await lab.kubectl('get', 'pdb', 'verify-fault', '-n', NAMESPACE, '-o', path), '2');
    });
    return { undo: async () => void (await lab.kubectl('delete', 'pdb', 'verify-fault', '-n', NAMESPACE)) };
  },

  'autoscaler-by-hand': async ({ lab }) => {
    const target = ['deployment/livekit-server', '-n', NAMESPACE];
    await lab.kubectl('autoscale', ...target, '--name=by-hand', '--min=2', '--max=5', '--cpu-percent=60');
    return { undo: async () => void (await lab.kubectl('delete', 'hpa', 'by-hand', '-n', NAMESPACE)) };
  },

  'turn-secret': async (lab) => {
    await lab.installCertificate('other.nova.example');
    return {
      undo: () => lab.installCertificate(lab.lab.environment.turnDomain),
      wish: { checks: ['secrets'], as: 'livekit-deploy' },
    };
  },

  'firewall-row': async ({ lab }) => {
    await lab.environment.apply(lab.keys, { open_ports: { rtc_tcp: false } });
    return { undo: () => lab.environment.apply(lab.keys, { open_ports: {} }) };
  },

  'opened-by-hand': async (lab) => {
    const path = `cloud/v1/resources/google_compute_firewall/${encodeURIComponent(byHand)}`;
    const attributes = {
      name: 'by-hand',
      network: 'projects/nova-livekit-dev/global/networks/livekit-dev',
      allow: [{ protocol: 'tcp', ports: ['7880'] }],
      source_ranges: ['0.0.0.0/0'],
    };
    await lab.google('POST', path, { attributes });
    return { undo: async () => void (await lab.google('DELETE', path, undefined)) };
  },

  'redis-resized': async (lab) => {
    const type = 'cloud/v1/resources/google_redis_instance';
    const { keys } = (await lab.google('GET', type, undefined)) as { keys: string[] };
    const path = `${type}/${encodeURIComponent(keys[0] ?? '')}`;
    const { attributes } = (await lab.google('GET', path, undefined)) as { attributes: Record<string, unknown> };
    await lab.google('PUT', path, { attributes: { ...attributes, memory_size_gb: 2 } });
    return { undo: async () => void (await lab.google('PUT', path, { attributes })) };
  },

  // nftables' own dice, since not every kernel has netem; of what is sent only, so that connections still come to stand.
  loss: async (lab) => {
    const rule = `iifname "${WORLD_DEVICE}" oifname "${BRIDGE}" udp dport 50000-60000 numgen random mod 5 == 0 drop`;
    const made = await onTheWay('loss', 'forward', rule)(lab);
    return {
      undo: async () => {
        await made.undo();
        // The series of the alert rules that only a loss brings about.
        const page = await (await fetch(`http://${await addressOf(lab)}:6789/metrics`)).text();
        assert.match(page, /^livekit_packet_loss_total\{/m);
      },
    };
  },

  'address-anew': () =>
    Promise.resolve({ undo: () => Promise.resolve(), wish: { outputs: { signal_address: '198.51.100.99' } } }),

  'certificate-misnamed': async ({ lab }) => {
    const [ingress, key] = [['ingress', 'livekit-server', '-n', NAMESPACE], 'networking.gke.io/managed-certificates'];
    const path = `jsonpath={.metadata.annotations.${key.replaceAll('.', String.raw`\.`)}}`;
    const saved = await lab.kubectl('get', ...ingress, '-o', path);
    const set = (names: string) => lab.kubectl('annotate', '--overwrite', ...ingress, `${key}=${names}`);
    await set(`${saved},livekit-old`);
    return { undo: async () => void (await set(saved)) };
  },

  'metrics-closed': async ({ lab }) => {
    const [pod] = await lab.stillPods();
    const network = `--net=/run/netns/${machineOf(pod?.node ?? '').namespace}`;
    const nft = (input: string) => run('nsenter', [network, 'nft', '-f', '-'], { input, timeoutSeconds: 10 });
    await nft(`table inet verify_fault_metrics {
  chain fault {
    type filter hook input priority -10; policy accept;
    tcp dport 6789 reject with tcp reset
  }
}`);
    return { undo: async () => void (await nft('delete table inet verify_fault_metrics')) };
  },

  'node-silent': async ({ lab }) => {
    const busy = (await lab.stillPods()).map(({ node }) => node);
    const nodes = (await lab.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    const idle = nodes.find((name) => !busy.includes(name)) ?? '';
    const isReady = async (wanted: string) => {
      const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
      await eventually(async () => assert.equal(await lab.kubectl('get', 'node', idle, '-o', path), wanted), 90);
    };
    await loseNode(lab.config, idle);
    await isReady('Unknown');
    return {
      undo: async () => {
        await bringBackNode(lab.config, idle);
        await isReady('True');
      },
    };
  },

  'wrong-secret': async (lab) => {
    const { livekit_secret_id: id } = lab.lab.environment.outputs;
    const text = `${lab.lab.keys.key}: ${newCanary().secret}\n`;
    const payload = { data: Buffer.from(text).toString('base64') };
    const made = await lab.google('POST', `secretmanager.googleapis.com/v1/${String(id)}:addVersion`, { payload });
    const version = (made as { name: string }).name.split('/').at(-1);
    return { undo: () => Promise.resolve(), wish: { outputs: { livekit_secret_version: version } } };
  },

  // Its pods are replaced by the next fault.
  expired: async (lab) => {
    await lab.installCertificate(lab.lab.environment.turnDomain, 'expired');
    return { undo: () => lab.installCertificate(lab.lab.environment.turnDomain) };
  },

  'pod-down': async (lab) => {
    const [pod] = await lab.lab.stillPods();
    assert.ok(pod !== undefined);
    await lab.lab.kubectl('cordon', pod.node);
    await lab.replacePods(1);
    return {
      undo: async () => {
        await lab.lab.kubectl('uncordon', pod.node);
        await lab.installCertificate(lab.lab.environment.turnDomain);
        await lab.replacePods(2);
      },
    };
  },

  'redis-gone': async (lab) => {
    const { redis_host: host, redis_port: port } = lab.lab.environment.outputs;
    const rule = `ip daddr ${String(host)} tcp dport ${String(port)} reject with tcp reset`;
    const made = await onTheWay('redis', 'input', rule)(lab);
    const address = await addressOf(lab);
    await eventually(async () => assert.equal((await fetch(`http://${address}:7880/`)).status, 406));
    return made;
  },
};
