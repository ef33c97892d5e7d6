import type { ActEntry } from './act.ts';
import { parseFileCommands } from './file-command.ts';
import { JobLog } from './job-log.ts';
import { Mask } from './mask.ts';

function logOf(...entries: Partial<ActEntry>[]) {
  const lines: string[] = [];
  const mask = new Mask();
  mask.add('canary');
  const log = new JobLog('plan', new Map([['s', 'Plan it']]), mask, (step, line) => lines.push(`${step}| ${line}`));
  const defaults = { level: 'info', msg: '', jobID: 'plan', stage: 'Main', step: 'x', stepID: ['s'] };
  for (const entry of entries) log.take({ ...defaults, ...entry });
  return { log, lines };
}

it('masks secrets, and what a step masks from then on, line by line', () => {
  const { lines, log } = logOf(
    { msg: 'a canary, first and second\n', raw_output: true },
    { command: 'add-mask', raw: '::add-mask::first%0Asecond\n' },
    { msg: 'a canary, first and second\n', raw_output: true },
    { command: 'summary', content: 'the canary is first' },
  );
  expect(lines).toEqual(['Plan it| a ***, first and second', 'Plan it| a ***, *** and ***']);
  expect(log.summary).toBe('the *** is ***');
  expect(log.steps[0]?.log).not.toContain('second');
});

it('reads annotations as the runner does', () => {
  const raw = '::warning title=A%2C B,file=a.tf,line=3::50%25 canary%0Amore\n';
  const { log } = logOf({ command: 'warning', raw, level: 'warning' });
  expect(log.annotations).toEqual([
    { level: 'warning', title: 'A, B', message: '50% ***\nmore', file: 'a.tf', line: 3 },
  ]);
});

it('shows no more than ten annotations of a level, as GitHub does', () => {
  const { log } = logOf(...Array.from({ length: 12 }, () => ({ command: 'error', raw: '::error::x\n' })), {
    command: 'notice',
    raw: '::notice::y\n',
  });
  expect(log.annotations.map((each) => each.level)).toEqual([...Array<string>(10).fill('error'), 'notice']);
});

it('drops a summary over 1 MiB and says so', () => {
  const { log, lines } = logOf({ command: 'summary', content: 'x'.repeat(1024 * 1024 + 1) });
  expect(log.summary).toBe('');
  expect(lines[0]).toContain('upload aborted, supports content up to a size of 1024k, got 1025k');
});

it('keeps outputs and outcomes of steps, their time, and the job apart from others', () => {
  const { log, lines } = logOf(
    { msg: 'stub', jobID: 'other' },
    { command: 'set-output', name: 'said', arg: 'hi' },
    { msg: 'exit status 3', level: 'error' },
    { stepResult: 'failure', executionTime: 2.5e9 },
    { jobResult: 'failure', stepID: undefined, stage: undefined, step: undefined },
  );
  expect(lines).toEqual(['Plan it| ##[error]Process completed with exit code 3.']);
  expect(log).toMatchObject({ outputs: { s: { said: 'hi' } }, outcomes: { s: 'failure' }, result: 'failure' });
  expect(log.steps).toMatchObject([{ name: 'Plan it', conclusion: 'failure', seconds: 2.5 }, {}]);
});

it('parses file commands, and refuses what the runner refuses', () => {
  expect(parseFileCommands('a=1\nb<<X\n2\n3=4\nX\nc=x<<y\n')).toEqual({ a: '1', b: '2\n3=4', c: 'x<<y' });
  expect(() => parseFileCommands('nothing')).toThrow("Invalid format 'nothing'");
  expect(() => parseFileCommands('a<<X\n1')).toThrow("Matching delimiter not found 'X'");
});
