import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentOutputs } from '../environment/outputs.ts';
import { run } from '../exec/run.ts';
import { fetchChart } from './chart.ts';
import { companionValues, splitValues } from './companion.ts';
import { openHelm } from './helm.ts';
import { factsLayer } from './livekit/facts.ts';
import { mergeLayers } from './values/layer.ts';
import { collectLayers } from './values/prepare.ts';
import { effective, type Values } from './values/tree.ts';

const root = process.cwd();
export const LIVEKIT_CHART_FOLDER = join(root, 'sandbox/helm-repository/livekit-server');
export const COMPANION_CHART_FOLDER = join(root, 'helm/charts/livekit-gke');

/** As Terraform's outputs of that environment are, by the table of the seed. */
export const outputsOf = (environment: string, maximumNodes: number) =>
  ({
    redis_host: '10.1.2.3',
    redis_port: 6379,
    domain: `livekit-${environment}.nova.dev`,
    turn_domain: `turn-${environment}.nova.dev`,
    node_pool_name: 'livekit',
    node_pool_max_nodes: maximumNodes,
    signal_address_name: `livekit-${environment}-signal`,
    turn_address_name: `livekit-${environment}-turn`,
  }) as unknown as EnvironmentOutputs;

/** The values that users deploy to an environment, as the two charts get them; Helm is `bin`'s. */
export async function payloadValues(bin: string, directory: string, environment: string, maximumNodes: number) {
  const outputs = outputsOf(environment, maximumNodes);
  const layers = await collectLayers({
    workspace: root,
    environment,
    withEnvironmentFiles: true,
    facts: [factsLayer(outputs)],
    files: [],
    set: [],
  });
  const helm = openHelm({
    path: join(bin, 'helm'),
    version: '4.3.1',
    kubeconfig: '/dev/null',
    namespace: 'livekit',
    directory,
    environment: { PATH: process.env['PATH'] ?? '', HOME: directory },
  });
  const chart = await fetchChart(helm, { chart: LIVEKIT_CHART_FOLDER, version: undefined, repository: '' }, '/');
  const { livekit, companion = {} } = splitValues(mergeLayers(layers));
  const seen = effective(chart.defaults, livekit);
  const forCompanion = companionValues('livekit-server', seen, companion);
  return { outputs, layers, defaults: chart.defaults, livekit, seen, companion, forCompanion };
}

/** What the real Helm renders, as YAML. Throws what Helm says when it refuses. */
export async function template(
  bin: string,
  directory: string,
  release: string,
  chart: string,
  values: Values,
): Promise<string> {
  const file = join(directory, `${release}.yaml`);
  writeFileSync(file, JSON.stringify(values));
  const { exitCode, stdout, stderr } = await run(
    join(bin, 'helm'),
    ['template', release, chart, '--namespace', 'livekit', '--values', file],
    { timeoutSeconds: 60, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}
