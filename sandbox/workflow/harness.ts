import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseFileCommands } from './file-command.ts';

const actionSchema = z.object({
  inputs: z
    .record(z.string(), z.object({ default: z.union([z.string(), z.number(), z.boolean()]).optional() }).loose())
    .default({}),
  runs: z.object({ using: z.literal('node24'), main: z.string(), post: z.string().optional() }).loose(),
});

export interface ActionRun {
  /** Folder with the action.yml. */
  readonly action: string;
  /** Folder for the workspace, RUNNER_TEMP and the runner's files; it is made. */
  readonly directory: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** All that the action gets of the environment, besides what the runner sets; default: PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted: the job is cancelled with GitHub's sequence. */
  readonly signal?: AbortSignal;
  readonly timing?: CancelTiming;
  readonly onLine?: (line: string) => void;
}

/** GitHub's own: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL. A test may shorten it. */
export interface CancelTiming {
  readonly toTermMilliseconds: number;
  readonly toKillMilliseconds: number;
}

export interface PhaseResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly durationSeconds: number;
}

export interface ActionResult {
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  readonly main: PhaseResult;
  readonly post: PhaseResult | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Processes that outlived `post` and were ended, as the runner does when the job completes. */
  readonly orphans: readonly string[];
}

const GITHUB_TIMING: CancelTiming = { toTermMilliseconds: 7500, toKillMilliseconds: 2500 };

/**
 * Runs one JavaScript action as GitHub's runner does: main, then post with the state that main saved, then the end of whatever is left
 * over. Unlike act it knows the sequence of a cancel. Throws when the action.yml is not one of a node24 action.
 */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const action = actionSchema.parse(parse(readFileSync(join(run.action, 'action.yml'), 'utf8')));
  const files = runnerFiles(run.directory);
  const trackingId = `github_${randomUUID()}`;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: files.home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: files.workspace,
    RUNNER_TEMP: files.temp,
    RUNNER_TOOL_CACHE: files.toolCache,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_TRACKING_ID: trackingId,
    ...run.env,
    ...inputVariables(action.inputs, run.inputs ?? {}),
  };
  const main = await runPhase(
    resolve(run.action, action.runs.main),
    { ...env, ...files.commands('main') },
    files.workspace,
    run,
    run.signal,
  );
  const state = parseFileCommands(files.read('main', 'GITHUB_STATE'));
  const kept = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
  const post =
    action.runs.post === undefined
      ? undefined
      : // Post steps run after a cancel too, and are not cancelled by it.
        await runPhase(
          resolve(run.action, action.runs.post),
          { ...env, ...kept, ...files.commands('post') },
          files.workspace,
          run,
        );
  const cancelled = run.signal?.aborted === true;
  const failed = main.exitCode !== 0 || (post !== undefined && post.exitCode !== 0);
  return {
    conclusion: cancelled ? 'cancelled' : failed ? 'failure' : 'success',
    main,
    post,
    state,
    outputs: parseFileCommands(files.read('main', 'GITHUB_OUTPUT')),
    env: parseFileCommands(files.read('main', 'GITHUB_ENV')),
    summary: files.read('main', 'GITHUB_STEP_SUMMARY') + files.read('post', 'GITHUB_STEP_SUMMARY'),
    orphans: endOrphans(trackingId),
  };
}

const FILES = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const;
type Phase = 'main' | 'post';

function runnerFiles(directory: string) {
  const at = (name: string) => join(directory, name);
  const folders = { workspace: at('workspace'), temp: at('temp'), toolCache: at('tool-cache'), home: at('home') };
  for (const folder of [...Object.values(folders), at('files')]) mkdirSync(folder, { recursive: true });
  const path = (phase: Phase, name: string) => at(join('files', `${phase}-${name}`));
  for (const phase of ['main', 'post'] as const) for (const name of FILES) writeFileSync(path(phase, name), '');
  return {
    ...folders,
    commands: (phase: Phase) => Object.fromEntries(FILES.map((name) => [name, path(phase, name)])),
    read: (phase: Phase, name: (typeof FILES)[number]) => readFileSync(path(phase, name), 'utf8'),
  };
}

function inputVariables(
  declared: z.infer<typeof actionSchema>['inputs'],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new Error(`The action has no input ${unknown.join(', ')}.`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      given[name] ?? String(input.default ?? ''),
    ]),
  );
}

async function runPhase(
  file: string,
  env: Readonly<Record<string, string>>,
  directory: string,
  run: ActionRun,
  signal?: AbortSignal,
): Promise<PhaseResult> {
  const started = Date.now();
  const lines: string[] = [];
  const child = spawn(process.execPath, [file], { cwd: directory, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      lines.push(line);
      run.onLine?.(line);
    }
  };
  // What main leaves running keeps the pipes open, so the end of the process counts and not the end of its output.
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const { toTermMilliseconds, toKillMilliseconds } = run.timing ?? GITHUB_TIMING;
  const timers: NodeJS.Timeout[] = [];
  const cancel = () => {
    child.kill('SIGINT');
    timers.push(setTimeout(() => child.kill('SIGTERM'), toTermMilliseconds));
    timers.push(setTimeout(() => child.kill('SIGKILL'), toTermMilliseconds + toKillMilliseconds));
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const ended = await new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((done, failed) => {
    child.once('error', failed);
    child.once('exit', (exitCode, by) => done({ exitCode, signal: by }));
  });
  await Promise.race([reading, new Promise((done) => timers.push(setTimeout(done, 500)))]);
  timers.forEach(clearTimeout);
  signal?.removeEventListener('abort', cancel);
  return { ...ended, lines, durationSeconds: (Date.now() - started) / 1000 };
}

/** The runner finds what a job left behind by the tracking id in its environment. */
function endOrphans(trackingId: string): string[] {
  const ended: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`RUNNER_TRACKING_ID=${trackingId}`))
        continue;
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      process.kill(Number(pid), 'SIGKILL');
      ended.push(name);
    } catch {
      // It is gone, or not ours to read.
    }
  }
  return ended;
}
