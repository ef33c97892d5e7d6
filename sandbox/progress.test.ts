import { formatDuration, Progress } from './progress.ts';

function recorded(colour = false): { progress: Progress; lines: string[]; pass(seconds: number): void } {
  const lines: string[] = [];
  let now = 1_000_000;
  const output = { write: (text: string) => void lines.push(text.trimEnd()), colour };
  return { progress: new Progress(output, () => now), lines, pass: (seconds) => void (now += seconds * 1000) };
}

describe('progress', () => {
  it('tells what starts and how long it took', async () => {
    const { progress, lines, pass } = recorded();
    pass(61);
    await progress.step('the cluster', async () => pass(12));
    expect(lines).toEqual([' 1:01 · the cluster', ' 1:13 ✓ the cluster (12 s)']);
  });

  it('repeats what lasts, with what it is doing, and is silent about what has just begun', async () => {
    const { progress, lines, pass } = recorded();
    await progress.step('kubelet: built', async (note) => {
      note('go build');
      pass(75);
      await progress.step('network', async () => progress.repeat());
    });
    expect(lines).toContain(' 1:15 … kubelet: 1 m 15 s, go build');
    expect(lines.filter((line) => line.includes('… network'))).toEqual([]);
  });

  it('tells how it went where that is not plain', async () => {
    const { progress, lines } = recorded();
    await progress.step(
      'download',
      async () => false,
      (done) => (done ? 'done' : 'out of reach'),
    );
    expect(lines.at(-1)).toBe(' 0:00 ✓ download: out of reach (0.0 s)');
  });

  it('tells what failed and hands the error on', async () => {
    const { progress, lines } = recorded();
    await expect(progress.step('etcd', () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect(lines.at(-1)).toBe(' 0:00 ✗ etcd failed after 0.0 s');
  });

  it('is coloured only where colour is wanted', async () => {
    const { progress, lines } = recorded(true);
    await progress.step('etcd', async () => undefined);
    expect(lines.at(-1)).toBe(' 0:00 \u001b[32m✓\u001b[0m etcd (0.0 s)');
  });
});

describe('a duration', () => {
  it.each([
    [400, '0.4 s'],
    [9_900, '9.9 s'],
    [10_000, '10 s'],
    [59_600, '1 m 0 s'],
    [75_000, '1 m 15 s'],
    [3_600_000, '60 m 0 s'],
  ])('of %i ms reads %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
