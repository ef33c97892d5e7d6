import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** A machine type of Compute Engine, as a node of GKE sees it. */
export interface MachineType {
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** What a spare machine is until a pool takes it. */
export const SPARE_TYPE = 'e2-medium';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Shared-core types: https://cloud.google.com/compute/docs/general-purpose-machines#e2-shared-core */
const SHARED_CORE: Readonly<Record<string, { cpus: number; gib: number }>> = {
  'e2-micro': { cpus: 2, gib: 1 },
  'e2-small': { cpus: 2, gib: 2 },
  'e2-medium': { cpus: 2, gib: 4 },
};

/** Memory of a CPU, in GiB, by kind; of the older first generation a little less, which matters to nobody here. */
const GIB_PER_CPU: Readonly<Record<string, number>> = { standard: 4, highmem: 8, highcpu: 1 };

/** CPUs and memory of a type such as `c2-standard-4`. An unknown type is refused, as Compute Engine does. */
export function findMachineType(name: string): MachineType {
  const shared = SHARED_CORE[name];
  if (shared) return { name, cpus: shared.cpus, memoryBytes: shared.gib * GIB };
  const [, family, kind, count] = /^([a-z]\d[a-z]?)-(standard|highmem|highcpu)-(\d+)(?:-lssd)?$/.exec(name) ?? [];
  const cpus = Number(count);
  const gibPerCpu = kind === 'highcpu' && family?.startsWith('c') ? 2 : GIB_PER_CPU[kind ?? ''];
  if (!gibPerCpu || !Number.isInteger(cpus) || cpus < 1 || cpus > 416) {
    throw new Error(
      `Invalid value for field 'resource.properties.machineType': '${name}'. It is no known machine type.`,
    );
  }
  return { name, cpus, memoryBytes: cpus * gibPerCpu * GIB };
}

/**
 * What GKE keeps for itself on a node: https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes
 * (memory with the 100 MiB of the eviction threshold).
 */
export function reservedOf({ name, cpus, memoryBytes }: MachineType): { milliCpus: number; memoryBytes: number } {
  const memory = sumOfSteps(memoryBytes / GIB, [
    { upTo: 4, share: 0.25 },
    { upTo: 8, share: 0.2 },
    { upTo: 16, share: 0.1 },
    { upTo: 128, share: 0.06 },
    { upTo: Infinity, share: 0.02 },
  ]);
  const cpu = sumOfSteps(cpus, [
    { upTo: 1, share: 0.06 },
    { upTo: 2, share: 0.01 },
    { upTo: 4, share: 0.005 },
    { upTo: Infinity, share: 0.0025 },
  ]);
  const milliCpus = name in SHARED_CORE ? 1060 : Math.ceil(cpu * 1000);
  return { milliCpus, memoryBytes: Math.round(memory * GIB) + 100 * MIB };
}

function sumOfSteps(amount: number, steps: readonly { upTo: number; share: number }[]): number {
  let from = 0;
  let sum = 0;
  for (const { upTo, share } of steps) {
    sum += Math.max(0, Math.min(amount, upTo) - from) * share;
    from = upTo;
  }
  return sum;
}

/**
 * Writes what kubelet looks at to know its machine: a folder that is mounted over /sys/devices/system/cpu, and a file
 * over /proc/meminfo. Files are written in place, since a mount would go on showing one that was replaced.
 */
export function writeMachine(folder: string, type: MachineType, realCpus = cpus().length): void {
  const cpuFolder = join(folder, 'cpu');
  mkdirSync(cpuFolder, { recursive: true });
  mkdirSync(join(folder, 'node'), { recursive: true });
  const real = Math.min(type.cpus, realCpus);
  for (const name of ['online', 'possible', 'present']) writeFileSync(join(cpuFolder, name), `0-${real - 1}\n`);
  for (let cpu = 0; cpu < type.cpus || existsSync(join(cpuFolder, `cpu${cpu}`)); cpu++) {
    const cpuPath = join(cpuFolder, `cpu${cpu}`);
    rmSync(cpuPath, { recursive: true, force: true });
    if (cpu >= type.cpus) continue;
    mkdirSync(cpuPath);
    // A CPU beyond the real ones has no topology: kubelet counts it, but does not name it in a cpuset, which would fail.
    if (cpu >= real) continue;
    mkdirSync(join(cpuPath, 'topology'));
    writeFileSync(join(cpuPath, 'topology', 'core_id'), `${cpu}\n`);
    writeFileSync(join(cpuPath, 'topology', 'physical_package_id'), '0\n');
  }
  writeFileSync(join(folder, 'meminfo'), meminfo(readFileSync('/proc/meminfo', 'utf8'), type.memoryBytes));
  writeFileSync(join(folder, 'type'), type.name);
}

/** Name of the type that was written last. */
export function readMachineType(folder: string): string {
  return existsSync(join(folder, 'type')) ? readFileSync(join(folder, 'type'), 'utf8') : SPARE_TYPE;
}

/** The machine's own figures with another total, and nothing that exceeds it. */
export function meminfo(own: string, totalBytes: number): string {
  const totalKib = Math.floor(totalBytes / 1024);
  return own.replaceAll(/^(\w+:)(\s+)(\d+) kB$/gm, (line, name: string, gap: string, value: string) => {
    if (name === 'MemTotal:') return `${name}${gap}${totalKib} kB`;
    return ['MemFree:', 'MemAvailable:'].includes(name) ? `${name}${gap}${Math.min(Number(value), totalKib)} kB` : line;
  });
}

/** Shell script that mounts the folder's files over the machine's own and then becomes the program in its arguments. */
export function disguise(folder: string): string {
  const mounts = [
    [join(folder, 'cpu'), '/sys/devices/system/cpu'],
    // Without nodes kubelet takes the CPUs as they are listed there.
    [join(folder, 'node'), '/sys/devices/system/node'],
    [join(folder, 'meminfo'), '/proc/meminfo'],
  ];
  const commands = mounts.map(([from, to]) => `if [ -e ${to} ]; then mount --bind '${from}' ${to}; fi`);
  return ['set -e', ...commands, 'exec "$@"'].join('\n');
}
