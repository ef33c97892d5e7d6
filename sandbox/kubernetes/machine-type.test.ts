import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disguise, findMachineType, meminfo, readMachineType, reservedOf, writeMachine } from './machine-type.ts';

const GIB = 1024 ** 3;

describe('a machine type', () => {
  it.each([
    ['c2-standard-4', 4, 16],
    ['c2-standard-60', 60, 240],
    ['e2-standard-2', 2, 8],
    ['e2-medium', 2, 4],
    ['n2-highmem-8', 8, 64],
    ['c3-highcpu-22', 22, 44],
    ['n2d-standard-16', 16, 64],
  ])('%s has %i CPUs and %i GiB', (name, cpus, gib) => {
    expect(findMachineType(name)).toEqual({ name, cpus, memoryBytes: gib * GIB });
  });

  it.each(['c2-standard', 'c2-standard-0', 'large', 'c2_standard_4', ''])('%j does not exist', (name) => {
    expect(() => findMachineType(name)).toThrow("Invalid value for field 'resource.properties.machineType'");
  });

  // By the formula that Google documents for node sizes.
  it.each([
    ['e2-medium', 940, 2.8],
    ['e2-standard-2', 1930, 6.1],
    ['c2-standard-4', 3920, 13.3],
    ['n2-standard-16', 15_890, 58.4],
  ])('%s leaves %i m of CPU and about %f GiB to pods', (name, milliCpus, gib) => {
    const type = findMachineType(name);
    const reserved = reservedOf(type);
    expect(type.cpus * 1000 - reserved.milliCpus).toBe(milliCpus);
    expect((type.memoryBytes - reserved.memoryBytes) / GIB).toBeCloseTo(gib, 0);
  });
});

describe('what kubelet sees of its machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const cpus = (): string[] => readdirSync(join(folder, 'cpu')).filter((name) => /^cpu\d+$/.test(name));

  it('has the CPUs of the type, those with a topology that the real machine has too', () => {
    writeMachine(folder, findMachineType('c2-standard-4'), 2);
    expect(cpus()).toEqual(['cpu0', 'cpu1', 'cpu2', 'cpu3']);
    expect(readFileSync(join(folder, 'cpu', 'online'), 'utf8')).toBe('0-1\n');
    expect(readFileSync(join(folder, 'cpu', 'cpu1', 'topology', 'core_id'), 'utf8')).toBe('1\n');
    expect(readdirSync(join(folder, 'cpu', 'cpu2'))).toEqual([]);
    expect(readMachineType(folder)).toBe('c2-standard-4');
  });

  it('has no more CPUs than the type on a bigger machine', () => {
    writeMachine(folder, findMachineType('e2-standard-2'), 16);
    expect(cpus()).toEqual(['cpu0', 'cpu1']);
    expect(readFileSync(join(folder, 'cpu', 'online'), 'utf8')).toBe('0-1\n');
  });

  it('follows a change to a smaller type, in the same files', () => {
    writeMachine(folder, findMachineType('c2-standard-8'));
    const before = statSync(join(folder, 'meminfo')).ino;
    writeMachine(folder, findMachineType('e2-standard-2'));
    expect(cpus()).toEqual(['cpu0', 'cpu1']);
    expect(statSync(join(folder, 'meminfo')).ino).toBe(before);
  });

  it('has the memory of the type and never more of it free than there is', () => {
    const own = 'MemTotal:       24684096 kB\nMemFree:        16593140 kB\nHugePages_Total:       0\nBuffers:  12 kB\n';
    expect(meminfo(own, 8 * GIB)).toBe(
      'MemTotal:       8388608 kB\nMemFree:        8388608 kB\nHugePages_Total:       0\nBuffers:  12 kB\n',
    );
  });

  it('is mounted before the program starts, which keeps the process', () => {
    const lines = disguise('/d').split('\n');
    expect(lines).toContain("if [ -e /proc/meminfo ]; then mount --bind '/d/meminfo' /proc/meminfo; fi");
    expect(lines.at(-1)).toBe('exec "$@"');
  });
});
