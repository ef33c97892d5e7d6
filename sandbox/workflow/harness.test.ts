import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction, type ActionRun } from './harness.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'harness-'));
  mkdirSync(join(directory, 'action'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function act(main: string, post: string | undefined, more: Partial<ActionRun> = {}) {
  const at = (name: string) => join(directory, 'action', name);
  const runs = `using: node24, main: main.mjs${post === undefined ? '' : ', post: post.mjs'}`;
  writeFileSync(at('action.yml'), `name: x\ninputs: { a-word: { default: d }, other: {} }\nruns: { ${runs} }\n`);
  writeFileSync(at('main.mjs'), `import fs from 'node:fs';\n${main}`);
  if (post !== undefined) writeFileSync(at('post.mjs'), `import fs from 'node:fs';\n${post}`);
  return runAction({ action: join(directory, 'action'), directory: join(directory, 'run'), ...more });
}

const APPEND = (name: string, text: string) => `fs.appendFileSync(process.env.${name}, ${JSON.stringify(text)});`;
const FOREVER = 'setInterval(() => {}, 1000);';

/** Cancels as soon as the action says that it is ready. */
function cancelWhenReady(timing = { toTermMilliseconds: 300, toKillMilliseconds: 200 }) {
  const controller = new AbortController();
  const onLine = (line: string) => line === 'ready' && controller.abort();
  return { signal: controller.signal, onLine, timing } satisfies Partial<ActionRun>;
}

it('runs main and post with inputs, and hands the state that main saved to post', async () => {
  const main = `console.log(process.env['INPUT_A-WORD'], process.cwd() === process.env.GITHUB_WORKSPACE);
    ${APPEND('GITHUB_STATE', 'kept<<E\ntwo\nlines\nE\n')} ${APPEND('GITHUB_OUTPUT', 'said=a=b\n')} ${APPEND('GITHUB_STEP_SUMMARY', 'main ')}`;
  const post = `console.log(JSON.stringify(process.env.STATE_kept)); ${APPEND('GITHUB_STEP_SUMMARY', 'post')}`;
  const result = await act(main, post, { inputs: { 'a-word': 'given' } });
  expect(result).toMatchObject({
    conclusion: 'success',
    outputs: { said: 'a=b' },
    state: { kept: 'two\nlines' },
    summary: 'main post',
  });
  expect(result.main.lines).toEqual(['given true']);
  expect(result.post?.lines).toEqual(['"two\\nlines"']);
});

it('fails when main fails, and runs post all the same', async () => {
  const result = await act('process.exitCode = 3;', `console.log('after');`);
  expect(result).toMatchObject({ conclusion: 'failure', main: { exitCode: 3 }, post: { lines: ['after'] } });
});

it('refuses an input that the action does not have', async () => {
  await expect(act('', undefined, { inputs: { wrong: 'x' } })).rejects.toThrow('The action has no input wrong.');
});

it('cancels with SIGINT first, and leaves an action that ends on it alone', async () => {
  const main = `process.once('SIGINT', () => { console.log('interrupted'); process.exit(5); }); ${FOREVER} console.log('ready');`;
  const result = await act(main, `console.log('after');`, cancelWhenReady());
  expect(result).toMatchObject({
    conclusion: 'cancelled',
    main: { exitCode: 5, lines: ['ready', 'interrupted'] },
    post: { lines: ['after'] },
  });
});

it('sends SIGTERM to one that ignores SIGINT, and SIGKILL to one that ignores both', async () => {
  const ignore = (name: string) => `process.on('${name}', () => console.log('${name}'));`;
  const stubborn = await act(`${ignore('SIGINT')} ${FOREVER} console.log('ready');`, undefined, cancelWhenReady());
  expect(stubborn.main).toMatchObject({ signal: 'SIGTERM', lines: ['ready', 'SIGINT'] });
  const deaf = await act(
    `${ignore('SIGINT')} ${ignore('SIGTERM')} ${FOREVER} console.log('ready');`,
    undefined,
    cancelWhenReady(),
  );
  expect(deaf.main).toMatchObject({ signal: 'SIGKILL', lines: ['ready', 'SIGINT', 'SIGTERM'] });
  expect(deaf.main.durationSeconds).toBeGreaterThan(0.5);
});

it('lets a detached child live until post is over, and ends it then', async () => {
  const main = `import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }); child.unref();
    ${`fs.appendFileSync(process.env.GITHUB_STATE, 'pid=' + child.pid + '\\n');`}`;
  const post = `process.kill(Number(process.env.STATE_pid), 0); console.log('alive');`;
  const result = await act(main, post);
  expect(result.post?.lines).toEqual(['alive']);
  expect(result.orphans).toEqual(['sleep']);
});
