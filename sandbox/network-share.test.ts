import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasNetwork, noteNetwork } from './network-share.ts';

describe('whose the network of the machine is', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('is the sandbox whose name the bridge has, whatever is noted', () => {
    for (const note of [() => undefined, noteNetwork]) {
      note(directory);
      expect(hasNetwork(directory, () => directory)).toBe(true);
      expect(hasNetwork(directory, () => '/var/lib/other')).toBe(false);
    }
  });

  it('without a bridge is of one that makes a network, and of no other', () => {
    // The bridge of another may come between a look and a removal.
    expect(hasNetwork(directory, () => undefined)).toBe(false);
    noteNetwork(directory);
    expect(hasNetwork(directory, () => undefined)).toBe(true);
  });
});
