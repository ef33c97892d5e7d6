import assert from 'node:assert/strict';
import { eventually, type Lab, NAMESPACE, type PodFacts } from '../deploy/lab.ts';
import type { CertificateLab } from './lab.ts';
import { pathsOf, type RelayedCall, RelayedCalls } from './relayed.ts';

/** Two pods on two nodes, and none to spare: each in its turn gives up its node, as where nobody pays for another one. */
const TWO_PODS = [
  'replicaCount=2',
  'deploymentStrategy.rollingUpdate.maxSurge=0',
  'deploymentStrategy.rollingUpdate.maxUnavailable=1',
];
const TRIES = 12;
const RECOVERY_SECONDS = 30;

/**
 * A relay ends with its pod, though the room is another pod's: LiveKit waits for its own rooms only. The call finds another
 * relay by an ICE restart.
 */
export async function acrossPods(world: CertificateLab): Promise<void> {
  const { lab } = world;
  await lab.deploy({ set: TWO_PODS, inputs: { 'drain-minutes': '1' } });
  await eventually(async () => assert.equal((await lab.stillPods()).length, 2), 60);
  const calls = await RelayedCalls.open(world);
  try {
    const relayed = await crossing(calls);
    try {
      await renewUnder(world, relayed);
    } finally {
      await relayed.call.leave();
    }
  } finally {
    calls.close();
  }
  await eventually(async () => assert.equal((await lab.stillPods()).length, 2), 90);
  const { outputs } = await world.renew();
  assert.equal(outputs['status'], 'not-due');
  await lab.deploy();
  await eventually(async () => assert.equal((await lab.stillPods()).length, 1), 90);
}

/** Which pod a client is led to, nobody chooses: people call until a relay is on the other node. */
async function crossing(calls: RelayedCalls): Promise<RelayedCall> {
  for (let count = 1; count <= TRIES; count++) {
    const relayed = await calls.call(`crossing-${count}`);
    if (relayed.crossing.length > 0) return relayed;
    await relayed.call.leave();
  }
  throw new Error(`of ${TRIES} calls none had its relay on another node than its room: ${calls.complaints}`);
}

async function renewUnder(world: CertificateLab, { call, paths, crossing }: RelayedCall): Promise<void> {
  const { lab } = world;
  const pods = await lab.stillPods();
  const [room, relay] = [podOn(pods, paths[0]?.server), podOn(pods, crossing[0]?.relay)];
  assert.notEqual(room.uid, relay.uid);
  // Kubernetes ends either first; here the one with the relay, or nothing would be proved when the other one drains for hours.
  await lab.kubectl('annotate', 'pod', relay.name, '-n', NAMESPACE, 'controller.kubernetes.io/pod-deletion-cost=-100');
  const from = call.now();
  const renewing = world.renew({ inputs: { force: 'true', 'drain-minutes': '0', 'timeout-minutes': '2' } });
  await isGone(lab, relay);
  // The server's other pods have relays, too, and one of them carries the call from now on.
  const healed = await eventually(async () => {
    const still = await call.during(2);
    assert.ok(still.audioReceived > 60 && still.dataReceived > 60, JSON.stringify(still));
    return pathsOf(call);
  }, 90);
  // One pod waits for the node of the other, whose call goes on: it is handed over.
  const { outputs } = await renewing;
  assert.deepEqual([outputs['status'], outputs['renewed']], ['draining', 'true']);
  const stretch = call.since(from);
  console.log(
    `· ${crossing.length} of ${paths.length} connections had their relay on another pod than their room; the longest gap was ` +
      `${stretch.longestGapMilliseconds} ms, ${stretch.resumed} recoveries by an ICE restart, ${stretch.rejoined} joined anew; ` +
      `${stretch.audioLost} of ${stretch.audioSent} packets of sound and ${stretch.dataLost} of ${stretch.dataSent} of data were lost`,
  );
  assert.deepEqual([stretch.rejoined, stretch.disconnected], [0, 0], JSON.stringify({ stretch, healed }));
  assert.ok(stretch.resumed > 0, 'nothing had to recover, so nothing is proved');
  assert.ok(stretch.longestGapMilliseconds < RECOVERY_SECONDS * 1000, JSON.stringify(stretch));
}

async function isGone(lab: Lab, { uid }: PodFacts): Promise<void> {
  await eventually(async () => assert.ok((await lab.pods()).every((pod) => pod.uid !== uid)), 120);
}

function podOn(pods: readonly PodFacts[], machine: string | undefined): PodFacts {
  const pod = pods.find(({ node }) => node === machine);
  assert.ok(pod, `no pod is on ${machine}: ${JSON.stringify(pods)}`);
  return pod;
}
