import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { run } from '../../../exec/run.ts';
import type { Values } from '../../values/tree.ts';

export const CHART = join(process.cwd(), 'helm/addons/monitoring');
export const NAMESPACE = 'nova-monitoring';

/** Values with which every group of rules and every part of the configuration is rendered. */
export const EVERYTHING: Values = {
  cluster: 'nova',
  targets: {
    turn: { enabled: true },
    ingress: { enabled: true },
    livekit: { domain: 'livekit.example.com', turnDomain: 'turn.example.com', redisAddress: '10.0.0.3:6379' },
  },
  probes: { targets: [{ address: 'https://api.nova.com/health', module: 'https' }] },
  alertmanager: {
    slack: { enabled: true },
    email: { enabled: true, to: 'a@nova.com', from: 'b@nova.com', smarthost: 'smtp.nova.com:587', username: 'nova' },
    deadMansSwitch: { enabled: true },
  },
  grafana: { enabled: true },
};

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  data: z.record(z.string(), z.string()).optional(),
});
export type Rendered = z.infer<typeof objectSchema>;

/** What Helm (`bin/<helm>`) renders, as text. Throws what it says when it refuses. */
export async function renderText(bin: string, directory: string, values: Values, helm = 'helm'): Promise<string> {
  const file = join(directory, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const { exitCode, stdout, stderr } = await run(
    join(bin, helm),
    ['template', '--kube-version', '1.34.0', 'monitoring', CHART, '--namespace', NAMESPACE, '--values', file],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** The objects in it. */
export function objectsOf(text: string): Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [objectSchema.parse(value)];
  });
}

/** Writes the files of a rendered ConfigMap into a folder; gives their paths. */
export function unpack(objects: readonly Rendered[], configMap: string, folder: string): string[] {
  const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap);
  if (found?.data === undefined) throw new Error(`no ConfigMap ${configMap} is rendered`);
  mkdirSync(folder, { recursive: true });
  return Object.entries(found.data).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
}
