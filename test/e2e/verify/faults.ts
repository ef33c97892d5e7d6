import assert from 'node:assert/strict';
import { run } from '../../../sandbox/command.ts';
import type { Report } from '../../../src/verify/report.ts';
import { eventually, NAMESPACE } from '../deploy/lab.ts';
import type { Check } from '../scenario.ts';
import { type VerifyLab } from './lab.ts';

interface Fault {
  readonly name: string;
  /** Brings it about; gives what takes it away. */
  readonly make: (lab: VerifyLab) => Promise<() => Promise<void>>;
  /** What is run: the checks that may see it. */
  readonly checks: readonly string[];
  /** Which check must say what; those that are not named must pass. */
  readonly expected: Readonly<Record<string, RegExp>>;
}

/** Packets to this port of any node end in its namespace, as a firewall's drop. */
function dropped(protocol: 'tcp' | 'udp', ports: string): Fault['make'] {
  return async () => {
    const rules = (verb: string) =>
      verb === 'add'
        ? `table inet verify_fault {
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname "lkworld" ct original proto-dst ${ports} meta l4proto ${protocol} drop
  }
}`
        : 'delete table inet verify_fault';
    await run('nft', ['-f', '-'], { input: rules('add'), timeoutSeconds: 10 });
    return async () => {
      await run('nft', ['-f', '-'], { input: rules('delete'), timeoutSeconds: 10 });
    };
  };
}

const FAULTS: readonly Fault[] = [
  {
    name: 'media ports dropped by a firewall',
    make: dropped('udp', '50000-60000'),
    checks: ['media-udp', 'media-tcp'],
    expected: { 'media-udp': /no packet came back from udp 203\.0\.113\.\d+:\d+ host.* while UDP works from here/ },
  },
  {
    name: 'ICE over TCP dropped by a firewall',
    make: dropped('tcp', '7881'),
    checks: ['media-udp', 'media-tcp'],
    expected: { 'media-tcp': /203\.0\.113\.\d+:7881 does not answer to TCP/ },
  },
  {
    name: 'TURN over UDP dropped by a firewall',
    make: dropped('udp', '3478'),
    checks: ['media-tcp', 'media-turn-udp'],
    expected: { 'media-turn-udp': /203\.0\.113\.\d+:3478 does not answer over UDP, while UDP works from here/ },
  },
  {
    name: 'the BackendConfig is gone',
    make: async ({ lab }) => {
      const saved = await lab.kubectl('get', 'backendconfig', 'livekit-server', '-n', NAMESPACE, '-o', 'json');
      await lab.kubectl('delete', 'backendconfig', 'livekit-server', '-n', NAMESPACE);
      return async () => {
        const { apiVersion, kind, metadata, spec } = JSON.parse(saved) as Record<string, Record<string, unknown>>;
        const { name, namespace, labels, annotations } = metadata ?? {};
        await lab.apply({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec });
      };
    },
    checks: ['backend-config'],
    expected: { 'backend-config': /names the BackendConfig livekit-server, which does not exist/ },
  },
  {
    name: 'a third pod on two nodes',
    make: async ({ lab }) => {
      await lab.kubectl('scale', 'deployment/livekit-server', '-n', NAMESPACE, '--replicas=3');
      await eventually(async () => assert.equal((await lab.pods()).length, 3));
      return async () => {
        await lab.kubectl('scale', 'deployment/livekit-server', '-n', NAMESPACE, '--replicas=2');
        await eventually(async () => assert.equal((await lab.pods()).length, 2), 60);
      };
    },
    checks: ['pods-ready'],
    expected: { 'pods-ready': /is Pending: .*\(3 pods, \d nodes\)/ },
  },
  {
    name: 'the TURN Secret is for another domain',
    make: async (lab) => {
      await lab.installCertificate('other.nova.example', 30);
      return () => lab.installCertificate(lab.lab.environment.turnDomain, 30);
    },
    checks: ['secrets'],
    expected: { secrets: /is for DNS:other\.nova\.example, not for turn-dev\.nova\.example/ },
  },
];

/** Each fault by itself, and everything as before after it. */
export async function faults(check: Check, lab: VerifyLab): Promise<void> {
  for (const fault of FAULTS) {
    await check(`${fault.name}: named by ${Object.keys(fault.expected).join(', ')}, and by no other`, async () => {
      const undo = await fault.make(lab);
      let report: Report;
      try {
        report = await lab.verify(...fault.checks);
      } finally {
        await undo();
      }
      for (const id of fault.checks) {
        const found = report.checks.find((one) => one.id === id);
        const words = fault.expected[id];
        assert.equal(found?.verdict, words === undefined ? 'pass' : 'fail', found?.evidence);
        if (words !== undefined) assert.match(found?.evidence ?? '', words);
      }
    });
  }
}
