import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from './lock.ts';
import { identify } from './process-id.ts';

describe('a lock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    file = join(folder, 'sub', 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is held while the work lasts, and leaves nothing behind', async () => {
    const result = await withLock(file, async () => {
      expect(tryLock(file)?.pid).toBe(process.pid);
      return 7;
    });
    expect(result).toBe(7);
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect(existsSync(file)).toBe(false);
  });

  it('lets one work after the other', async () => {
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} ends`);
    };
    const waits: number[] = [];
    await Promise.all([withLock(file, work('first')), withLock(file, work('second'), (pid) => waits.push(pid))]);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    expect(waits).toEqual([process.pid]);
  });

  it.each([
    ['of a process that was killed', { pid: 999_999_999, startTicks: 1, bootId: 'x' }],
    ['of an earlier process with the id of a running one', { ...identify(process.pid), startTicks: 1 }],
    ['from before a reboot', { ...identify(process.pid), bootId: 'before' }],
    ['that holds no owner', 'garbage'],
  ])('is taken over when it is one %s', async (_, owner) => {
    tryLock(file);
    writeFileSync(file, JSON.stringify(owner));
    expect(tryLock(file)).toBeUndefined();
    expect(readdirSync(join(folder, 'sub'))).toEqual(['lock']);
  });
});
