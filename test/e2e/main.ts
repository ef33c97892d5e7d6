import assert from 'node:assert/strict';
import { join } from 'node:path';
import { z } from 'zod';
import { run } from '../../sandbox/command.ts';
import { cacheDirectory, type SandboxConfig } from '../../sandbox/config.ts';
import { errorsOf, MainJob, type Reporter, SANDBOX_VALUES } from '../../sandbox/demo/main-job.ts';
import { down } from '../../sandbox/down.ts';
import { Progress } from '../../sandbox/progress.ts';
import { ToolProvider } from '../../sandbox/tools/provide.ts';
import { up } from '../../sandbox/up.ts';
import { dispatchEvent, pullRequestEvent, pushEvent } from '../../sandbox/workflow/event.ts';
import type { RunResult } from '../../sandbox/workflow/run.ts';
import type { Scenario } from './scenario.ts';

/** Says nothing: a failing check prints the error, and the runs' logs stay in the sandbox's directory. */
const quiet: Reporter = { begin: () => undefined, line: () => undefined, note: () => undefined, end: () => undefined };

const pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({ nodeName: z.string().optional() }),
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
    }),
  ),
});

export const scenario: Scenario = {
  title: 'plan, comment, apply, deploy and verify dev, and refuse what must be refused',
  async run(check) {
    await down({ removeState: true });
    const config = await up();
    const job = new MainJob(config, quiet);
    try {
      const went = await check(
        'the main job, from a pull request to a verified deployment, without a secret left anywhere',
        () => job.run(),
      );
      if (!went) return;
      await check('a second plan of the same tree finds nothing to change', () => secondPlan(job));
      await check('a plan that was damaged in the bucket is not applied, and nothing changes', () =>
        damagedPlan(config, job),
      );
      await check('a push without a pull request has no plan to apply', () => pushWithoutPlan(job));
      await check('an image that does not exist fails the deploy, naming image and node, and the old pods stay', () =>
        absentImage(config, job),
      );
      await check('a cluster that does not answer is named', () => unreachableCluster(job));
    } finally {
      job.close();
    }
    await check('the main job with OpenTofu, in an empty world', () => withOpenTofu());
    await check('down leaves nothing behind', () => down());
  },
};

async function withOpenTofu(): Promise<void> {
  await down({ removeState: true });
  const config = await up();
  await new ToolProvider(cacheDirectory(), config.bin, new Progress()).get('tofu');
  const job = new MainJob(config, quiet);
  Object.assign(job.settings.variables, { TERRAFORM_ENGINE: 'tofu' });
  try {
    await job.run();
    const pulls = await job.person.call<{ number: number }[]>('GET', '/pulls?state=all');
    assert.match(await commentOf(job, pulls[0]?.number ?? 0), /OpenTofu \d/);
  } finally {
    job.close();
  }
}

async function secondPlan(job: MainJob): Promise<void> {
  const pull = await job.openPullRequest('comment', 'Say what dev is for', {
    'terraform/environments/dev/PURPOSE.md': 'For trials.\n',
  });
  const run = await job.workflow('terraform-plan', await pullRequestEvent(job.person, pull.number, 'opened'));
  assert.match(await commentOf(job, pull.number), /no changes/i, run.url);
}

async function damagedPlan(config: SandboxConfig, job: MainJob): Promise<void> {
  const file = 'terraform/environments/dev/dev.auto.tfvars';
  const pull = await job.openPullRequest('more-memory', 'Give Redis 2 GB', {
    [file]: `${job.repository.read(file)}redis_memory_size_gb = 2\n`,
  });
  await job.workflow('terraform-plan', await pullRequestEvent(job.person, pull.number, 'opened'));
  assert.match(await commentOf(job, pull.number), /memory_size_gb/);

  const name = await newestObject(config, pull.head.sha, '.tfplan');
  const objects = `${config.addresses.storageUpstream}/storage/v1/b/${config.bucket}/o`;
  const plan = Buffer.from(await (await fetch(`${objects}/${encodeURIComponent(name)}?alt=media`)).arrayBuffer());
  plan[Math.floor(plan.length / 2)] = (plan[Math.floor(plan.length / 2)] ?? 0) ^ 0xff;
  const upload = `${config.addresses.storageUpstream}/upload/storage/v1/b/${config.bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
  assert.equal((await fetch(upload, { method: 'POST', body: plan })).status, 200);

  const before = await job.repository.pull();
  await job.person.mergePullRequest(pull.number);
  await job.repository.pull();
  const run = await job.attempt('terraform-apply', await pushEvent(job.person, 'main', before));
  refused(run, /LK-APPLY-\d+|SHA-256/, /SHA-256/);
  const memory = await command(['redis-cli', '-h', await redisHost(config), 'config', 'get', 'maxmemory']);
  assert.doesNotMatch(memory, /2147483648/, 'Redis was changed although the plan was refused');
}

async function pushWithoutPlan(job: MainJob): Promise<void> {
  const before = await job.repository.pull();
  job.repository.write('terraform/environments/dev/PURPOSE.md', 'Pushed past review.\n');
  await job.repository.commit('Push past review');
  await job.repository.git('push', '--quiet', 'origin', 'main');
  const run = await job.attempt('terraform-apply', await pushEvent(job.person, 'main', before));
  refused(run, /pull request/i);
}

async function absentImage(config: SandboxConfig, job: MainJob): Promise<void> {
  const before = await livekitPods(config);
  // One replica instead of two: a node gets free, so that the new pod is placed and its image is asked for.
  const set = [...SANDBOX_VALUES, 'replicaCount=1', 'image.tag=v0.0.0-absent'].join('\n');
  const inputs = { environment: 'dev', repository: config.addresses.helmRepository, set };
  const run = await job.attempt('helm-deploy', await dispatchEvent(job.person, inputs));
  refused(run, /v0\.0\.0-absent/, new RegExp(config.kubernetes.nodes.map(({ name }) => name).join('|')));
  const after = await livekitPods(config);
  const kept = before.filter((pod) => after.some(({ metadata }) => metadata.uid === pod.metadata.uid));
  assert.ok(kept.length > 0, 'no pod from before is left');
  for (const pod of after) {
    assert.ok(
      pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
      `${pod.metadata.name} is not ready after the rollback`,
    );
  }
}

async function unreachableCluster(job: MainJob): Promise<void> {
  const endpoints = JSON.parse(job.settings.env['LIVEKIT_GKE_ENDPOINTS'] ?? '') as { kubernetes: { server: string } };
  endpoints.kubernetes.server = 'https://127.0.0.1:9';
  const run = await job.attempt(
    'verify',
    await dispatchEvent(job.person, { environment: 'dev', 'signal-url': 'pod' }),
    {
      LIVEKIT_GKE_ENDPOINTS: JSON.stringify(endpoints),
    },
  );
  refused(run, /livekit-cluster-dev|cluster/i);
}

/** The run failed, and its annotation says each of the words. */
function refused(run: RunResult, ...words: RegExp[]): void {
  assert.equal(run.conclusion, 'failure', `the run ended with ${run.conclusion}: ${run.logFile}`);
  const errors = errorsOf(run).join('\n');
  for (const word of words) assert.match(errors, word, run.logFile);
  assert.match(errors, /Fix: /, 'the error does not say what to do');
}

async function commentOf(job: MainJob, number: number): Promise<string> {
  const comments = await job.person.call<{ body: string }[]>('GET', `/issues/${number}/comments`);
  assert.equal(comments.length, 1, 'a pull request has one comment');
  return comments[0]?.body ?? '';
}

async function newestObject(config: SandboxConfig, sha: string, ending: string): Promise<string> {
  const listing = z.object({ items: z.array(z.object({ name: z.string() })).default([]) });
  const url = `${config.addresses.storageUpstream}/storage/v1/b/${config.bucket}/o?prefix=livekit/dev/plans/${sha}/`;
  const { items } = listing.parse(await (await fetch(url)).json());
  const name = items
    .map((item) => item.name)
    .filter((each) => each.endsWith(ending))
    .at(-1);
  assert.ok(name, `there is no plan for ${sha} in the bucket`);
  return name;
}

async function redisHost(config: SandboxConfig): Promise<string> {
  const url = `${config.addresses.storageUpstream}/storage/v1/b/${config.bucket}/o/${encodeURIComponent('livekit/dev/outputs.json')}?alt=media`;
  const document = z.object({ outputs: z.object({ redis_host: z.string() }) });
  return document.parse(await (await fetch(url)).json()).outputs.redis_host;
}

async function livekitPods(config: SandboxConfig) {
  const kubectl = [join(config.bin, 'kubectl'), '--kubeconfig', config.kubernetes.adminKubeconfig];
  const json = await command([
    ...kubectl,
    'get',
    'pods',
    '-n',
    'livekit',
    '-l',
    'app.kubernetes.io/name=livekit-server',
    '-o',
    'json',
  ]);
  return pods.parse(JSON.parse(json)).items;
}

function command([program = '', ...args]: readonly string[]): Promise<string> {
  return run(program, args, { timeoutSeconds: 60 });
}
