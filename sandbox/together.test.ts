import { together } from './together.ts';

const after = (milliseconds: number, work: () => void): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds)).then(work);

describe('work done together', () => {
  it('gives all results in order', async () => {
    expect(await together([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2]);
  });

  it('throws the error that happened first, once everything has ended', async () => {
    const ended: string[] = [];
    const told: string[] = [];
    const work = [
      after(30, () => void ended.push('slow')),
      after(20, () => {
        throw new Error('second');
      }),
      after(10, () => {
        throw new Error('first');
      }),
    ];
    await expect(together(work, (error) => told.push(error.message))).rejects.toThrow('first');
    expect(ended).toEqual(['slow']);
    expect(told).toEqual(['first']);
  });
});
