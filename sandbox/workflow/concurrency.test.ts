import { inGroup } from './concurrency.ts';

/** Work that ends when it is told to, or when it is cancelled. */
function work(name: string, log: string[]) {
  let end = () => undefined as void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async (signal: AbortSignal) => {
    log.push(`${name} begins`);
    signal.addEventListener('abort', () => end());
    // It may have been cancelled before it began.
    if (!signal.aborted) await ended;
    log.push(`${name} ${signal.aborted ? 'is cancelled' : 'ends'}`);
    return name;
  };
  return { run, end: () => end() };
}

const wait = { group: 'apply-dev', cancelInProgress: false };

it('lets one run and one wait; who comes later takes the place of the one that waits', async () => {
  const log: string[] = [];
  const [first, second, third] = [work('first', log), work('second', log), work('third', log)];
  const one = inGroup(wait, first.run);
  const two = inGroup(wait, second.run);
  const three = inGroup({ ...wait, group: 'APPLY-dev' }, third.run);
  expect(await two).toBeUndefined();
  first.end();
  expect(await one).toBe('first');
  third.end();
  expect(await three).toBe('third');
  expect(log).toEqual(['first begins', 'first ends', 'third begins', 'third ends']);
});

it('ends what runs only where that is asked for', async () => {
  const log: string[] = [];
  const [first, second] = [work('first', log), work('second', log)];
  const one = inGroup(wait, first.run);
  const two = inGroup({ ...wait, cancelInProgress: true }, second.run);
  await one;
  second.end();
  await two;
  expect(log).toEqual(['first begins', 'first is cancelled', 'second begins', 'second ends']);
});

it('goes on after work that failed, and keeps groups apart', async () => {
  const failing = inGroup(wait, () => Promise.reject(new Error('no')));
  const next = inGroup(wait, () => Promise.resolve('next'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
  const log: string[] = [];
  const held = work('held', log);
  const other = inGroup(wait, held.run);
  expect(await inGroup({ ...wait, group: 'apply-prd' }, () => Promise.resolve('prd'))).toBe('prd');
  held.end();
  await other;
});
