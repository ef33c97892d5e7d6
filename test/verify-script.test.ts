import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let directory: string;

/** The script in a repository whose bundle prints the inputs that it was given. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'verify-script-'));
  for (const folder of ['helm/scripts', 'node_modules/.bin', 'dist'])
    mkdirSync(join(directory, folder), { recursive: true });
  cpSync(join(root, 'helm/scripts/verify.sh'), join(directory, 'helm/scripts/verify.sh'));
  symlinkSync(process.execPath, join(directory, 'node_modules/.bin/node'));
  writeFileSync(join(directory, 'dist/verify.js'), 'console.log(JSON.stringify(process.env))');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Inputs by name, as the bundle got them. */
function inputsOf(args: readonly string[], env: Readonly<Record<string, string>>): Record<string, string> {
  const file = join(directory, 'helm/scripts/verify.sh');
  const text = execFileSync('bash', [file, ...args], { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' });
  const given = z.record(z.string(), z.string()).parse(JSON.parse(text));
  const inputs = Object.entries(given).filter(([name]) => name.startsWith('INPUT_'));
  return Object.fromEntries(inputs.map(([name, value]) => [name.slice('INPUT_'.length).toLowerCase(), value]));
}

describe('helm/scripts/verify.sh', () => {
  test('gives environment, bucket, checks and thresholds to the bundle', () => {
    const thresholds = { MAX_LOSS_PERCENT: '2', MAX_ROUND_TRIP_MS: '150', MIN_CERTIFICATE_DAYS: '30' };
    expect(
      inputsOf(['prd', 'signal', 'media-udp'], { GCP_PROJECT_ID: 'nova', PROFILE: 'prd', ...thresholds }),
    ).toMatchObject({
      environment: 'prd',
      bucket: 'nova-terraform-state',
      checks: 'signal media-udp',
      profile: 'prd',
      'max-loss-percent': '2',
      'max-round-trip-ms': '150',
      'min-certificate-days': '30',
    });
  });

  test('what is not set is empty, so that the action’s defaults hold; every name is an input of the action', () => {
    const { environment, bucket, ...others } = inputsOf(['dev'], { BUCKET: 'mine' });
    expect({ environment, bucket }).toEqual({ environment: 'dev', bucket: 'mine' });
    expect(new Set(Object.values(others))).toEqual(new Set(['']));
    const action = z.object({ inputs: z.record(z.string(), z.unknown()) });
    const { inputs } = action.parse(parse(readFileSync(join(root, 'actions/verify/action.yml'), 'utf8')));
    expect(Object.keys(others).filter((name) => !(name in inputs))).toEqual([]);
  });

  test('without an environment, or a bucket, it says what it needs', () => {
    const file = join(directory, 'helm/scripts/verify.sh');
    const run = (...args: string[]) =>
      spawnSync('bash', [file, ...args], { env: { PATH: process.env['PATH'] }, encoding: 'utf8' });
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('MAX_LOSS_PERCENT=2') });
    expect(run('dev')).toMatchObject({ status: 2, stderr: expect.stringContaining('Set GCP_PROJECT_ID') });
  });
});
