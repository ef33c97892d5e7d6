import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsOf } from '../demo/settings.ts';
import { startTrial, type Trial } from '../github/trial.ts';
import { seedIdentities } from '../google/identities.ts';
import { startBench, type Bench } from '../google/test-bench.ts';
import { Person } from './github.ts';
import { runWorkflow, type Environment, type RunOptions, type RunResult } from './run.ts';

const ACT = process.env['ACT'] ?? '/var/lib/livekit-gke-sandbox/bin/act';
export const SUITE = fileURLToPath(new URL('../..', import.meta.url));

const SIGN_IN = `
const { appendFileSync, existsSync } = await import('node:fs');
const { signIn } = await import('${SUITE}src/google/identity.ts');
const e = process.env;
appendFileSync(e.GITHUB_STATE, 'done=yes\\n');
const input = (name) => e['INPUT_' + name.toUpperCase()] || undefined;
console.log('inputs', input('environment'), input('mode') ?? '-', input('plan') ?? '-', input('allow-destroy') ?? '-');
console.log('add-on', input('chart') ?? '-', input('release') ?? '-', input('namespace') ?? '-', input('values') ?? '-', input('secrets') ?? '-', input('set') ?? '-', input('manifests') ?? '-');
console.log('keys', Boolean(input('livekit-api-key') && input('livekit-api-secret')), 'force', input('force') ?? '-', 'checks', input('checks') ?? '-');
console.log('deploy', input('revision') ?? '-', input('previous-keys-version') ?? '-', input('on-failure') ?? '-');
const call = (path, body) => fetch(e.GITHUB_API_URL + '/repos/' + e.GITHUB_REPOSITORY + path, {
  method: 'POST', body: JSON.stringify(body), headers: { authorization: 'token ' + input('github-token'), 'user-agent': 'x' } });
console.log('issue', (await call('/issues', { title: 'x' })).status);
const requestUrl = e.ACTIONS_ID_TOKEN_REQUEST_URL;
if (!requestUrl) console.log('no identity');
else {
  const idToken = { requestUrl, requestToken: e.ACTIONS_ID_TOKEN_REQUEST_TOKEN };
  const answer = await fetch(requestUrl + '&audience=x', { headers: { authorization: 'bearer ' + idToken.requestToken } });
  const claims = JSON.parse(Buffer.from((await answer.json()).value.split('.')[1], 'base64url'));
  console.log('claims', claims.job_workflow_ref, claims.workflow_ref, claims.environment ?? '-');
  try {
    const identity = await signIn({
      workloadIdentityProvider: input('workload_identity_provider'), serviceAccount: input('service_account'), idToken,
      existingCredentialsFile: undefined, temporaryDirectory: e.RUNNER_TEMP, endpoints: JSON.parse(e.LIVEKIT_GKE_ENDPOINTS) });
    console.log('signed in as', identity.serviceAccount);
  } catch (error) {
    console.log('::error::' + error.code + ' ' + error.message);
    process.exit(1);
  }
}
if (e.FAILING === input('environment')) process.exit(1);
while (e.HOLD && !existsSync(e.HOLD)) await new Promise((resolve) => setTimeout(resolve, 100));
appendFileSync(e.GITHUB_OUTPUT, 'has-changes=true\\nplan-path=gs://bucket/plans/' + input('environment') + '\\napplied=true\\n');
`;

/** Main and post are one file, as in the suite's own bundle. */
const PROBE = `if (!process.env.STATE_done) {${SIGN_IN}}\n`;
/** Leaves a page and a check run as verify does, then fails or not. */
const VERIFIER = `if (!process.env.STATE_done) {
const { appendFileSync: append, writeFileSync } = await import('node:fs');
const page = process.env.RUNNER_TEMP + '/page.html';
writeFileSync(page, 'page');
append(process.env.GITHUB_OUTPUT, 'page=' + page + '\\n');
const checked = await fetch(process.env.GITHUB_API_URL + '/repos/' + process.env.GITHUB_REPOSITORY + '/check-runs', {
  method: 'POST', body: JSON.stringify({ name: 'verify', head_sha: process.env.GITHUB_SHA }),
  headers: { authorization: 'token ' + process.env['INPUT_GITHUB-TOKEN'], 'user-agent': 'x' } });
console.log('check run', checked.status);
${SIGN_IN}}\n`;

const MODULE = 'module "all" {\n  source = "../../modules/all"\n}\n';

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A run with what its log holds. */
export type Told = RunResult & { readonly log: string };

/** What a run has besides the settings that every repository of the sandbox has. */
export interface Differently {
  readonly env?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Over an environment's own settings. */
  readonly environments?: Readonly<Record<string, Environment>>;
  readonly review?: RunOptions['review'];
  readonly onLine?: RunOptions['onLine'];
}

/**
 * The templates as they are, in a repository of their own, run by act. Of the suite, `affected` is real; the other actions only sign in,
 * and say as whom and with which inputs.
 */
export class TemplateLab {
  readonly trial: Trial;
  readonly ada: Person;
  readonly #bench: Bench;
  readonly #suite: string;

  private constructor(trial: Trial, bench: Bench, ada: Person, suite: string) {
    this.trial = trial;
    this.ada = ada;
    this.#bench = bench;
    this.#suite = suite;
  }

  static async open(): Promise<TemplateLab> {
    const trial = await startTrial();
    const { project, repository } = trial.config;
    const config = { ...trial.config, bucket: `${project.id}-terraform-state`, repository };
    const bench = await startBench({ seed: seedIdentities(config) });
    mkdirSync(trial.config.bin, { recursive: true });
    symlinkSync(ACT, join(trial.config.bin, 'act'));
    const suite = join(trial.directory, 'suite-source');
    for (const name of readdirSync(join(SUITE, 'actions'))) {
      cpSync(join(SUITE, 'actions', name), join(suite, 'actions', name), {
        recursive: true,
        filter: (path) => !path.endsWith('.ts'),
      });
    }
    cpSync(join(SUITE, '.github'), join(suite, '.github'), { recursive: true });
    cpSync(join(SUITE, 'helm', 'addons'), join(suite, 'helm', 'addons'), { recursive: true });
    write(join(suite, 'package.json'), '{"type":"module"}');
    write(
      join(suite, 'dist/affected.js'),
      `import { start } from '${SUITE}actions/index.ts';\nawait start('affected');\n`,
    );
    for (const name of ['terraform-plan', 'terraform-apply', 'helm-deploy', 'turn-cert'])
      write(join(suite, 'dist', `${name}.js`), PROBE);
    write(join(suite, 'dist', 'verify.js'), VERIFIER);
    trial.commit('main', {
      ...Object.fromEntries(
        readdirSync(join(SUITE, 'workflows-templates'))
          .filter((file) => file.endsWith('.yml'))
          .map((file) => [`.github/workflows/${file}`, readFileSync(join(SUITE, 'workflows-templates', file), 'utf8')]),
      ),
      ...Object.fromEntries(['dev', 'stg', 'prd'].map((name) => [`terraform/environments/${name}/main.tf`, MODULE])),
      'terraform/modules/all/main.tf': 'locals {}\n',
      ...Object.fromEntries(
        ['common', 'dev', 'stg', 'prd'].map((name) => [`helm/values/${name}.yaml`, 'replicaCount: 1\n']),
      ),
    });
    return new TemplateLab(trial, bench, await Person.signIn(trial.config, 'ada', 'admin'), suite);
  }

  async close(): Promise<void> {
    await this.trial.close();
    await this.#bench.close();
  }

  async run(workflow: string, event: RunOptions['event'], differently: Differently = {}): Promise<Told> {
    const settings = settingsOf(this.trial.config, { key: 'APIkey', secret: 'a-secret-that-is-long-enough' });
    const environments = Object.fromEntries(
      Object.entries(settings.environments).map(([name, its]) => [
        name,
        { ...its, ...differently.environments?.[name] },
      ]),
    );
    const { secrets, review, onLine } = differently;
    const result = await runWorkflow({
      config: this.trial.config,
      workflow: `.github/workflows/${workflow}.yml`,
      event,
      suiteDirectory: this.#suite,
      variables: { ...settings.variables, ...differently.variables },
      environments,
      env: { LIVEKIT_GKE_ENDPOINTS: JSON.stringify({ googleapis: this.#bench.google }), ...differently.env },
      ...(secrets && { secrets }),
      ...(review && { review }),
      ...(onLine && { onLine }),
    });
    return { ...result, log: readFileSync(result.logFile, 'utf8') };
  }

  /** A run that has come to where its log says the words. */
  begun(
    workflow: string,
    event: RunOptions['event'],
    words: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ result: Promise<Told> }> {
    return new Promise((resolve, reject) => {
      const result = this.run(workflow, event, {
        env,
        onLine: ({ text }) => {
          if (text.includes(words)) resolve({ result });
        },
      });
      result.then(() => reject(new Error(`it ended without ${words}`)), reject);
    });
  }

  pullRequest(branch: string, files: Readonly<Record<string, string>>) {
    this.trial.commit(branch, files, `Change ${branch}`);
    return this.ada.openPullRequest({ title: `Change ${branch}`, head: branch });
  }

  /** A pull request of somebody who may only read, from a fork. */
  async forkPullRequest(branch: string, files: Readonly<Record<string, string>>) {
    const sha = this.trial.commit(branch, files);
    this.trial.github.git.setRef(`refs/forks/mallory/heads/${branch}`, sha);
    const mallory = await Person.signIn(this.trial.config, 'mallory', 'read');
    const pull = await this.ada.openPullRequest({ title: 'Fork', head: `mallory:${branch}` });
    return { mallory, pull };
  }

  account(name: string): string {
    return `${name}@${this.trial.config.project.id}.iam.gserviceaccount.com`;
  }
}

export const conclusions = ({ jobs }: RunResult) => Object.fromEntries(jobs.map((job) => [job.name, job.conclusion]));
/** The GitHub environments that its jobs were in, as Google is told; `-` is none. */
export const environmentsOf = ({ log }: Told) =>
  [...log.matchAll(/claims \S+ \S+ (\S+)/g)].map(([, environment]) => environment);
/** As whom its jobs signed in. */
export const signedInAs = ({ log }: Told) => [...log.matchAll(/signed in as (\S+)/g)].map(([, who]) => who);
