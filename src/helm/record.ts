import { z } from 'zod';
import type { Kubernetes } from '../kubernetes/client.ts';
import { helmRecords, recordText } from '../kubernetes/helm-record.ts';
import { historyOf, type ReleaseHistory } from './release.ts';

/**
 * What Helm says of its releases, read from its own records: each start of Helm costs a tenth of a second and more, which a deploy
 * and its pods want. `undefined` wherever a record is not there or not as Helm 3 and 4 write it; then Helm is asked.
 */
const recordSchema = z.object({
  version: z.number(),
  manifest: z.string(),
  info: z.object({ last_deployed: z.string(), status: z.string(), description: z.string().default('') }),
  chart: z.object({ metadata: z.object({ name: z.string(), version: z.string() }) }),
});

function parsed(data: string): z.infer<typeof recordSchema> | undefined {
  try {
    return recordSchema.parse(JSON.parse(recordText(data)));
  } catch {
    return undefined;
  }
}

/** As `helm history` tells it. */
export async function recordedHistory(
  client: Pick<Kubernetes, 'list'>,
  namespace: string,
  release: string,
): Promise<ReleaseHistory | undefined> {
  const records = await client.list(helmRecords, namespace, { labels: { owner: 'helm', name: release } });
  const found = records.map(({ data }) => parsed(data.release)).filter((record) => record !== undefined);
  if (found.length === 0 || found.length < records.length) return undefined;
  return historyOf(
    found.map(({ version, info, chart }) => ({
      revision: version,
      updated: info.last_deployed,
      status: info.status,
      chart: `${chart.metadata.name}-${chart.metadata.version}`,
      description: info.description,
    })),
  );
}

/** As `helm get manifest` tells it. */
export async function recordedManifest(
  client: Pick<Kubernetes, 'get'>,
  namespace: string,
  release: string,
  revision: number,
): Promise<string | undefined> {
  const record = await client.get(helmRecords, namespace, `sh.helm.release.v1.${release}.v${revision}`);
  return record && parsed(record.data.release)?.manifest;
}
