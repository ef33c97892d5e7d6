import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from './cgroups.ts';

describe('the cgroup hierarchies of a machine', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are one with version 2', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory');
    mkdirSync(join(root, 'system.slice'));
    expect(hierarchies(root)).toEqual([{ path: root, version: 2 }]);
  });

  it('are one a controller with version 1, each once, and the unified one beside them', () => {
    for (const name of ['cpu,cpuacct', 'memory', 'unified']) mkdirSync(join(root, name));
    symlinkSync('cpu,cpuacct', join(root, 'cpu'));
    writeFileSync(join(root, 'unified', 'cgroup.controllers'), 'hugetlb');
    expect(hierarchies(root)).toEqual([
      { path: join(root, 'cpu,cpuacct'), version: 1 },
      { path: join(root, 'memory'), version: 1 },
      { path: join(root, 'unified'), version: 2 },
    ]);
  });
});
