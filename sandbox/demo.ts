/** `npm run demo`: the main job on the sandbox, from a pull request to a verified deployment. */
import { sandboxDirectory } from './config.ts';
import { MainJob, type Reporter, timeline } from './demo/main-job.ts';
import { down } from './down.ts';
import { Progress, formatDuration } from './progress.ts';
import { whatIsMissing } from './state.ts';
import { up } from './up.ts';

const keep = process.argv.includes('--keep');
const verbose = process.argv.includes('--verbose');
const missing = whatIsMissing();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}

const cancel = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    console.log(`${signal}: stopping. Run the command again to go on, or \`npm run sandbox -- down\` to clean up.`);
    if (cancel.signal.aborted) process.exit(130);
    cancel.abort(new Error('stopped'));
  });
}

const started = Date.now();
const progress = new Progress();
let job: MainJob | undefined;
try {
  progress.line('·', 'livekit-gke demo: pull request, plan, merge, apply, deploy, verify, on real Kubernetes nodes');
  await down({ removeState: true, progress });
  const config = await progress.step('sandbox', () => up({ progress }));
  job = new MainJob(config, reporter(progress), cancel.signal);
  await job.run();
  console.log(`\nPassed in ${formatDuration(Date.now() - started)}.\n\n${timeline(job.stages)}`);
  console.log(
    keep
      ? `\nThe sandbox stays up. Look at the pages above; \`npm run sandbox -- down\` ends it.`
      : '\nWith --keep (npm run demo -- --keep) the sandbox stays up and the pages can be looked at.',
  );
} catch (error) {
  console.error(
    `\nFailed after ${formatDuration(Date.now() - started)}: ${error instanceof Error ? error.message : String(error)}`,
  );
  if (job) console.error(`\n${timeline(job.stages)}`);
  console.error(`\nLogs: ${sandboxDirectory()}/logs and ${sandboxDirectory()}/workflow/runs`);
  process.exitCode = 1;
} finally {
  job?.close();
  if (!keep) {
    await down({ progress }).catch((error: unknown) => {
      console.error(`The sandbox could not be taken down: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    });
  }
}
process.exit();

/** Stages as progress lines; of the workflows' logs what an action says came out, or all with --verbose. */
function reporter(progress: Progress): Reporter {
  return {
    begin: (name) => progress.line('▸', name, '36'),
    line: ({ step, text }) => {
      if (verbose || /^([✓✗]|##\[(error|warning|notice)\]|::(error|warning|notice))/.test(text))
        progress.line(' ', `   ${verbose ? `${step}: ` : ''}${text}`);
    },
    note: (text) => progress.line(' ', `   ✓ ${text}`),
    end: (stage, error) =>
      progress.line(
        error ? '✗' : '✓',
        `${stage.name}: ${stage.outcome} (${formatDuration(stage.seconds * 1000)})`,
        error ? '31' : '32',
      ),
  };
}
