import { identify, isAlive, parseStat } from './process-id.ts';

describe('the identity of a process', () => {
  it('is read behind the last parenthesis, since a name may hold some', () => {
    const fields = Array.from({ length: 50 }, (_, index) => String(index + 4));
    expect(parseStat(`42 (a) b (c)) S 7 ${fields.slice(1).join(' ')}`)).toEqual({
      state: 'S',
      parent: 7,
      startTicks: 22,
    });
  });

  it('is alive while the process runs', () => {
    const self = identify(process.pid);
    expect(self).toBeDefined();
    expect(self && isAlive(self)).toBe(true);
  });

  it('is not that of a later process with the same id', () => {
    const self = identify(process.pid);
    expect(self && isAlive({ ...self, startTicks: self.startTicks - 1 })).toBe(false);
  });

  it('does not exist without a process', () => {
    expect(identify(999_999_999)).toBeUndefined();
  });
});
