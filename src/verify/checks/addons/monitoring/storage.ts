import { z } from 'zod';
import { quantity } from '../../../../helm/preflight/cluster/quantity.ts';
import { resource } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { podsOf, reach, targetOf } from './stack.ts';

export const storage: Check = {
  id: 'monitoring-storage',
  title: 'Monitoring: room for the series',
  proves:
    'Prometheus has a volume, what it holds leaves room there, and its retention by size ends before the volume does.',
  tags: ['monitoring'],
  needs: ['monitoring-ready'],
  timeoutSeconds: 30,
  async run(world, signal): Promise<Result> {
    const { namespace } = targetOf(world);
    const [pod] = await podsOf(world, 'prometheus');
    const seen = await reach(world, 'prometheus', signal, async (ask) => ({
      flags: await ask.json('/api/v1/status/flags', z.record(z.string(), z.string())),
      metrics: await ask.metrics(),
    }));
    const volume = pod && (await world.kubernetes.get(podVolumes, namespace, pod.metadata.name));
    const name = volume?.spec.volumes.find((one) => one.name === 'data')?.persistentVolumeClaim?.claimName;
    const claim = name === undefined ? undefined : await world.kubernetes.get(claims, namespace, name);
    const held = seen.metrics.filter((one) => HELD.includes(one.name)).reduce((all, { value }) => all + value, 0);
    return judgeStorage({
      claim: claim && { name: claim.metadata.name, bytes: quantity(claim.status.capacity['storage']) ?? 0 },
      held,
      retention: {
        time: seen.flags['storage.tsdb.retention.time'] ?? '',
        size: seen.flags['storage.tsdb.retention.size'] ?? '0B',
      },
    });
  },
};

const HELD = [
  'prometheus_tsdb_storage_blocks_bytes',
  'prometheus_tsdb_wal_storage_size_bytes',
  'prometheus_tsdb_head_chunks_storage_size_bytes',
];
const metadata = z.object({ name: z.string() });
const claims = resource(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  z.object({ metadata, status: z.object({ capacity: z.record(z.string(), z.string()).default({}) }).prefault({}) }),
);
const podVolumes = resource(
  'v1',
  'Pod',
  'pods',
  z.object({
    metadata,
    spec: z.object({
      volumes: z
        .array(z.object({ name: z.string(), persistentVolumeClaim: z.object({ claimName: z.string() }).optional() }))
        .default([]),
    }),
  }),
);

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
/** Prometheus' sizes are powers of 1024: `85GB`, also as it prints them, `85GiB`. */
export function sizeBytes(text: string): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)\s*([KMGTP]?)i?B$/.exec(text) ?? [];
  return (
    Number(number) *
    1024 **
      Math.max(
        0,
        UNITS.findIndex((one) => one === `${unit.replace('B', '')}B`),
      )
  );
}

/** The verdict on what Prometheus holds and may hold. */
export function judgeStorage(seen: {
  claim: { name: string; bytes: number } | undefined;
  held: number;
  retention: { time: string; size: string };
}): Result {
  const { claim, held, retention } = seen;
  const keeps = `${retention.time} and at most ${retention.size}`;
  if (claim === undefined) {
    return {
      verdict: 'warn',
      evidence: `Prometheus holds ${shown(held)} in a folder of its pod, and keeps ${keeps}.`,
      cause: '`prometheus.storage.enabled` is false: all series are lost when the pod moves.',
      fix: 'Enable it, unless that is meant.',
    };
  }
  const limit = sizeBytes(retention.size);
  const evidence = `The volume ${claim.name} has ${shown(claim.bytes)}; Prometheus holds ${shown(held)} and keeps ${keeps}`;
  if (held > 0.9 * claim.bytes) {
    return {
      verdict: 'fail',
      evidence: `${evidence}: it is full soon.`,
      cause: 'There are more series than the volume was made for, or its retention is too long.',
      fix: 'Raise `prometheus.storage.size`, or lower `prometheus.retention.size`.',
    };
  }
  if (limit === 0 || limit > 0.95 * claim.bytes) {
    return {
      verdict: 'warn',
      evidence: `${evidence}.`,
      cause: 'The retention by size does not end before the volume does: Prometheus stops when that is full.',
      fix: 'Set `prometheus.retention.size` to at most 85 % of `prometheus.storage.size`.',
    };
  }
  return { verdict: 'pass', evidence: `${evidence}.` };
}

function shown(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${mebibytes.toFixed(0)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
