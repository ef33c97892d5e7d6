import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = process.env['LIVEKIT_GKE_TEST_BIN'] ?? '';

/**
 * Why deferred changes and actions have no fixture by a real engine: none that can be had here makes them. The day that
 * one does, this fails, and the inline JSON of plan-model.test.ts can be replaced by its plan.
 */
describe.each([
  ['terraform', /only valid in experimental builds/],
  ['tofu', /flag provided but not defined: -allow-deferral/],
])('%s', (engine, refusal) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'deferral-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const refused = (file: string, ...args: string[]): string => {
    writeFileSync(join(directory, 'main.tf'), file);
    const env = { PATH: process.env['PATH'], CHECKPOINT_DISABLE: '1' };
    const { status, stderr } = spawnSync(join(bin, engine), args, { cwd: directory, encoding: 'utf8', env });
    expect(status).not.toBe(0);
    return stderr;
  };

  it('defers nothing', () => {
    const file =
      'resource "terraform_data" "a" {}\nresource "terraform_data" "b" {\n  count = terraform_data.a.output\n}\n';
    expect(refused(file, 'plan', '-no-color', '-allow-deferral')).toMatch(refusal);
    expect(refused(file, 'plan', '-no-color')).toMatch(/Invalid count argument/);
  });

  it('knows no actions', () => {
    expect(refused('action "x" "y" {}\n', 'validate', '-no-color')).toMatch(/Unsupported block type/);
  });
});
