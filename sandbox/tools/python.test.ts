import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Progress } from '../progress.ts';
import { pinnedVersion, providePython } from './python.ts';

const REQUIREMENTS = fileURLToPath(new URL('../../scripts/checkov.txt', import.meta.url));

describe('the requirements of checkov', () => {
  const text = readFileSync(REQUIREMENTS, 'utf8');

  test('pin every package to one version, each file of it by its SHA-256', () => {
    const lines = text.trimEnd().split('\n');
    const packages = lines.filter((line) => !line.startsWith(' '));
    expect(packages.length).toBeGreaterThan(50);
    for (const line of packages) expect(line).toMatch(/^[A-Za-z0-9._-]+==[0-9][^ ]*( ; .+)? \\$/);
    for (const line of lines.filter((each) => each.startsWith(' ')))
      expect(line).toMatch(/^ {4}--hash=sha256:[0-9a-f]{64}( \\)?$/);
  });

  test('tell the version', () => {
    expect(pinnedVersion('checkov', text)).toMatch(/^\d+\.\d+\.\d+$/);
    expect(() => pinnedVersion('tflint', text)).toThrow('the requirements do not pin tflint');
  });
});

test('what is there whole is used as it is', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'python-'));
  try {
    const version = pinnedVersion('checkov', readFileSync(REQUIREMENTS, 'utf8'));
    mkdirSync(join(cache, 'tools', 'checkov', version), { recursive: true });
    writeFileSync(join(cache, 'tools', 'checkov', version, 'whole'), '');
    const silent = new Progress({ write: () => undefined, colour: false });
    await expect(providePython('checkov', REQUIREMENTS, cache, silent)).resolves.toBe(
      join(cache, 'tools', 'checkov', version, 'bin', 'checkov'),
    );
  } finally {
    rmSync(cache, { recursive: true });
  }
});
