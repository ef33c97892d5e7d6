import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SandboxConfig } from '../../../sandbox/config.ts';
import { errorsOf, MainJob, type Reporter } from '../../../sandbox/demo/main-job.ts';
import type { EngineName } from '../../../src/terraform/engine.ts';
import { dispatchEvent, pullRequestEvent, pushEvent } from '../../../sandbox/workflow/event.ts';
import { Launcher, Person, type PullRequest } from '../../../sandbox/workflow/github.ts';
import type { RunResult } from '../../../sandbox/workflow/run.ts';

/** Says nothing: a failing check prints the error, and the runs' logs stay in the sandbox's directory. */
const quiet: Reporter = { begin: () => undefined, line: () => undefined, note: () => undefined, end: () => undefined };

const VARIABLES = 'terraform/environments/dev/dev.auto.tfvars';
const listing = z.object({
  items: z.array(z.object({ name: z.string(), generation: z.coerce.string() })).default([]),
});

export type Files = Readonly<Record<string, string>>;
export type Variables = Readonly<Record<string, string>>;
export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** A fault of the provider stand-in, as LIVEKIT_GKE_PROVIDER_FAULTS takes it. */
export const providerFault = (fault: object): Variables => ({ LIVEKIT_GKE_PROVIDER_FAULTS: JSON.stringify([fault]) });

/** A user's repository on the sandbox, with its pull requests, its bucket, and a hand on what goes wrong. */
export class Lab {
  readonly job: MainJob;
  readonly config: SandboxConfig;
  #changes = 0;

  private constructor(config: SandboxConfig) {
    this.config = config;
    this.job = new MainJob(config, quiet);
  }

  /** The payload and its workflows pushed, with a short lock time-out, so that a held lock is told in seconds. */
  static async open(config: SandboxConfig, engine: EngineName): Promise<Lab> {
    const lab = new Lab(config);
    await lab.job.begin();
    const { repository } = lab.job;
    Object.assign(lab.job.settings.variables, { TERRAFORM_ENGINE: engine });
    const path = '.github/workflows/terraform-apply.yml';
    const own = (line: string, indent: string) => `${line}\n${indent}lock-timeout: 2s`;
    repository.write(path, repository.read(path).replace(/^( +)bucket: .*$/m, own));
    repository.write(VARIABLES, variablesOf(config, 1));
    // One environment is enough to show it, and has a third of the work.
    await repository.git('rm', '-r', '--quiet', 'terraform/environments/stg', 'terraform/environments/prd');
    await repository.commit(`Use ${engine}`);
    await repository.git('push', '--quiet', 'origin', 'main');
    return lab;
  }

  close(): void {
    this.job.close();
  }

  get person(): Person {
    return this.job.person;
  }

  /** A pull request that gives Redis so much memory, an update in place, and has these files too. */
  memory(gigabytes: number, files: Files = {}): Promise<PullRequest> {
    return this.open(`Give Redis ${gigabytes} GB`, { [VARIABLES]: variablesOf(this.config, gigabytes), ...files });
  }

  /** A pull request with these files. */
  open(title: string, files: Files): Promise<PullRequest> {
    return this.job.openPullRequest(`change-${++this.#changes}`, title, files);
  }

  /** Runs the plan workflow, whatever its conclusion. */
  async plan({ number }: PullRequest, env: Variables = {}, action = 'opened'): Promise<RunResult> {
    return this.job.attempt('terraform-plan', await pullRequestEvent(this.person, number, action), env);
  }

  /** A pull request that closes a port of the firewall: a destroy of a resource that is not protected. */
  closePort(): Promise<PullRequest> {
    return this.open('Close port 80', {
      'terraform/environments/dev/ports.auto.tfvars': 'open_ports = { certificates = false }\n',
    });
  }

  /** A pull request whose branch is in somebody else's fork. */
  async openFromFork(owner: string, gigabytes: number): Promise<PullRequest> {
    const { repository } = this.job;
    const branch = `fork-${++this.#changes}`;
    await repository.branch(branch, 'From a fork', () =>
      repository.write(VARIABLES, variablesOf(this.config, gigabytes)),
    );
    await repository.git('push', '--quiet', 'origin', `${branch}:refs/forks/${owner}/heads/${branch}`);
    await repository.git('push', '--quiet', 'origin', '--delete', branch);
    await repository.pull();
    await Person.signIn(this.config, owner, 'read');
    return this.person.openPullRequest({ title: 'From a fork', head: `${owner}:${branch}` });
  }

  /** Puts a label on, as a person with write access. */
  async label({ number }: PullRequest, name: string): Promise<void> {
    const label = { name, color: 'b60205', description: 'Read the plan: something protected goes.' };
    await this.person.call('POST', '/labels', label);
    await this.person.call('POST', `/issues/${number}/labels`, { labels: [name] });
  }

  /** The apply of a pull request's own push, also when more was pushed since. */
  async applyAt({ number }: PullRequest, before: string): Promise<RunResult> {
    const { merge_commit_sha: sha } = await this.person.call<PullRequest>('GET', `/pulls/${number}`);
    assert.ok(sha !== null);
    const event = await pushEvent(this.person, 'main', before);
    return this.job.attempt('terraform-apply', { ...event, sha, payload: { ...event.payload, after: sha } });
  }

  /** Somebody changes dev's resource of a type past Terraform. */
  async changeOutside(type: string, change: Readonly<Record<string, unknown>>): Promise<void> {
    const { accessToken } = (await (await this.google('POST', '/owner')).json()) as { accessToken: string };
    const base = `${this.config.addresses.google}/cloud/v1/resources/${type}`;
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const keys = z.object({ keys: z.array(z.string()) });
    const known = keys.parse(await (await fetch(base, { headers })).json()).keys;
    const key = known.find((one) => one.endsWith('-dev'));
    assert.ok(key, `none of these is dev’s: ${known.join(', ')}`);
    const url = `${base}/${encodeURIComponent(key)}`;
    const resource = z.object({ attributes: z.record(z.string(), z.unknown()) });
    const { attributes } = resource.parse(await (await fetch(url, { headers })).json());
    const body = JSON.stringify({ attributes: { ...attributes, ...change }, writeOnly: {} });
    const answer = await fetch(url, { method: 'PUT', headers, body });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** The state is written once more, as another apply would: its serial grows. */
  async touchState(): Promise<void> {
    const name = 'livekit/dev/default.tfstate';
    const state = JSON.parse((await this.object(name)).toString('utf8')) as { serial: number };
    await this.writeObject(name, JSON.stringify({ ...state, serial: state.serial + 1 }));
  }

  /** Opens nothing and runs nothing: only the merge. Gives what main was before. */
  async merge({ number }: PullRequest, method: MergeMethod = 'merge'): Promise<string> {
    const before = await this.job.repository.pull();
    await this.person.mergePullRequest(number, method);
    await this.job.repository.pull();
    return before;
  }

  /** Runs the apply workflow for the push that `before` was the state before, whatever its conclusion. */
  async apply(before: string, env: Variables = {}): Promise<RunResult> {
    return this.job.attempt('terraform-apply', await pushEvent(this.person, 'main', before), env);
  }

  /** Plan and merge, both of which must succeed, and the apply, whatever its conclusion. */
  async carryOut(pull: PullRequest, env: Variables = {}, method: MergeMethod = 'merge'): Promise<RunResult> {
    succeeded(await this.plan(pull));
    return this.apply(await this.merge(pull, method), env);
  }

  async dispatch(workflow: string, inputs: Variables): Promise<RunResult> {
    return this.job.attempt(workflow, await dispatchEvent(this.person, inputs));
  }

  /** Waits until Terraform holds the state's lock to apply, as its record says. */
  async duringApply(): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const [lock] = await this.objects('livekit/dev/default.tflock');
      const record = lock === undefined ? '' : await this.object(lock).then(String, () => '');
      if (record.includes('OperationTypeApply')) return;
      await sleep(100);
    }
    assert.fail('no apply took the lock within a minute');
  }

  /** The one comment of a pull request. */
  async comment({ number }: PullRequest): Promise<string> {
    const comments = await this.person.call<{ body: string }[]>('GET', `/issues/${number}/comments`);
    assert.equal(comments.length, 1, `pull request ${number} has ${comments.length} comments`);
    return comments[0]?.body ?? '';
  }

  /** Where the newest deployment to dev leads. */
  async deploymentUrl(): Promise<string> {
    const [deployment] = await this.person.call<{ id: number }[]>('GET', '/deployments?environment=dev');
    const path = `/deployments/${deployment?.id}/statuses`;
    const [status] = await this.person.call<{ environment_url?: string }[]>('GET', path);
    return status?.environment_url ?? '';
  }

  /** The memory that Terraform's state gives Redis. */
  async redisMemory(): Promise<number> {
    return z.number().parse(await this.redisAttribute('memory_size_gb'));
  }

  async redisAttribute(name: string): Promise<unknown> {
    const instances = z.array(z.object({ attributes: z.record(z.string(), z.unknown()) }));
    const state = z.object({ resources: z.array(z.object({ type: z.string(), instances })) });
    const { resources } = state.parse(JSON.parse((await this.object('livekit/dev/default.tfstate')).toString('utf8')));
    return resources.find(({ type }) => type === 'google_redis_instance')?.instances[0]?.attributes[name];
  }

  async objects(prefix: string): Promise<string[]> {
    const url = `${this.#bucket}?prefix=${encodeURIComponent(prefix)}`;
    return listing.parse(await (await fetch(url)).json()).items.map(({ name }) => name);
  }

  async object(name: string): Promise<Buffer> {
    const answer = await fetch(`${this.#bucket}/${encodeURIComponent(name)}?alt=media`);
    assert.equal(answer.status, 200, `gs://${this.config.bucket}/${name}: status ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async writeObject(name: string, content: string | Buffer): Promise<void> {
    const base = `${this.config.addresses.storageUpstream}/upload/storage/v1/b/${this.config.bucket}/o`;
    const url = `${base}?uploadType=media&name=${encodeURIComponent(name)}`;
    const answer = await fetch(url, { method: 'POST', body: content });
    assert.equal(answer.status, 200);
  }

  async removeObject(name: string): Promise<void> {
    const answer = await fetch(`${this.#bucket}/${encodeURIComponent(name)}`, { method: 'DELETE' });
    assert.ok(answer.ok, `gs://${this.config.bucket}/${name} could not be removed: status ${answer.status}`);
  }

  /** Name of the newest object of a pull request's stored plan. */
  async planObject(pull: PullRequest, ending: '.tfplan' | '.json' | '.md'): Promise<string> {
    const names = await this.objects(`livekit/dev/plans/${pull.head.sha}/`);
    const name = names.filter((each) => each.endsWith(ending) && !each.endsWith('.applied.json')).at(-1);
    assert.ok(name, `there is no ${ending} for ${pull.head.sha} in the bucket`);
    return name;
  }

  /** The next requests to a Google API that match are answered so. */
  async googleFault(fault: object): Promise<void> {
    await this.google('POST', '/faults', fault);
  }

  async githubFault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    await new Launcher(this.config).addFault(fault);
  }

  /** How many of the faults have not happened. */
  async clearFaults(): Promise<void> {
    await this.google('DELETE', '/faults');
    await new Launcher(this.config).call('DELETE', '/faults');
  }

  async google(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${this.config.addresses.google}/sandbox${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} /sandbox${path}: status ${answer.status}`);
    return answer;
  }

  get #bucket(): string {
    return `${this.config.addresses.storageUpstream}/storage/v1/b/${this.config.bucket}/o`;
  }
}

export function succeeded(run: RunResult): RunResult {
  assert.equal(run.conclusion, 'success', `${errorsOf(run).join('\n')}\n${run.logFile}`);
  return run;
}

/** The run failed, and its annotations say each of the words and what to do. */
export function refused(run: RunResult, ...words: RegExp[]): RunResult {
  assert.equal(run.conclusion, 'failure', `the run ended with ${run.conclusion}: ${run.logFile}`);
  const annotations = run.jobs.flatMap((job) => job.annotations).filter(({ level }) => level === 'error');
  const errors = annotations.map(({ title, message }) => `${title} ${message}`).join('\n');
  for (const word of words) assert.match(errors, word, run.logFile);
  assert.match(errors, /Fix: /, `the error does not say what to do: ${run.logFile}`);
  return run;
}

function variablesOf({ project }: SandboxConfig, gigabytes: number): string {
  return [
    `project_id           = "${project.id}"`,
    'domain               = "livekit-dev.nova.example"',
    'turn_domain          = "turn-dev.nova.example"',
    `redis_memory_size_gb = ${gigabytes}`,
    '',
  ].join('\n');
}
