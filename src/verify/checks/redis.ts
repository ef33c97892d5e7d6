import { z } from 'zod';
import { Failure } from '../../failure/failure.ts';
import type { Check, Result } from '../check.ts';
import type { World } from '../world.ts';

const instances = z.object({
  instances: z
    .array(
      z.object({
        name: z.string(),
        host: z.string().default(''),
        port: z.number().default(6379),
        tier: z.string().default(''),
        memorySizeGb: z.number().default(0),
        state: z.string().default(''),
      }),
    )
    .default([]),
});
type Instance = z.infer<typeof instances>['instances'][number];

export const redis: Check = {
  id: 'redis',
  title: 'Redis instance',
  proves:
    'The Memorystore instance at the address that LiveKit uses is READY, of the tier and size that the environment was applied with.',
  tags: ['memorystore'],
  needs: [],
  timeoutSeconds: 20,
  async run(world, signal): Promise<Result> {
    try {
      return judgeRedis(await readInstances(world, signal), world.outputs);
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('LK-GOOGLE')) throw error;
      return {
        // Whether it works is known all the same, so an identity without this right is no reason for doubt.
        verdict: 'skip',
        evidence: error.message,
        cause:
          'The instance could not be read; that the pods work together through it is proved by the check pods-known.',
        fix: 'Grant the service account roles/redis.viewer.',
      };
    }
  },
};

async function readInstances({ google, outputs }: World, signal: AbortSignal): Promise<Instance[]> {
  const { project_id: project, region } = outputs;
  const answer = await google.request({
    host: 'redis.googleapis.com',
    path: `/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(region)}/instances`,
    answer: instances,
    subject: `the Redis instances of ${project} in ${region}`,
    signal,
  });
  return answer.instances;
}

/** The verdict on the instance at the environment's address. */
export function judgeRedis(
  all: readonly Instance[],
  wanted: Pick<World['outputs'], 'redis_host' | 'redis_port' | 'redis_tier' | 'redis_memory_size_gb'>,
): Result {
  const where = `${wanted.redis_host}:${wanted.redis_port}`;
  const found = all.find(({ host, port }) => host === wanted.redis_host && port === wanted.redis_port);
  if (found === undefined) {
    return {
      verdict: 'fail',
      evidence: `No Memorystore instance has the address ${where}${all.length === 0 ? '' : `; there are ${all.map(({ host, port }) => `${host}:${port}`).join(', ')}`}.`,
      cause: 'It was deleted, or made anew with another address than the outputs document says.',
      fix: 'Run terraform-apply for the environment, then helm-deploy.',
    };
  }
  const name = found.name.split('/').at(-1) ?? '';
  if (found.state !== 'READY') {
    return {
      verdict: 'fail',
      evidence: `The Redis instance ${name} (${where}) is ${found.state}.`,
      cause: 'It is being changed, maintained or repaired: LiveKit’s nodes do not find each other meanwhile.',
      fix: 'Wait for the operation to end (`gcloud redis operations list`); look at the maintenance window.',
    };
  }
  if (found.tier !== wanted.redis_tier || found.memorySizeGb !== wanted.redis_memory_size_gb) {
    return {
      verdict: 'fail',
      evidence: `The Redis instance ${name} is ${found.tier} with ${found.memorySizeGb} GB; ${wanted.redis_tier} with ${wanted.redis_memory_size_gb} GB was applied.`,
      cause: 'It was changed besides Terraform.',
      fix: 'See the workflow terraform-drift, and apply.',
    };
  }
  return { verdict: 'pass', evidence: `${name} (${where}) is READY: ${found.tier}, ${found.memorySizeGb} GB.` };
}
