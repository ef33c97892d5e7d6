import { z } from 'zod';
import { environmentPaths } from '../environment/outputs.ts';
import { Failure } from '../failure/failure.ts';
import { googleFailures } from '../google/failures.ts';
import type { Bucket } from '../google/storage.ts';
import { type Comparison, compare, isKnown, worstOf } from './comparison.ts';
import { verifyFailures } from './failures.ts';
import type { Report } from './report.ts';

const schema = z.object({
  schemaVersion: z.literal(1),
  /** By the check's id: what it said when it last gave a clear result. A run of some checks leaves the others as they are. */
  checks: z.record(
    z.string(),
    z.object({
      verdict: z.enum(['pass', 'warn', 'fail']),
      seenAt: z.iso.datetime(),
      roundTripMilliseconds: z.number().optional(),
      connectedMilliseconds: z.number().optional(),
      lossPercent: z.number().optional(),
    }),
  ),
});

export type LastResults = z.infer<typeof schema>;

const NONE: LastResults = { schemaVersion: 1, checks: {} };
/** Runs of the same environment at the same time are few. */
const TRIES = 4;

/**
 * Compares a report with the results kept in the bucket, and keeps its own with `keep`. Runs at the same time do not
 * overwrite each other. Throws LK-VERIFY-011 when what is there cannot be read, and LK-GOOGLE-… what the bucket refuses.
 */
export async function compareWithLast(bucket: Bucket, report: Report, keep: boolean): Promise<Comparison | undefined> {
  const path = `${environmentPaths(report.environment).verify}/last.json`;
  let comparison: Comparison | undefined;
  for (let attempt = 1; ; attempt++) {
    const { last, generation } = await read(bucket, path);
    // Of the first look: another run's results of this minute are not the last time.
    if (attempt === 1) comparison = compare(report, last);
    if (!keep) return comparison;
    try {
      const content = `${JSON.stringify(merge(last, report), null, 2)}\n`;
      await bucket.write(path, content, { contentType: 'application/json', ifGeneration: generation });
      return comparison;
    } catch (error) {
      if (!is(error, 'preconditionFailed') || attempt === TRIES) throw error;
    }
  }
}

async function read(bucket: Bucket, path: string): Promise<{ last: LastResults; generation: string }> {
  const object = await bucket.read(path).catch((error: unknown) => {
    // To an identity that may not list the bucket Google says of what is absent that it is forbidden. Writing tells which.
    if (is(error, 'permissionDenied')) return undefined;
    throw error;
  });
  if (object === undefined) return { last: NONE, generation: '0' };
  const parsed = parse(object.content.toString('utf8'));
  if (parsed === undefined) {
    throw verifyFailures.failure('lastResults', { what: `gs://${bucket.name}/${path} is not of the known form.` });
  }
  return { last: parsed, generation: object.generation };
}

/** Exported for tests. */
export function parse(text: string): LastResults | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The newer result of each check. */
function merge(last: LastResults, report: Report): LastResults {
  const own = report.checks.flatMap((check) => {
    const { id, verdict } = check;
    const before = last.checks[id];
    if (!isKnown(verdict) || (before !== undefined && before.seenAt > report.startedAt)) return [];
    return [[id, { verdict, seenAt: report.startedAt, ...worstOf(check) }] as const];
  });
  return { ...last, checks: { ...last.checks, ...Object.fromEntries(own) } };
}

function is(error: unknown, kind: 'preconditionFailed' | 'permissionDenied'): boolean {
  return error instanceof Failure && error.code === googleFailures.code(kind);
}
