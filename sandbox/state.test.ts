import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from './process-id.ts';
import { readSandbox, readUp, whatIsMissing, writeState } from './state.ts';
import { status } from './status.ts';

describe('a system that cannot carry the sandbox', () => {
  it('is told so when it is not Linux', () => {
    expect(whatIsMissing('darwin', 0)).toBe(
      'the sandbox needs Linux (network namespaces and cgroups), not darwin: use a Debian 12 machine',
    );
  });

  it('is told so without root', () => {
    expect(whatIsMissing('linux', 1000)).toContain('the sandbox needs root');
  });

  it('is not told anything when all is there', () => {
    expect(whatIsMissing('linux', 0)).toBeUndefined();
  });
});

describe('whether the sandbox is up', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const record = (name: string, change: object): void => {
    const daemon = {
      name,
      ...identify(process.pid),
      log: `/logs/${name}.log`,
      since: '2026-01-02T03:04:05.678Z',
      ...change,
    };
    writeState(join(directory, 'processes'), `${name}.json`, daemon);
  };

  it('is no without a note', () => {
    expect(readUp(directory)).toBeUndefined();
    expect(() => readSandbox(directory)).toThrow('start it with `npm run sandbox -- up`');
  });

  it('is yes while every part that was started runs', () => {
    record('etcd', {});
    writeState(directory, 'up.json', { since: '2026-01-02T03:05:00Z', parts: ['etcd'] });
    expect(readUp(directory)).toEqual({ since: '2026-01-02T03:05:00Z', parts: ['etcd'] });
  });

  it('is no when one part has ended', () => {
    record('etcd', { pid: 999_999_999 });
    writeState(directory, 'up.json', { since: '2026-01-02T03:05:00Z', parts: ['etcd'] });
    expect(readUp(directory)).toBeUndefined();
  });

  it('is no when the note is damaged', () => {
    writeFileSync(join(directory, 'up.json'), '{');
    expect(readUp(directory)).toBeUndefined();
  });

  it('is shown as a table that names the part which has ended', () => {
    record('etcd', { address: 'http://127.0.0.1:2379' });
    record('google', { pid: 999_999_999 });
    writeState(directory, 'up.json', { since: 'x', parts: ['etcd', 'google'] });
    const lines = status(directory).split('\n');
    expect(lines[0]).toContain('is not whole');
    expect(lines[2]).toMatch(/^etcd\s+\d+\s+http:\/\/127.0.0.1:2379\s+2026-01-02 03:04:05\s+\/logs\/etcd.log$/);
    expect(lines[3]).toMatch(/^google\s+ended/);
  });
});
