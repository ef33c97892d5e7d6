import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const module = join(dirname(fileURLToPath(import.meta.url)), 'stray.ts');

/** In a process of its own: the test runner has listeners of its own. */
function said(script: string): string {
  const text = `import { despiteStrays } from ${JSON.stringify(module)};\nconst leave = () => void Promise.reject(new Error('left behind'));\n${script}`;
  const options = { encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const;
  return execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', text], options);
}

test('what a library leaves behind is told, and the work goes on to its result', () => {
  const script = `
    const work = async () => { leave(); await new Promise((resolve) => setTimeout(resolve, 50)); return 'done'; };
    console.log(await despiteStrays(work, (words) => console.log('told: ' + words)));`;
  expect(said(script)).toBe('told: left behind\ndone\n');
});

test('what the work itself throws is thrown, and afterwards all is as before', () => {
  const script = `
    await despiteStrays(() => Promise.reject(new Error('mine')), () => console.log('told')).catch((error) => console.log(error.message));
    console.log(process.listenerCount('unhandledRejection'));`;
  expect(said(script)).toBe('mine\n0\n');
});
