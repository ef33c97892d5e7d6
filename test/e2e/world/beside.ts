import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../sandbox/command.ts';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { down } from '../../../sandbox/down.ts';
import { networkOwner } from '../../../sandbox/kubernetes/network.ts';
import { readSandbox, readUp } from '../../../sandbox/state.ts';
import { up } from '../../../sandbox/up.ts';

/** A sandbox that plays only Google and GitHub comes up beside one with nodes, and neither ends with the other. */
export async function besideAnother(full: SandboxConfig): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sbx-'));
  try {
    const before = await machine();
    const cloud = await up({ directory, only: 'cloud' });
    const shared = Object.values(cloud.addresses).filter((address) => Object.values(full.addresses).includes(address));
    assert.deepEqual(shared, [], 'both listen on the same address');
    assert.deepEqual(await machine(), before, 'the second one changed the network');
    await down({ directory });
    assert.deepEqual(await machine(), before, 'the end of the second one changed the network');
    assert.ok(readUp(full.directory), 'a part of the first one ended with the second one');

    await up({ directory, only: 'cloud' });
    await down({ directory: full.directory });
    assert.equal(networkOwner(), undefined);
    assert.ok(readUp(directory), 'a part of the second one ended with the first one');
    const { addresses } = readSandbox(directory);
    assert.ok((await fetch(`${addresses.google}/sandbox/events`)).status < 500);
  } finally {
    await down({ directory });
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The machine's network devices, namespaces and rules. */
async function machine(): Promise<unknown> {
  const rules = await run('nft', ['--stateless', 'list', 'ruleset']);
  return { devices: readdirSync('/sys/class/net'), namespaces: readdirSync('/run/netns'), rules };
}
