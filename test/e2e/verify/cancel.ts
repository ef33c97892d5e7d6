import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import { accessToken } from '../../../src/verify/token.ts';
import { eventually } from '../deploy/lab.ts';
import type { VerifyLab } from './lab.ts';

/** What GitHub leaves a job that is cancelled, before it kills it. */
const GRACE_MILLISECONDS = 7500;

/** Cancelled when calls stand on all nodes, it ends in time, and leaves no room, no pod, no process and no file. */
export async function cancelled(lab: VerifyLab): Promise<void> {
  const before = await everyPod(lab);
  const run = await lab.start();
  try {
    await eventually(async () => {
      assert.equal(run.child.exitCode, null, run.said());
      assert.ok((await rooms(lab)).length >= 4, 'no calls yet');
    }, 60);
    const started = performance.now();
    run.child.kill('SIGINT');
    assert.equal(await run.report, undefined, 'it gave a report');
    assert.ok(
      performance.now() - started < GRACE_MILLISECONDS,
      `it took ${Math.round(performance.now() - started)} ms`,
    );
    assert.match(run.said(), /\ncancelled\n$/);
    // LiveKit takes a moment to end a room whose participants just left.
    await eventually(async () => assert.deepEqual(await rooms(lab), []), 10);
    assert.deepEqual(readdirSync(run.directory), []);
    assert.deepEqual(processesWith(`TMPDIR=${run.directory}`), []);
    assert.deepEqual(await everyPod(lab), before);
  } finally {
    rmSync(run.directory, { recursive: true, force: true });
  }
}

async function everyPod({ lab }: VerifyLab): Promise<string[]> {
  return (await lab.kubectl('get', 'pods', '--all-namespaces', '-o', 'name')).trim().split('\n').sort();
}

/** Names of all rooms, by a pod's own API. */
async function rooms({ lab }: VerifyLab): Promise<string[]> {
  const [pod] = await lab.pods();
  const machine = MACHINES.find(({ name }) => name === pod?.node);
  const response = await fetch(`http://${machine?.address ?? ''}:7880/twirp/livekit.RoomService/ListRooms`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${accessToken(lab.keys, 'the-test', { roomList: true })}`,
    },
    body: '{}',
  });
  const list = z.object({ rooms: z.array(z.object({ name: z.string() })).default([]) });
  return list.parse(await response.json()).rooms.map(({ name }) => name);
}

/** Programs that were started with this in their environment. */
function processesWith(variable: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
    } catch {
      return false;
    }
  });
}
